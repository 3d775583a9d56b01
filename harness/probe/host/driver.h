/*
 * driver.h - the trusted driver as a task of the world.
 *
 * The driver acts only when the world has come to rest: it holds the turn while it starts programs, sends
 * signals, judges; then it yields, and has the turn again when nobody else can go on (virtual time
 * included). So a scenario's text says the same on every lens: "settle" is a yield.
 * Whatever it does is ordered after all that the tasks did before, and before all that they do next: a
 * person at the keyboard orders them in the same way.
 */
#ifndef IPCGRADE_PROBE_DRIVER_H
#define IPCGRADE_PROBE_DRIVER_H

#include "supervise.h"

/* Right after world_reset(): the driver is task 0 and has the turn. */
void world_add_driver(struct world *w);
/* Gives the turn away. False if nobody could take it: the world is at rest as it is. */
bool world_yield(struct world *w);
/* After a yield: waits up to so long. True when the driver has the turn again, or the world has ended
 * (*end is then not PROBE_RUNNING). */
bool world_returned(struct world *w, unsigned milliseconds, enum probe_end *end);

/* Where a task stands, bounded; for the driver while it has the turn. */
struct world_task {
    char name[32];
    char call[24];   /* of its last or present call: "semop"; "" if none yet */
    char family[16]; /* cut short */
    bool blocked, dead;
    int pid;
};
/* The task whose process has this pid; false if there is none. */
bool world_find(const struct world *w, int pid, struct world_task *task);

#endif
