/*
 * callsite.h - which line of the student's program made the system call that a task is in.
 *
 * A callsite is a copy of what is needed to walk the stack later (program counter, top of the
 * stack, the memory map), taken in some 50 us while the task sleeps; turning it into file:line
 * costs milliseconds and is done only for what a report shows.
 */
#ifndef IPCGRADE_CALLSITE_H
#define IPCGRADE_CALLSITE_H

#include "base/arena.h"
#include "model.h"
#include "run/observe.h"
#include "run/symbol.h"

struct callsite;

/* NULL if the process has gone meanwhile. */
struct callsite *callsite_take(struct arena *arena, const struct task *task);
/* Fills file, line and function with the innermost frame that lies in a program of the work folder,
 * called_from with those around it, up to main, as far as they can be told; leaves them alone if there
 * is none or it has no debug information. `symbols` name sources compiled elsewhere; or NULL. */
void callsite_resolve(struct arena *arena, const struct symbols *symbols,
                      const struct callsite *callsite, struct site *site);

#endif
