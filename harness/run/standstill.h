/*
 * standstill.h - why a world of turns stands still: who holds what, and who was to wake whom.
 *
 * All of it is read off the points that the schedule made. It names a standstill that the driver has found; it
 * never finds one.
 */
#ifndef IPCGRADE_STANDSTILL_H
#define IPCGRADE_STANDSTILL_H

#include "run/world.h"

/* "; holds semaphore 0 of set 2, taken at fork.c:30"; "" if it is known to hold nothing. */
const char *standstill_holds(struct run *run, const struct world_result *result, uint32_t task);

/* Names the deadlock that `finding` is: a circle of locks, or a wait for what only those could do who have
 * ended (orphaned-blocking). Leaves alone what is neither for certain. */
void standstill_name(struct run *run, struct finding *finding);

/* All wait for one to end that waits for something to be typed: then the finding is that. */
bool standstill_reads(struct run *run, struct finding *finding);

/* "sig#1 waits in pause() at sig.c:11 for SIGCHLD, which …": a lost wake-up, as the probe has found it. */
const char *standstill_lost(struct run *run, const struct world_result *result,
                            const struct probe_finding *lost);

#endif
