/*
 * run.h - the command that `run` explores and `replay` plays again.
 */
#ifndef IPCGRADE_CLI_RUN_H
#define IPCGRADE_CLI_RUN_H

#include "base/arena.h"
#include "model.h"

/* From the words that follow `--`. Dies with one line if the box could not run it. */
struct command command_of(struct arena *arena, char *const *arguments, int count);

#endif
