/*
 * run.h - the command that `run` explores and `replay` plays again.
 */
#ifndef IPCGRADE_CLI_RUN_H
#define IPCGRADE_CLI_RUN_H

#include "base/arena.h"
#include "model.h"

/* As one would type them for a shell, near enough to be read. */
const char *words_typed(struct arena *arena, const char *const *argv);
/* From the words that follow `--`. Dies with one line if the box could not run it. */
struct command command_of(struct arena *arena, char *const *arguments, int count);

#endif
