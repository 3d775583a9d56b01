/*
 * posix_sem.c - POSIX semaphores, named and unnamed.
 *
 * The semaphore is glibc's own: it is taken by trywait, so that getvalue and a program's own copy of
 * sem_t are what they are natively. A named one is known by its file; an unnamed one by the shared
 * object that it lies in and the offset there, or, in private memory, by process and address: after
 * fork, that is another semaphore. As with System V's, each unit carries its post's clock.
 *
 * One that was initialised for the threads of a process, but lies in shared memory, counts for
 * everybody and wakes nobody but its own process: so it is here, too.
 */
#include "../probe.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>

#define FAMILY_NAME "POSIX semaphores"
#define KIND        "POSIX semaphore"
#define SECOND      1000000000ll

CALL(sem_open, FAMILY_NAME, "flags mode value");
CALL(sem_close, FAMILY_NAME, "");
CALL(sem_unlink, FAMILY_NAME, "");
CALL(sem_init, FAMILY_NAME, "shared value");
CALL(sem_destroy, FAMILY_NAME, "");
CALL(sem_wait, FAMILY_NAME, "value");
CALL(sem_timedwait, FAMILY_NAME, "value ns");
CALL(sem_trywait, FAMILY_NAME, "value");
CALL(sem_post, FAMILY_NAME, "value");
CALL(sem_getvalue, FAMILY_NAME, "value");
static bool mapped(const void *at);
FAMILY(posix_sem, .mapped = mapped);

struct semaphore {
    struct clock_queue units;
    struct clock *all;           /* for whoever reads the value */
    struct clock *made;          /* of a named one, for who opens it */
    uint32_t posts[PROBE_TASKS]; /* by process: wakes there */
};

static struct semaphore *state_of(uint32_t object)
{
    return object_memory(object, sizeof(struct semaphore));
}

static struct clock **unlinked(void)
{
    return (struct clock **)family_root(&family_posix_sem);
}

/* ---- which semaphore ------------------------------------------------------------------------- */

/* Named ones that this process has open; inherited by fork, forgotten by exec. */
static struct opened {
    sem_t *at;
    uint32_t object;
    uint32_t times;
} opened[128];
enum { OPENED = sizeof opened / sizeof *opened };

static struct opened *opened_at(const sem_t *at)
{
    for (unsigned i = 0; i < OPENED; i++)
        if (opened[i].at == at)
            return &opened[i];
    return NULL;
}

static bool mapped(const void *at)
{
    return opened_at(at);
}

static uint32_t unnamed(const sem_t *sem)
{
    const struct mapping *m = map_find(sem);
    uint64_t offset = m ? m->offset + ((uintptr_t)sem - m->from) : (uintptr_t)sem;
    uint64_t where = m ? 1ull << 32 | m->object : 2ull << 32 | me()->process;
    char name[48];
    bool new;
    uint32_t object = object_get(KIND, where, offset, &new);

    if (new &&m) {
        size_t n = text_put(name, 34, object_at(m->object)->name);
        text_put(name + n, sizeof name - n, " + ");
        object_name(object, name, offset, 10);
    } else if (new) {
        object_name(object, "at 0x", offset, 16);
    }
    return object;
}

static uint32_t object_of(const sem_t *sem)
{
    const struct opened *o = opened_at(sem);
    return o && sem ? o->object : unnamed(sem);
}

static int value_of(sem_t *sem)
{
    int value = 0;
    REAL(sem_getvalue)(sem, &value);
    return value;
}

/* glibc's sem_t says behind its value whom it wakes: 0, this process alone. */
static bool wakes_own_process_only(const sem_t *sem)
{
    return *(const int *)((const char *)sem + 8) == 0;
}

/* An operation races with one that is not: making it anew, or plain stores over it. */
static void touch(const sem_t *sem, uint32_t flags, uint32_t site)
{
    const struct mapping *m = is_shared(sem) ? map_find(sem) : NULL;
    if (m)
        shadow_check(m->object, m->offset + ((uintptr_t)sem - m->from), sizeof *sem, flags, site);
}

/* ---- operations ------------------------------------------------------------------------------ */

static void took(uint32_t object)
{
    struct semaphore *s = state_of(object);
    clock_take(&s->units, 1);
    clock_release(&s->all);
    object_at(object)->holder = self.task;
}

static long try_once(sem_t *sem)
{
    return REAL(sem_trywait)(sem) < 0 ? -*real_errno() : 0;
}

/* Asleep in the kernel, only a post that wakes brings it to look at the value again. */
static bool woken(const sem_t *sem, const struct semaphore *s, uint32_t posts)
{
    return !wakes_own_process_only(sem) || s->posts[me()->process % PROBE_TASKS] != posts;
}

static long await(sem_t *sem, uint32_t object, int64_t deadline)
{
    struct semaphore *s = state_of(object);
    long r = try_once(sem);

    while (r == -EAGAIN) {
        uint32_t posts = s->posts[me()->process % PROBE_TASKS];
        enum wake wake;
        do {
            wake = turn_block(key_of_object(object), deadline);
            if (wake == WAKE_INTERRUPTED)
                return -EINTR;
        } while (wake == WAKE_RETRY && !woken(sem, s, posts));
        if (woken(sem, s, posts))
            r = try_once(sem);
        if (r == -EAGAIN && wake == WAKE_TIMEOUT)
            return -ETIMEDOUT;
    }
    return r;
}

static int wait_for(const struct probe_call *call, const void *site, sem_t *sem, int64_t timeout)
{
    uint32_t object = object_of(sem);
    struct point p;

    point_begin(&p, call, site, object, value_of(sem), timeout == PROBE_NEVER ? -1 : timeout);
    int kept = *real_errno();
    long r = await(sem, object, timeout == PROBE_NEVER ? timeout : time_now() + timeout);
    *real_errno() = kept;
    touch(sem, PROBE_ATOMIC, p.site);
    if (r == 0)
        took(object);
    return (int)point_end(&p, r);
}

EXPORT int sem_wait(sem_t *sem)
{
    return probe_on() ? wait_for(&call_sem_wait, CALLER, sem, PROBE_NEVER) : REAL(sem_wait)(sem);
}

static int timed(const void *site, sem_t *sem, clockid_t clock, const struct timespec *until)
{
    int64_t now = clock == CLOCK_REALTIME ? time_real() : time_now() + SECOND;
    int64_t seconds = until->tv_sec > 1ll << 32 ? 1ll << 32 : until->tv_sec;
    int64_t left = seconds * SECOND + until->tv_nsec - now;

    if (until->tv_nsec < 0 || until->tv_nsec >= SECOND)
        return (int)probe_result(-EINVAL);
    return wait_for(&call_sem_timedwait, site, sem, left > 0 ? left : 0);
}

EXPORT int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until)
{
    return probe_on() ? timed(CALLER, sem, CLOCK_REALTIME, until) : REAL(sem_timedwait)(sem, until);
}

EXPORT int sem_clockwait(sem_t *restrict sem, clockid_t clock,
                         const struct timespec *restrict until)
{
    if (!probe_on() || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return REAL(sem_clockwait)(sem, clock, until);
    return timed(CALLER, sem, clock, until);
}

EXPORT int sem_trywait(sem_t *sem)
{
    struct point p;

    if (!probe_on())
        return REAL(sem_trywait)(sem);
    uint32_t object = object_of(sem);
    point_begin(&p, &call_sem_trywait, CALLER, object, value_of(sem));
    long r = try_once(sem);
    touch(sem, PROBE_ATOMIC, p.site);
    if (r < 0)
        return (int)point_end_idle(&p, r);
    took(object);
    return (int)point_end(&p, r);
}

EXPORT int sem_post(sem_t *sem)
{
    struct point p;

    if (!probe_on())
        return REAL(sem_post)(sem);
    uint32_t object = object_of(sem);
    point_begin(&p, &call_sem_post, CALLER, object, value_of(sem));
    long r = REAL(sem_post)(sem) < 0 ? -*real_errno() : 0;
    touch(sem, PROBE_ATOMIC, p.site);
    if (r == 0) {
        struct semaphore *s = state_of(object);
        clock_push(&s->units, 1, 0);
        clock_release(&s->all);
        s->posts[me()->process % PROBE_TASKS]++;
        object_at(object)->holder = PROBE_NOBODY;
        turn_changed(key_of_object(object));
    }
    return (int)point_end(&p, r);
}

EXPORT int sem_getvalue(sem_t *restrict sem, int *restrict value)
{
    struct point p;

    if (!probe_on())
        return REAL(sem_getvalue)(sem, value);
    uint32_t object = object_of(sem);
    point_begin(&p, &call_sem_getvalue, CALLER, object);
    touch(sem, PROBE_ATOMIC, p.site);
    p.args[0] = *value = value_of(sem);
    clock_acquire(state_of(object)->all);
    return (int)point_end_idle(&p, 0);
}

/* ---- making and removing --------------------------------------------------------------------- */

static void made(uint32_t object, unsigned value)
{
    struct semaphore *s = state_of(object);
    clock_clear(&s->units);
    clock_drop(&s->all);
    clock_push(&s->units, value, 0);
    clock_release(&s->all);
    object_at(object)->holder = PROBE_NOBODY;
}

EXPORT int sem_init(sem_t *sem, int shared, unsigned value)
{
    struct point p;

    if (!probe_on())
        return REAL(sem_init)(sem, shared, value);
    uint32_t object = unnamed(sem);
    point_begin(&p, &call_sem_init, CALLER, object, shared, value);
    long r = REAL(sem_init)(sem, shared, value) < 0 ? -*real_errno() : 0;
    if (r == 0) {
        touch(sem, PROBE_WRITE, p.site);
        made(object, value);
    }
    return (int)point_end(&p, r);
}

EXPORT int sem_destroy(sem_t *sem)
{
    struct point p;

    if (!probe_on())
        return REAL(sem_destroy)(sem);
    point_begin(&p, &call_sem_destroy, CALLER, object_of(sem));
    touch(sem, PROBE_WRITE, p.site);
    return (int)point_end(&p, REAL(sem_destroy)(sem) < 0 ? -*real_errno() : 0);
}

/* The file that glibc has made or opened; nobody else has run since. */
static uint32_t named(const char *name, sem_t *sem)
{
    char path[300] = "/dev/shm/sem.";
    struct stat st;
    bool new;

    while (*name == '/')
        name++;
    text_put(path + 13, sizeof path - 13, name);
    if (sys(SYS_stat, path, &st) < 0)
        return 0;
    uint32_t object = object_get(KIND, st.st_dev, st.st_ino, &new);
    if (new) {
        path[12] = '/';
        object_name(object, path + 12, 0, 0);
        made(object, (unsigned)value_of(sem));
        clock_release(&state_of(object)->made);
    }
    clock_acquire(state_of(object)->made);
    return object;
}

static void note_opened(sem_t *sem, uint32_t object)
{
    struct opened *o = opened_at(sem);
    if (!o)
        o = opened_at(NULL);
    if (!o) {
        turn_doubt(PROBE_LOG_FULL);
        return;
    }
    if (o->at != sem)
        *o = (struct opened){sem, object, 0};
    o->times++;
}

EXPORT sem_t *sem_open(const char *name, int flags, ...)
{
    mode_t mode = 0;
    unsigned value = 0;
    struct point p;

    if (flags & O_CREAT) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        value = va_arg(list, unsigned);
        va_end(list);
    }
    if (!probe_on())
        return REAL(sem_open)(name, flags, mode, value);
    point_begin(&p, &call_sem_open, CALLER, 0, flags, mode, value);
    sem_t *sem = REAL(sem_open)(name, flags, mode, value);
    long r = sem == SEM_FAILED ? -*real_errno() : 0;
    if (r == 0) {
        const struct opened *known = opened_at(sem);
        p.object = known ? known->object : named(name, sem);
        if (p.object)
            note_opened(sem, p.object);
    } else if (r == -ENOENT) {
        clock_acquire(*unlinked());
    }
    if (r == -ENOENT) /* polling for it to be made */
        point_end_idle(&p, r);
    else
        point_end(&p, r);
    return sem;
}

EXPORT int sem_close(sem_t *sem)
{
    struct opened *o = probe_on() && given(sem) ? opened_at(sem) : NULL;
    struct point p;

    if (!o)
        return REAL(sem_close)(sem);
    point_begin(&p, &call_sem_close, CALLER, o->object);
    long r = REAL(sem_close)(sem) < 0 ? -*real_errno() : 0;
    if (r == 0 && --o->times == 0)
        o->at = NULL;
    return (int)point_end(&p, r);
}

EXPORT int sem_unlink(const char *name)
{
    struct point p;

    if (!probe_on())
        return REAL(sem_unlink)(name);
    point_begin(&p, &call_sem_unlink, CALLER, 0);
    long r = REAL(sem_unlink)(name) < 0 ? -*real_errno() : 0;
    if (r == 0)
        clock_release(unlinked());
    return (int)point_end(&p, r);
}
