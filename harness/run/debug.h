/*
 * debug.h - `replay --gdb`: one process of a schedule under gdb.
 */
#ifndef IPCGRADE_DEBUG_H
#define IPCGRADE_DEBUG_H

#include <stdbool.h>

#include "base/arena.h"

#define GDB "/usr/bin/gdb"

struct run;

/* Copies the sources for gdb to look at. */
void debug_furnish(struct arena *arena, int sources);

/* All of these do nothing without options->debug. */
/* While the driver waits for its turn: starts gdb when its process has come to the gate. */
void debug_attend(struct run *run);
/* gdb has not ended yet: nobody's patience is at an end, whatever clock it goes by. */
bool debug_goes_on(const struct run *run);
/* The schedule is over: stops the process where it stands, if it is still there, and waits for gdb's end. */
void debug_finish(struct run *run);

#endif
