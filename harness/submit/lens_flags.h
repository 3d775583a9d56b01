/*
 * lens_flags.h - what each lens tells every compiler, for build.c and for `ipcgrade cc`.
 */
#ifndef IPCGRADE_LENS_FLAGS_H
#define IPCGRADE_LENS_FLAGS_H

#include "model.h"

struct lens_flags {
    const char *first; /* in front of the Makefile's own flags; NULL: no such lens yet */
    const char *last;  /* behind them: what the Makefile must not undo; NULL: nothing */
};

/* A symbol that `ipcgrade cc` puts into what has inline assembly. */
#define UNSEEN_MARK "__ipcgrade_unseen"

/* Words with a blank between them, none of which needs quoting. */
extern const struct lens_flags lens_flags[LENSES];

#endif
