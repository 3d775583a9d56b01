/*
 * trial.h - the straight line without an assignment, for `ipcgrade run`: a command, its schedules, findings.
 */
#ifndef IPCGRADE_TRIAL_H
#define IPCGRADE_TRIAL_H

#include "base/arena.h"
#include "model.h"

/* Explores options->command. False: it cannot be tried at all, and *why says why in one clause. */
bool trial_explore(struct arena *arena, const struct options *options, const char *scratch,
                   struct grade *grade, const char **why);
/* One schedule of it again (options->replay). NULL with *why if that cannot be. */
const struct evidence *trial_replay(struct arena *arena, const struct options *options,
                                    const char *scratch, const char **why);

#endif
