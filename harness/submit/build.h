/*
 * build.h - compiles a staged submission with the assignment's Makefile, inside a box, for one lens.
 */
#ifndef IPCGRADE_BUILD_H
#define IPCGRADE_BUILD_H

#include "base/arena.h"
#include "model.h"

/* Builds into a new private folder below `scratch`, which then holds the programs (and data files of the
 * submission that the programs may want). A student's error is built.ok == false with diagnostics; a fault
 * of the harness is built.fault. Deterministic: same files, same diagnostics, in the same order. */
struct built build(struct arena *arena, const struct options *options,
                   const struct assignment_set *set, const struct submission *submission,
                   enum lens lens, const char *scratch);

/* The probe's library, open for reading; dies if `make` has not left it beside the command. */
int probe_open(const struct options *options);

#endif
