/*
 * sync.h - what the families of locks that lie in memory have in common: mutexes, condition
 * variables, read-write locks, barriers, spin locks, once controls.
 *
 * The object itself stays the C library's: its state is in the student's memory, so that copies by
 * fork, memory shared between processes and robust locks behave as natively. The probe only adds
 * the clocks. A record is found by where the object lies: in a shared mapping by its offset there,
 * else by its address in its process.
 */
#ifndef IPCGRADE_SYNC_H
#define IPCGRADE_SYNC_H

#include "probe.h"

#include <pthread.h>
#include <time.h>

enum sync_kind {
    SYNC_MUTEX,
    SYNC_CONDITION,
    SYNC_RWLOCK,
    SYNC_BARRIER,
    SYNC_SPIN,
    SYNC_ONCE,
    SYNC_FUTEX,
    SYNC_GUARD,
    SYNC_KINDS
};

/* A task that waits at a condition or barrier; woken ones have been taken off the list. */
struct waiter {
    struct waiter *next;
    uint32_t task;
    bool woken;
    struct clock *clock; /* of who woke it */
};

struct sync {
    struct sync *next;
    uint32_t place; /* object that it lies in */
    uint32_t kind;
    uint64_t offset; /* in that; or its address */
    uint32_t object; /* its own: for reports and for waking */
    uint32_t count;  /* barrier: how many it needs; once: 1 when done */
    uint32_t arrived;
    uint32_t owner;        /* who locked it last, or PROBE_NOBODY; once: who runs the function */
    struct clock *clock;   /* of all unlocks (rwlock: by writers) */
    struct clock *readers; /* rwlock: of readers' unlocks */
    struct waiter *first;
    struct probe_access holder; /* mutex: where it was locked last */
    struct probe_access made;   /* where it was initialised, if anybody has, … */
    struct probe_access user;   /* … and first used, if it is not for several processes */
};

/* The record, made when there is none yet. */
struct sync *sync_get(enum sync_kind kind, const volatile void *at);
/* That of this process, even if it lies in memory that others share. */
struct sync *sync_get_own(enum sync_kind kind, const volatile void *at);
/* What was known of it is no longer true. */
struct sync *sync_forget(enum sync_kind kind, const volatile void *at);

/* Virtual time at which the absolute time `at` of that clock comes; -1 if it is no time. */
int64_t sync_deadline(clockid_t clock, const struct timespec *at);
/* Ends the point of a function that returns its error and leaves errno alone. */
int sync_end(struct point *p, int error);
/* The same, if nothing changed. */
int sync_end_idle(struct point *p, int error);

struct waiter *waiter_add(struct sync *s);
/* Takes it off the list, if it is still there, and frees it. */
void waiter_drop(struct sync *s, struct waiter *w);
/* Wakes the first that is alive; false if there is none. */
bool waiter_wake(struct sync *s);

/* mutex.c: until it is locked; 0 or an error. For a condition's wait, too. */
int mutex_lock(pthread_mutex_t *m, int64_t deadline);
int mutex_unlock(pthread_mutex_t *m);
/* sync_rules.c: at each operation on it; */
void sync_used(struct sync *s, const volatile void *at, uint32_t site);
/* at *_init, … */
struct sync *sync_made(enum sync_kind kind, const volatile void *at, const void *caller);
/* … and at *_destroy, whose point it is; */
void sync_ends(struct point *p, const struct probe_call *call, const void *caller,
               enum sync_kind kind, const volatile void *at);
/* … before this task unlocks a mutex. */
void mutex_given_up(const struct sync *s, const pthread_mutex_t *m, uint32_t site);
/* thread.c: this task has been cancelled, and lets it happen. */
bool thread_is_cancelled(void);

#endif
