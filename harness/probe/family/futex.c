/*
 * futex.c - the system call behind all locks, used by hand; and the guards of C++'s local statics, which
 * its library builds on it.
 *
 * One with FUTEX_PRIVATE_FLAG is known by its address, and to its own process alone: between processes it wakes nobody.
 *
 * A wait ends by a wake, which it is ordered after: more than the kernel promises, and what every program
 * makes sure of by atomics anyway.
 */
#include "../futex.h"
#include "../sync.h"

#include <errno.h>

#define FAMILY_NAME "threads"

CALL(futex_wait, FAMILY_NAME, "address value");
CALL(futex_wake, FAMILY_NAME, "address number");
CALL(static_guard, FAMILY_NAME, "address");

static long wait_at(const void *site, struct sync *s, const uint32_t *at, uint32_t value,
                    int64_t deadline)
{
    struct point p;

    point_begin(&p, &call_futex_wait, site, s->object, at, value);
    if (__atomic_load_n(at, __ATOMIC_SEQ_CST) != value)
        return point_end_idle(&p, -EAGAIN);
    struct waiter *w = waiter_add(s);
    enum wake wake = WAKE_RETRY;
    while (!w->woken && wake == WAKE_RETRY)
        wake = turn_block(key_of_object(s->object), deadline);
    bool woken = w->woken;
    if (woken)
        clock_acquire(w->clock);
    waiter_drop(s, w);
    return woken ? point_end(&p, 0)
                 : point_end_idle(&p, wake == WAKE_TIMEOUT ? -ETIMEDOUT : -EINTR);
}

static long wake_at(const void *site, struct sync *s, const uint32_t *at, int most)
{
    struct point p;
    int woken = 0;

    point_begin(&p, &call_futex_wake, site, s->object, at, most);
    clock_release(&s->clock);
    while (woken < most && waiter_wake(s))
        woken++;
    turn_changed(key_of_object(s->object));
    return woken ? point_end(&p, woken) : point_end_idle(&p, woken);
}

long futex_call(const void *site, const long a[6])
{
    const uint32_t *at = (const uint32_t *)a[0];
    const struct timespec *time = (const struct timespec *)a[3];
    int command = (int)a[1] & FUTEX_CMD_MASK;
    struct sync *s =
        a[1] & FUTEX_PRIVATE_FLAG ? sync_get_own(SYNC_FUTEX, at) : sync_get(SYNC_FUTEX, at);
    int64_t deadline = PROBE_NEVER;

    switch (command) {
    case FUTEX_WAIT: /* time is how long */
        if (time)
            deadline = time_now() + time->tv_sec * 1000000000ll + time->tv_nsec;
        return wait_at(site, s, at, (uint32_t)a[2], deadline);
    case FUTEX_WAIT_BITSET: /* time is when */
        if ((uint32_t)a[5] != FUTEX_BITSET_MATCH_ANY)
            turn_unfollowed("a futex with bits");
        if (time)
            deadline =
                sync_deadline(a[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, time);
        return deadline < 0 ? probe_result(-EINVAL)
                            : wait_at(site, s, at, (uint32_t)a[2], deadline);
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
        return wake_at(site, s, at, (int)a[2]);
    default:
        turn_unfollowed("a futex of another kind");
        return probe_result(sys6(SYS_futex, a[0], a[1], a[2], a[3], a[4], a[5]));
    }
}

/* ---- guards: byte 0 says that the object is there, byte 1 that somebody is at it --------------------- */

EXPORT int __cxa_guard_acquire(volatile uint8_t *guard);
EXPORT void __cxa_guard_release(volatile uint8_t *guard);
EXPORT void __cxa_guard_abort(volatile uint8_t *guard);

EXPORT int __cxa_guard_acquire(volatile uint8_t *guard)
{
    struct point p;

    if (!probe_on())
        return REAL(__cxa_guard_acquire)(guard);
    struct sync *s = sync_get(SYNC_GUARD, guard);
    point_begin(&p, &call_static_guard, CALLER, s->object, guard);
    while (!guard[0] && guard[1])
        turn_block(key_of_object(s->object), PROBE_NEVER);
    if (guard[0]) {
        clock_acquire(s->clock);
        sync_end_idle(&p, 0);
        return 0;
    }
    guard[1] = 1;
    s->owner = object_at(s->object)->holder = self.task;
    sync_end(&p, 0);
    return 1;
}

static void give_up(volatile uint8_t *guard, bool done)
{
    struct sync *s = sync_get(SYNC_GUARD, guard);

    guard[1] = 0;
    guard[0] = done;
    if (done)
        atomic_released(guard); /* who comes later looks at it by an atomic load alone */
    clock_release(&s->clock);
    s->owner = object_at(s->object)->holder = PROBE_NOBODY;
    turn_changed(key_of_object(s->object));
}

EXPORT void __cxa_guard_release(volatile uint8_t *guard)
{
    if (probe_on())
        give_up(guard, true);
    else
        REAL(__cxa_guard_release)(guard);
}

EXPORT void __cxa_guard_abort(volatile uint8_t *guard)
{
    if (probe_on())
        give_up(guard, false);
    else
        REAL(__cxa_guard_abort)(guard);
}
