/*
 * condition.c - condition variables and barriers, of threads and of processes.
 *
 * Who waits is kept in the region, first come, first woken; the C library's object only says which
 * clock it goes by and how many a barrier needs. A wait is ordered after the signal that ended it,
 * and after the unlock that let it have the mutex again. All that leave a barrier are ordered after
 * all that came to that meeting, and not after what a faster one does before the next.
 */
#include "../sync.h"

#include <errno.h>

#define FAMILY_NAME "threads"

CALL(pthread_cond_wait, FAMILY_NAME, "address address");
CALL(pthread_cond_timedwait, FAMILY_NAME, "address address ns");
CALL(pthread_cond_signal, FAMILY_NAME, "address");
CALL(pthread_cond_broadcast, FAMILY_NAME, "address");
CALL(pthread_cond_destroy, FAMILY_NAME, "address");
CALL(pthread_barrier_wait, FAMILY_NAME, "address");
CALL(pthread_barrier_destroy, FAMILY_NAME, "address");
FAMILY(condition);

EXPORT int pthread_cond_init(pthread_cond_t *restrict c,
                             const pthread_condattr_t *restrict attributes)
{
    if (probe_on())
        sync_made(SYNC_CONDITION, c, CALLER);
    return REAL(pthread_cond_init)(c, attributes);
}

EXPORT int pthread_cond_destroy(pthread_cond_t *c)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_cond_destroy)(c);
    sync_ends(&p, &call_pthread_cond_destroy, CALLER, SYNC_CONDITION, c);
    return sync_end(&p, REAL(pthread_cond_destroy)(c));
}

/* A wait ends by a signal or by its time, never by a handler. Then the mutex is taken again, also
 * by who has been cancelled, whose cleanup handlers expect it. */
static int wait_until(struct point *p, pthread_cond_t *c, pthread_mutex_t *m, int64_t deadline)
{
    struct sync *s = sync_get(SYNC_CONDITION, c);
    struct sync *of_mutex = sync_get(SYNC_MUTEX, m);

    sync_used(s, c, p->site);
    sync_used(of_mutex, m, p->site);
    mutex_given_up(of_mutex, m, p->site);
    struct waiter *w = waiter_add(s);
    int r = mutex_unlock(m);
    if (r) {
        waiter_drop(s, w);
        return r;
    }
    while (!w->woken && r != ETIMEDOUT && !thread_is_cancelled()) {
        me()->object = s->object;
        if (turn_block(key_of_object(s->object), deadline) == WAKE_TIMEOUT && !w->woken)
            r = ETIMEDOUT;
    }
    clock_acquire(w->clock);
    waiter_drop(s, w);
    int locked = mutex_lock(m, PROBE_NEVER);
    if (thread_is_cancelled() && !locked)
        REAL(pthread_testcancel)();
    me()->object = p->object;
    return locked ? locked : r;
}

EXPORT int pthread_cond_wait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_cond_wait)(c, m);
    point_begin(&p, &call_pthread_cond_wait, CALLER, sync_get(SYNC_CONDITION, c)->object, c, m);
    return sync_end(&p, wait_until(&p, c, m, PROBE_NEVER));
}

static int timed_wait(const void *site, pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock,
                      const struct timespec *until)
{
    struct point p;
    int64_t deadline = sync_deadline(clock, until);

    if (deadline < 0)
        return EINVAL;
    point_begin(&p, &call_pthread_cond_timedwait, site, sync_get(SYNC_CONDITION, c)->object, c, m,
                deadline - time_now());
    int r = wait_until(&p, c, m, deadline);
    return r == ETIMEDOUT ? sync_end_idle(&p, r) : sync_end(&p, r);
}

EXPORT int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
                                  const struct timespec *restrict until)
{
    if (!probe_on())
        return REAL(pthread_cond_timedwait)(c, m, until);
    clockid_t clock = c->__data.__wrefs & 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
    return timed_wait(CALLER, c, m, clock, until);
}

EXPORT int pthread_cond_clockwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
                                  clockid_t clock, const struct timespec *restrict until)
{
    if (!probe_on() || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return REAL(pthread_cond_clockwait)(c, m, clock, until);
    return timed_wait(CALLER, c, m, clock, until);
}

/* A signal that nobody waits for is gone, and says nothing. */
static int wake(const struct probe_call *call, const void *site, pthread_cond_t *c, bool all)
{
    struct sync *s = sync_get(SYNC_CONDITION, c);
    struct point p;
    bool woke = false;

    point_begin(&p, call, site, s->object, c);
    sync_used(s, c, p.site);
    clock_drop(&s->clock);
    s->clock = clock_mine();
    while (waiter_wake(s)) {
        woke = true;
        if (!all)
            break;
    }
    turn_changed(key_of_object(s->object));
    return woke ? sync_end(&p, 0) : sync_end_idle(&p, 0);
}

EXPORT int pthread_cond_signal(pthread_cond_t *c)
{
    return probe_on() ? wake(&call_pthread_cond_signal, CALLER, c, false)
                      : REAL(pthread_cond_signal)(c);
}

EXPORT int pthread_cond_broadcast(pthread_cond_t *c)
{
    return probe_on() ? wake(&call_pthread_cond_broadcast, CALLER, c, true)
                      : REAL(pthread_cond_broadcast)(c);
}

/* ---- barriers -------------------------------------------------------------------------------- */

EXPORT int pthread_barrier_init(pthread_barrier_t *restrict b,
                                const pthread_barrierattr_t *restrict attributes, unsigned count)
{
    int r = REAL(pthread_barrier_init)(b, attributes, count);
    if (probe_on() && r == 0)
        sync_made(SYNC_BARRIER, b, CALLER)->count = count;
    return r;
}

EXPORT int pthread_barrier_destroy(pthread_barrier_t *b)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_barrier_destroy)(b);
    sync_ends(&p, &call_pthread_barrier_destroy, CALLER, SYNC_BARRIER, b);
    return sync_end(&p, REAL(pthread_barrier_destroy)(b));
}

static void let_go(struct sync *s)
{
    while (waiter_wake(s))
        ;
    clock_acquire(s->clock);
    clock_drop(&s->clock);
    s->arrived = 0;
    turn_changed(key_of_object(s->object));
}

EXPORT int pthread_barrier_wait(pthread_barrier_t *b)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_barrier_wait)(b);
    struct sync *s = sync_get(SYNC_BARRIER, b);
    point_begin(&p, &call_pthread_barrier_wait, CALLER, s->object, b);
    sync_used(s, b, p.site);
    if (!s->count) /* inherited by fork: glibc keeps it in the third word */
        s->count = ((const uint32_t *)b)[2];
    clock_release(&s->clock);
    if (++s->arrived >= s->count) {
        let_go(s);
        sync_end(&p, 0);
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    struct waiter *w = waiter_add(s);
    while (!w->woken)
        turn_block(key_of_object(s->object), PROBE_NEVER);
    clock_acquire(w->clock);
    waiter_drop(s, w);
    return sync_end(&p, 0);
}
