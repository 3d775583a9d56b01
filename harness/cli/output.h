/*
 * output.h - where a report goes: standard output, or a file that is replaced whole or not at all.
 */
#ifndef IPCGRADE_OUTPUT_H
#define IPCGRADE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "model.h"

struct output {
    FILE *stream;
    const char *path;      /* as given; NULL: standard output */
    const char *temporary; /* is being written; renamed at the end. NULL: written directly */
    const char *target;
};

/* Opens it before the work begins, so that a folder that cannot be written to is known at once.
 * Dies. */
struct output output_open(struct arena *arena, const char *path);
/* Everything is written, or it dies, and an old report is as it was. */
void output_close(struct output *output);
/* As --color, NO_COLOR and the kind of output say. */
bool output_wants_color(const struct output *output, const struct options *options);
/* The same for what was printed to standard output without one. */
void output_finish(void);

#endif
