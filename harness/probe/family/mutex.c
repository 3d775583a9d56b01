/*
 * mutex.c - mutexes and spin locks, of threads and of processes; and the records of sync.h.
 *
 * The C library's own trylock decides, so that recursive, error-checking and robust mutexes need no
 * rules of ours; who gets EBUSY waits for the unlock. An unlock is ordered before every later lock.
 * A robust mutex whose owner died is ordered after all that the owner did.
 */
#include "../sync.h"

#include <errno.h>

#define FAMILY_NAME "threads"

CALL(pthread_mutex_lock, FAMILY_NAME, "address");
CALL(pthread_mutex_trylock, FAMILY_NAME, "address");
CALL(pthread_mutex_timedlock, FAMILY_NAME, "address ns");
CALL(pthread_mutex_unlock, FAMILY_NAME, "address");
CALL(pthread_mutex_destroy, FAMILY_NAME, "address");
CALL(pthread_spin_lock, FAMILY_NAME, "address");
CALL(pthread_spin_trylock, FAMILY_NAME, "address");
CALL(pthread_spin_unlock, FAMILY_NAME, "address");
FAMILY(mutex);

/* ---- records --------------------------------------------------------------------------------- */

enum { BUCKETS = 256, OBJECTS_FOR_LOCKS = PROBE_OBJECTS * 3 / 4 };

static struct sync **bucket(uint32_t place, uint64_t offset)
{
    struct sync ***table = (struct sync ***)family_root(&family_mutex);
    if (!*table)
        *table = heap_get(BUCKETS * sizeof **table);
    return &(*table)[(offset * 0x9e3779b97f4a7c15ull >> 40 ^ place) % BUCKETS];
}

static void whereabouts(const volatile void *at, uint32_t *place, uint64_t *offset)
{
    const struct mapping *m = map_find((const void *)at);
    *place = m ? m->object : private_object();
    *offset = m ? m->offset + ((uintptr_t)at - m->from) : (uintptr_t)at;
}

/* Numbered in order of first use. A program with a thousand locks shares names in the end. */
static uint32_t name(enum sync_kind kind, uint32_t place, uint64_t offset)
{
    static const char *const kinds[] = {"mutex",   "condition variable", "read-write lock",
                                        "barrier", "spin lock",          "once control",
                                        "futex",   "static guard"};
    _Static_assert(sizeof kinds / sizeof kinds[0] == SYNC_KINDS, "a name for each kind");
    bool new;
    bool full = WORLD->objects > OBJECTS_FOR_LOCKS;
    uint32_t object = object_get(kinds[kind], full ? 0 : place, full ? 0 : offset, &new);
    if (new) {
        uint64_t number = 0;
        for (uint32_t i = 1; i <= object; i++)
            number += text_equal(object_at(i)->kind, kinds[kind]);
        object_name(object, full ? "one of many " : "number ", number, 10);
    }
    return object;
}

static struct sync *sync_at(enum sync_kind kind, uint32_t place, uint64_t offset)
{
    struct sync **list = bucket(place, offset), *s;
    for (s = *list; s; s = s->next)
        if (s->offset == offset && s->place == place && s->kind == kind)
            return s;
    s = heap_get(sizeof *s);
    *s = (struct sync){.next = *list,
                       .place = place,
                       .kind = kind,
                       .offset = offset,
                       .object = name(kind, place, offset),
                       .owner = PROBE_NOBODY,
                       .made.task = PROBE_NOBODY,
                       .user.task = PROBE_NOBODY};
    return *list = s;
}

struct sync *sync_get(enum sync_kind kind, const volatile void *at)
{
    uint32_t place;
    uint64_t offset;

    whereabouts(at, &place, &offset);
    return sync_at(kind, place, offset);
}

struct sync *sync_get_own(enum sync_kind kind, const volatile void *at)
{
    return sync_at(kind, private_object(), (uintptr_t)at);
}

struct sync *sync_forget(enum sync_kind kind, const volatile void *at)
{
    struct sync *s = sync_get(kind, at);
    clock_drop(&s->clock);
    clock_drop(&s->readers);
    s->count = s->arrived = 0;
    s->owner = s->made.task = s->user.task = PROBE_NOBODY;
    object_at(s->object)->holder = PROBE_NOBODY;
    return s;
}

int64_t sync_deadline(clockid_t clock, const struct timespec *at)
{
    struct timespec now;

    if (at->tv_nsec < 0 || at->tv_nsec >= 1000000000)
        return -1;
    clock_gettime(clock, &now); /* ours: virtual */
    if (at->tv_sec > now.tv_sec + 1000000000)
        return PROBE_NEVER;
    int64_t left = (at->tv_sec - now.tv_sec) * 1000000000ll + at->tv_nsec - now.tv_nsec;
    return time_now() + (left > 0 ? left : 0);
}

int sync_end(struct point *p, int error)
{
    int kept = *real_errno();
    point_end(p, -error);
    *real_errno() = kept;
    return error;
}

int sync_end_idle(struct point *p, int error)
{
    int kept = *real_errno();
    point_end_idle(p, -error);
    *real_errno() = kept;
    return error;
}

struct waiter *waiter_add(struct sync *s)
{
    struct waiter *w = heap_get(sizeof *w), **at = &s->first;
    w->task = self.task;
    while (*at)
        at = &(*at)->next;
    return *at = w;
}

static void unlink(struct sync *s, struct waiter *w)
{
    for (struct waiter **at = &s->first; *at; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            return;
        }
}

void waiter_drop(struct sync *s, struct waiter *w)
{
    unlink(s, w);
    clock_drop(&w->clock);
    heap_put(w, sizeof *w);
}

bool waiter_wake(struct sync *s)
{
    struct waiter *w;
    while ((w = s->first)) {
        uint32_t state = task_at(w->task)->state;
        bool alive = state != PROBE_DEAD && state != PROBE_DYING;
        unlink(s, w);
        if (!alive) {
            waiter_drop(s, w);
            continue;
        }
        w->woken = true;
        w->clock = clock_copy(s->clock);
        return true;
    }
    return false;
}

/* ---- mutexes --------------------------------------------------------------------------------- */

static bool is_mine_and_checked(const pthread_mutex_t *m)
{
    int kind = m->__data.__kind;
    int32_t owner = kind & (16 | 32) ? m->__data.__lock & 0x3fffffff : m->__data.__owner;
    return (kind & 3) == PTHREAD_MUTEX_ERRORCHECK && owner == (int32_t)sys(SYS_gettid);
}

static void locked(struct sync *s, int result)
{
    clock_acquire(s->clock);
    if (result == EOWNERDEAD && s->owner != PROBE_NOBODY)
        clock_acquire(clock_of(s->owner));
    s->owner = self.task;
    s->holder = (struct probe_access){.task = self.task, .site = me()->site};
    object_at(s->object)->holder = self.task;
}

int mutex_lock(pthread_mutex_t *m, int64_t deadline)
{
    struct sync *s = sync_get(SYNC_MUTEX, m);
    int r;

    while ((r = REAL(pthread_mutex_trylock)(m)) == EBUSY) {
        if (is_mine_and_checked(m))
            return EDEADLK;
        me()->object = s->object;
        if (turn_block(key_of_object(s->object), deadline) == WAKE_TIMEOUT)
            return ETIMEDOUT;
    }
    if (r == 0 || r == EOWNERDEAD)
        locked(s, r);
    return r;
}

int mutex_unlock(pthread_mutex_t *m)
{
    struct sync *s = sync_get(SYNC_MUTEX, m);
    int r = REAL(pthread_mutex_unlock)(m);

    if (r)
        return r;
    clock_release(&s->clock);
    if (!(m->__data.__lock & 0x3fffffff)) { /* a recursive one may have been locked twice */
        s->owner = PROBE_NOBODY;
        object_at(s->object)->holder = PROBE_NOBODY;
    }
    turn_changed(key_of_object(s->object));
    return 0;
}

EXPORT int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes)
{
    if (probe_on())
        sync_made(SYNC_MUTEX, m, CALLER);
    return REAL(pthread_mutex_init)(m, attributes);
}

EXPORT int pthread_mutex_destroy(pthread_mutex_t *m)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_mutex_destroy)(m);
    sync_ends(&p, &call_pthread_mutex_destroy, CALLER, SYNC_MUTEX, m);
    return sync_end(&p, REAL(pthread_mutex_destroy)(m));
}

EXPORT int pthread_mutex_lock(pthread_mutex_t *m)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_mutex_lock)(m);
    struct sync *s = sync_get(SYNC_MUTEX, m);
    point_begin(&p, &call_pthread_mutex_lock, CALLER, s->object, m);
    sync_used(s, m, p.site);
    return sync_end(&p, mutex_lock(m, PROBE_NEVER));
}

EXPORT int pthread_mutex_trylock(pthread_mutex_t *m)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_mutex_trylock)(m);
    struct sync *s = sync_get(SYNC_MUTEX, m);
    point_begin(&p, &call_pthread_mutex_trylock, CALLER, s->object, m);
    sync_used(s, m, p.site);
    int r = REAL(pthread_mutex_trylock)(m);
    if (r == 0 || r == EOWNERDEAD)
        locked(s, r);
    return r == EBUSY ? sync_end_idle(&p, r) : sync_end(&p, r);
}

static int lock_until(const void *site, pthread_mutex_t *m, clockid_t clock,
                      const struct timespec *until)
{
    struct point p;
    int64_t deadline = sync_deadline(clock, until);
    struct sync *s = sync_get(SYNC_MUTEX, m);

    point_begin(&p, &call_pthread_mutex_timedlock, site, s->object, m, deadline);
    sync_used(s, m, p.site);
    int r = REAL(pthread_mutex_trylock)(m); /* a bad time matters only to who must wait */
    if (r == 0 || r == EOWNERDEAD)
        locked(s, r);
    else if (r == EBUSY && is_mine_and_checked(m))
        r = EDEADLK;
    else if (r == EBUSY)
        r = deadline < 0 ? EINVAL : mutex_lock(m, deadline);
    return r == ETIMEDOUT ? sync_end_idle(&p, r) : sync_end(&p, r);
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *restrict m,
                                   const struct timespec *restrict until)
{
    if (!probe_on())
        return REAL(pthread_mutex_timedlock)(m, until);
    return lock_until(CALLER, m, CLOCK_REALTIME, until);
}

EXPORT int pthread_mutex_clocklock(pthread_mutex_t *restrict m, clockid_t clock,
                                   const struct timespec *restrict until)
{
    if (!probe_on() || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return REAL(pthread_mutex_clocklock)(m, clock, until);
    return lock_until(CALLER, m, clock, until);
}

EXPORT int pthread_mutex_unlock(pthread_mutex_t *m)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_mutex_unlock)(m);
    struct sync *s = sync_get(SYNC_MUTEX, m);
    point_begin(&p, &call_pthread_mutex_unlock, CALLER, s->object, m);
    sync_used(s, m, p.site);
    mutex_given_up(s, m, p.site);
    return sync_end(&p, mutex_unlock(m));
}

/* ---- spin locks: who spins waits, as it would ------------------------------------------------ */

EXPORT int pthread_spin_init(pthread_spinlock_t *l, int shared)
{
    if (probe_on())
        sync_forget(SYNC_SPIN, l);
    return REAL(pthread_spin_init)(l, shared);
}

static int spin(const struct probe_call *call, const void *site, pthread_spinlock_t *l, bool waits)
{
    struct sync *s = sync_get(SYNC_SPIN, l);
    struct point p;
    int r;

    point_begin(&p, call, site, s->object, l);
    while ((r = REAL(pthread_spin_trylock)(l)) == EBUSY && waits)
        turn_block(key_of_object(s->object), PROBE_NEVER);
    if (r == 0)
        locked(s, 0);
    return r == EBUSY ? sync_end_idle(&p, r) : sync_end(&p, r);
}

EXPORT int pthread_spin_lock(pthread_spinlock_t *l)
{
    return probe_on() ? spin(&call_pthread_spin_lock, CALLER, l, true) : REAL(pthread_spin_lock)(l);
}

EXPORT int pthread_spin_trylock(pthread_spinlock_t *l)
{
    return probe_on() ? spin(&call_pthread_spin_trylock, CALLER, l, false)
                      : REAL(pthread_spin_trylock)(l);
}

EXPORT int pthread_spin_unlock(pthread_spinlock_t *l)
{
    struct point p;

    if (!probe_on())
        return REAL(pthread_spin_unlock)(l);
    struct sync *s = sync_get(SYNC_SPIN, l);
    point_begin(&p, &call_pthread_spin_unlock, CALLER, s->object, l);
    clock_release(&s->clock);
    s->owner = object_at(s->object)->holder = PROBE_NOBODY;
    int r = REAL(pthread_spin_unlock)(l);
    turn_changed(key_of_object(s->object));
    return sync_end(&p, r);
}
