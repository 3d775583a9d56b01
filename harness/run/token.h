/*
 * token.h - a schedule in a few characters: SCENARIO@NUMBER, or, shrunk, SCENARIO@NUMBER:STEP.TASK,…
 *
 * The number is that of the exploration (with its seed it is the whole schedule); a list of switches stands
 * for itself: run to block, but at these steps let these tasks go on. `SCENARIO@NUMBER:` is the empty list.
 */
#ifndef IPCGRADE_TOKEN_H
#define IPCGRADE_TOKEN_H

#include "base/arena.h"
#include "model.h"

const char *token_of(struct arena *arena, const struct replay *replay);
/* False: not a token. */
bool token_read(struct arena *arena, const char *token, struct replay *replay);

#endif
