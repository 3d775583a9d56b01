/*
 * turn_grant.h - giving the turn to a task: the one act that probe and supervisor both perform.
 *
 * Whoever holds the turn (or, for a holder that died, the supervisor) stores the new holder, sets
 * its futex word and wakes it. A task that is not there yet - forked or in execve - finds the word
 * set when it arrives, so that nobody ever waits for a task to be ready to receive.
 */
#ifndef IPCGRADE_TURN_GRANT_H
#define IPCGRADE_TURN_GRANT_H

#include "probe_abi.h"

/* FUTEX_WAKE of one waiter in any process; given by the includer, since the probe may not call
 * libc. */
typedef void turn_wake_fn(uint32_t *word);

static inline void turn_grant(struct probe_region *r, uint32_t task, turn_wake_fn *wake)
{
    uint32_t *word = &r->tasks[task % PROBE_TASKS].granted;
    __atomic_store_n(&r->world.holder, task, __ATOMIC_SEQ_CST);
    __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
    wake(word);
}

#endif
