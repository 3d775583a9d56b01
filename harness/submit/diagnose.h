/*
 * diagnose.h - what compilers, linkers and make complained about, read from their output.
 */
#ifndef IPCGRADE_DIAGNOSE_H
#define IPCGRADE_DIAGNOSE_H

#include "base/arena.h"
#include "model.h"

struct diagnosis {
    struct diagnostic *list; /* errors and warnings, in the order of the log */
    int count;
    int errors; /* how many of them are errors */
};

enum { MAX_DIAGNOSTICS = 200 };

/* Reads a log that was made with LC_ALL=C. Paths below `work` are given relative to it. What make
 * says of a failed recipe is listed only where nothing else explains it. */
struct diagnosis diagnose(struct arena *arena, const char *log, const char *work);
/* The first error, or NULL. */
const struct diagnostic *diagnosis_first_error(const struct diagnosis *diagnosis);

#endif
