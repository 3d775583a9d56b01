/*
 * timerfd.c - timers that are descriptors, in virtual time.
 *
 * When one is due is reckoned when somebody looks. The kernel's timer stands still, but for this: it goes
 * off when the kernel is about to be asked who is ready, and the timer is due. Which timer a descriptor is,
 * its interval tells, which no timer ever lives to see. What runs behind a timer is ordered after its setting.
 */
#include "../event.h"

#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <time.h>

#define FAMILY_NAME "time"
#define KIND        "timer descriptor"
#define SECOND      1000000000ll

CALL(timerfd_create, FAMILY_NAME, "clock flags");
CALL(timerfd_settime, FAMILY_NAME, "fd flags ns interval");
CALL(timerfd_gettime, FAMILY_NAME, "fd");
FAMILY(timerfd);

struct timer {
    int64_t at;       /* virtual ns; 0: not set */
    int64_t interval; /* ns; 0: once */
    int clock;
    bool lit; /* the kernel's has gone off */
    struct clock *set;
};

enum { FAR = 2000000000 /* seconds */ };
#define MARK "it_interval: (2000000000,"

static struct timer *timer_of(uint32_t object)
{
    return object_memory(object, sizeof(struct timer));
}

bool event_any_timers(void)
{
    return *family_root(&family_timerfd);
}

/* ---- the kernel's ---------------------------------------------------------------------------- */

struct fd timer_look(int number)
{
    int64_t id = event_told(number, MARK);
    if (id <= 0)
        return (struct fd){.kind = FD_OTHER};
    return (struct fd){FD_TIMER, event_object(KIND, "timerfd ", (uint64_t)id), false};
}

/* Returns when poll sees it. */
static void light(int number, uint32_t object, bool on)
{
    struct itimerspec s = {.it_value = {.tv_sec = on ? 0 : FAR, .tv_nsec = on},
                           .it_interval = {FAR, (long)object_at(object)->id[0]}};
    struct pollfd p = {.fd = number, .events = POLLIN};

    sys(SYS_timerfd_settime, number, 0, &s, NULL);
    for (int i = 0; on && i < 100000 && sys(SYS_poll, &p, 1, 0) == 0; i++)
        sys(SYS_sched_yield);
    timer_of(object)->lit = on;
}

/* ---- when ------------------------------------------------------------------------------------ */

static uint64_t expired(const struct timer *t)
{
    if (!t->at || t->at > time_now())
        return 0;
    return t->interval ? (uint64_t)((time_now() - t->at) / t->interval) + 1 : 1;
}

int64_t event_due(int number)
{
    struct fd fd = event_any_timers() && number >= 0 ? fd_look(number) : (struct fd){0};
    if (fd.kind != FD_TIMER || !timer_of(fd.object)->at)
        return PROBE_NEVER;
    const struct timer *t = timer_of(fd.object);
    if (!expired(t))
        return t->at;
    if (!t->lit)
        light(number, fd.object, true);
    return PROBE_NEVER;
}

void timer_seen(const struct fd *fd)
{
    clock_acquire(timer_of(fd->object)->set);
}

long timer_read(int number, const struct fd *fd, void *to, size_t n)
{
    struct timer *t = timer_of(fd->object);
    uint64_t times;

    if (n < sizeof times)
        return -EINVAL;
    while (!(times = expired(t))) {
        if (event_wants_no_wait(number))
            return -EAGAIN;
        if (turn_block(key_of_object(fd->object), t->at ? t->at : PROBE_NEVER) == WAKE_INTERRUPTED)
            return -EINTR;
    }
    probe_copy(to, &times, sizeof times);
    t->at = t->interval ? t->at + (int64_t)times * t->interval : 0;
    if (t->lit)
        light(number, fd->object, false);
    clock_acquire(t->set);
    return sizeof times;
}

/* ---- the calls ------------------------------------------------------------------------------- */

EXPORT int timerfd_create(int clock, int flags)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_timerfd_create, clock, flags));
    point_begin(&p, &call_timerfd_create, CALLER, 0, clock, flags);
    long fd = sys(SYS_timerfd_create, clock, flags);
    if (fd >= 0) {
        p.object = event_object(KIND, "timerfd ", WORLD->objects + 1ull);
        *timer_of(p.object) = (struct timer){.clock = clock};
        *family_root(&family_timerfd) = timer_of(p.object);
        light((int)fd, p.object, false);
    }
    return (int)point_end(&p, fd);
}

static bool good(const struct timespec *t)
{
    return t->tv_sec >= 0 && t->tv_sec < FAR && t->tv_nsec >= 0 && t->tv_nsec < SECOND;
}

static int64_t from(const struct timespec *t)
{
    return t->tv_sec * SECOND + t->tv_nsec;
}

static struct timespec to(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}

/* What is left until the next time. */
static struct itimerspec told(const struct timer *t)
{
    int64_t left = t->at ? t->at + (int64_t)expired(t) * t->interval - time_now() : 0;
    return (struct itimerspec){.it_interval = to(t->interval), .it_value = to(left > 0 ? left : 0)};
}

/* As family/time.c has the clocks. */
static int64_t clock_now(const struct timer *t)
{
    return t->clock == CLOCK_REALTIME ? time_real() : time_now() + SECOND;
}

EXPORT int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
    struct fd look = probe_on() ? fd_look(fd) : (struct fd){0};
    struct point p;

    if (look.kind != FD_TIMER || !given(new))
        return (int)probe_result(sys(SYS_timerfd_settime, fd, flags, new, old));
    struct timer *t = timer_of(look.object);
    int64_t ns = from(&new->it_value);
    point_begin(&p, &call_timerfd_settime, CALLER, look.object, fd, flags, ns,
                from(&new->it_interval));
    if (!good(&new->it_value) || !good(&new->it_interval))
        return (int)point_end(&p, -EINVAL);
    if (given(old))
        *old = told(t);
    if (ns && flags & TFD_TIMER_ABSTIME)
        ns = ns > clock_now(t) ? ns - clock_now(t) : 1;
    t->at = ns ? time_now() + ns : 0;
    t->interval = from(&new->it_interval);
    light(fd, look.object, false);
    clock_release(&t->set);
    turn_changed(key_of_object(look.object));
    return (int)point_end(&p, 0);
}

EXPORT int timerfd_gettime(int fd, struct itimerspec *value)
{
    struct fd look = probe_on() ? fd_look(fd) : (struct fd){0};
    struct point p;

    if (look.kind != FD_TIMER)
        return (int)probe_result(sys(SYS_timerfd_gettime, fd, value));
    point_begin(&p, &call_timerfd_gettime, CALLER, look.object, fd);
    *value = told(timer_of(look.object));
    return (int)point_end_idle(&p, 0);
}
