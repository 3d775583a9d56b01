/*
 * command.h - `ipcgrade run`: any command as the only scenario of an assignment that asks for nothing but
 * that it ends well and leaves nothing behind.
 */
#ifndef IPCGRADE_RUN_COMMAND_H
#define IPCGRADE_RUN_COMMAND_H

#include "base/arena.h"
#include "model.h"

/* The name in its tokens: run@17. */
#define COMMAND_SCENARIO "run"

/* The assignment around that scenario. `bytes`: what the work folder holds at the start. */
struct assignment_set command_set(struct arena *arena, off_t bytes);

#endif
