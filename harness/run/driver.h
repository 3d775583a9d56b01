/*
 * driver.h - plays one scenario in one box, on one lens.
 */
#ifndef IPCGRADE_DRIVER_H
#define IPCGRADE_DRIVER_H

#include "base/arena.h"
#include "box/box.h"
#include "model.h"

/* One run under way: a box with the driver in it. */
struct play;

/* Starts the box; the evidence fills while it goes on, in the arena (shared with the box). */
struct play *play_start(struct arena *arena, const struct options *options,
                        const struct assignment_set *set, const struct scenario *scenario,
                        const struct built *built, enum lens lens);
/* A descriptor that polls readable when it has ended. */
int play_descriptor(const struct play *play);
/* How many schedules have been played so far; 0 on another lens. */
int play_schedules(const struct play *play);
/* Collects the evidence of a run (waits for its end). */
const struct evidence *play_finish(struct play *play);

#endif
