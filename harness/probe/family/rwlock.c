/*
 * rwlock.c - read-write locks, of threads and of processes. A reader is ordered after the writers
 * before it; a writer after readers and writers; readers not after each other.
 */
#include "../sync.h"

#include <errno.h>

#define FAMILY_NAME "threads"

CALL(pthread_rwlock_rdlock, FAMILY_NAME, "address");
CALL(pthread_rwlock_wrlock, FAMILY_NAME, "address");
CALL(pthread_rwlock_tryrdlock, FAMILY_NAME, "address");
CALL(pthread_rwlock_trywrlock, FAMILY_NAME, "address");
CALL(rwlock_timedrdlock, FAMILY_NAME, "address");
CALL(rwlock_timedwrlock, FAMILY_NAME, "address");
CALL(pthread_rwlock_unlock, FAMILY_NAME, "address");
CALL(pthread_rwlock_destroy, FAMILY_NAME, "address");
FAMILY(rwlock);

EXPORT int pthread_rwlock_init(pthread_rwlock_t *restrict l,
                               const pthread_rwlockattr_t *restrict attributes)
{
    if (probe_on())
        sync_made(SYNC_RWLOCK, l, CALLER);
    return REAL(pthread_rwlock_init)(l, attributes);
}

EXPORT int pthread_rwlock_destroy(pthread_rwlock_t *l)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_rwlock_destroy)(l);
    sync_ends(&p, &call_pthread_rwlock_destroy, CALLER, SYNC_RWLOCK, l);
    return sync_end(&p, REAL(pthread_rwlock_destroy)(l));
}

static int try(pthread_rwlock_t *l, bool write)
{
    return write ? REAL(pthread_rwlock_trywrlock)(l) : REAL(pthread_rwlock_tryrdlock)(l);
}

static bool is_my_write_lock(const pthread_rwlock_t *l)
{
    return l->__data.__cur_writer == (int)sys(SYS_gettid);
}

static int lock(const struct probe_call *call, const void *site, pthread_rwlock_t *l, bool write,
                bool waits, int64_t deadline)
{
    struct sync *s = sync_get(SYNC_RWLOCK, l);
    struct point p;
    int r;

    point_begin(&p, call, site, s->object, l);
    sync_used(s, l, p.site);
    while ((r = try(l, write)) == EBUSY && waits) {
        if (is_my_write_lock(l) || deadline < 0) {
            r = deadline < 0 ? EINVAL : EDEADLK;
            break;
        }
        if (turn_block(key_of_object(s->object), deadline) == WAKE_TIMEOUT) {
            r = ETIMEDOUT;
            break;
        }
    }
    if (r == 0) {
        clock_acquire(s->clock);
        if (write)
            clock_acquire(s->readers);
        object_at(s->object)->holder = self.task;
    }
    return r == EBUSY || r == ETIMEDOUT ? sync_end_idle(&p, r) : sync_end(&p, r);
}

EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
    return probe_on() ? lock(&call_pthread_rwlock_rdlock, CALLER, l, false, true, PROBE_NEVER)
                      : REAL(pthread_rwlock_rdlock)(l);
}

EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
    return probe_on() ? lock(&call_pthread_rwlock_wrlock, CALLER, l, true, true, PROBE_NEVER)
                      : REAL(pthread_rwlock_wrlock)(l);
}

EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
    return probe_on() ? lock(&call_pthread_rwlock_tryrdlock, CALLER, l, false, false, PROBE_NEVER)
                      : REAL(pthread_rwlock_tryrdlock)(l);
}

EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
    return probe_on() ? lock(&call_pthread_rwlock_trywrlock, CALLER, l, true, false, PROBE_NEVER)
                      : REAL(pthread_rwlock_trywrlock)(l);
}

EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict l,
                                      const struct timespec *restrict until)
{
    return probe_on() ? lock(&call_rwlock_timedrdlock, CALLER, l, false, true,
                             sync_deadline(CLOCK_REALTIME, until))
                      : REAL(pthread_rwlock_timedrdlock)(l, until);
}

EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict l,
                                      const struct timespec *restrict until)
{
    return probe_on() ? lock(&call_rwlock_timedwrlock, CALLER, l, true, true,
                             sync_deadline(CLOCK_REALTIME, until))
                      : REAL(pthread_rwlock_timedwrlock)(l, until);
}

EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict l, clockid_t clock,
                                      const struct timespec *restrict until)
{
    return probe_on()
               ? lock(&call_rwlock_timedrdlock, CALLER, l, false, true, sync_deadline(clock, until))
               : REAL(pthread_rwlock_clockrdlock)(l, clock, until);
}

EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict l, clockid_t clock,
                                      const struct timespec *restrict until)
{
    return probe_on()
               ? lock(&call_rwlock_timedwrlock, CALLER, l, true, true, sync_deadline(clock, until))
               : REAL(pthread_rwlock_clockwrlock)(l, clock, until);
}

EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_rwlock_unlock)(l);
    struct sync *s = sync_get(SYNC_RWLOCK, l);
    point_begin(&p, &call_pthread_rwlock_unlock, CALLER, s->object, l);
    sync_used(s, l, p.site);
    clock_release(is_my_write_lock(l) ? &s->clock : &s->readers);
    if (object_at(s->object)->holder == self.task)
        object_at(s->object)->holder = PROBE_NOBODY;
    int r = REAL(pthread_rwlock_unlock)(l);
    turn_changed(key_of_object(s->object));
    return sync_end(&p, r);
}
