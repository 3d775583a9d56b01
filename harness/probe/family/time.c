/*
 * time.c - sleeping and telling the time: virtual, so that a program full of sleep(1) takes
 * microseconds and srand(time(NULL)) is the same on every run. Sleeping orders nothing.
 */
#include "../probe.h"

#include <errno.h>
#include <sched.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FAMILY_NAME "time"
#define SECOND      1000000000ll

CALL(sleep, FAMILY_NAME, "seconds");
CALL(usleep, FAMILY_NAME, "us");
CALL(nanosleep, FAMILY_NAME, "ns");
CALL(clock_nanosleep, FAMILY_NAME, "clock flags ns");
CALL(sched_yield, FAMILY_NAME, "");

static struct timespec to_timespec(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}

static int64_t from_timespec(const struct timespec *t)
{
    int64_t s = t->tv_sec < 0 ? 0 : t->tv_sec;
    return s > PROBE_NEVER / SECOND / 4 ? PROBE_NEVER / 4 : s * SECOND + t->tv_nsec;
}

/* This task, or whom it was forked from, has slept here before: a site may be taken for another, then others
 * are not slower than its sleep. */
static bool is_first_sleep(uint32_t site)
{
    static __thread uint64_t slept[16] __attribute__((tls_model("initial-exec")));
    uint64_t *word = &slept[site / 64 % 16], bit = 1ull << site % 64;
    bool first = !(*word & bit);
    *word |= bit;
    return first;
}

/* Until the virtual time `wake_at`; the ns that were left when a handler ran, else 0. */
static int64_t sleep_until(const struct point *p, int64_t wake_at)
{
    int64_t left = 0;

    if (is_first_sleep(p->site))
        me()->flags |= PROBE_NAPPING;
    do {
        if (turn_block_once(key_of_signals(self.task), wake_at) == WAKE_INTERRUPTED) {
            left = wake_at > time_now() ? wake_at - time_now() : 0;
            break;
        }
    } while (time_now() < wake_at);
    me()->flags &= ~(uint32_t)PROBE_NAPPING;
    return left;
}

EXPORT unsigned sleep(unsigned seconds)
{
    struct point p;

    if (!probe_on())
        return REAL(sleep)(seconds);
    point_begin(&p, &call_sleep, CALLER, 0, seconds);
    int64_t left = sleep_until(&p, time_now() + seconds * SECOND);
    point_end_idle(&p, left / SECOND); /* whole ones, as the C library counts */
    return (unsigned)(left / SECOND);
}

EXPORT int usleep(useconds_t us)
{
    struct point p;

    if (!probe_on())
        return REAL(usleep)(us);
    point_begin(&p, &call_usleep, CALLER, 0, us);
    int64_t left = sleep_until(&p, time_now() + us * 1000ll);
    return (int)point_end_idle(&p, left ? -EINTR : 0);
}

EXPORT int nanosleep(const struct timespec *wished, struct timespec *rest)
{
    struct point p;

    if (!probe_on() || !wished || wished->tv_sec < 0 || wished->tv_nsec < 0 ||
        wished->tv_nsec >= SECOND)
        return (int)probe_result(sys(SYS_nanosleep, wished, rest));
    int64_t ns = from_timespec(wished);
    point_begin(&p, &call_nanosleep, CALLER, 0, ns);
    int64_t left = sleep_until(&p, time_now() + ns);
    if (left && rest)
        *rest = to_timespec(left);
    return (int)point_end_idle(&p, left ? -EINTR : 0);
}

static int64_t clock_value(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI
               ? time_real()
               : time_now() + SECOND;
}

EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wished,
                           struct timespec *rest)
{
    struct point p;

    if (!probe_on() || !wished || wished->tv_nsec < 0 || wished->tv_nsec >= SECOND)
        return -(int)sys(SYS_clock_nanosleep, clock, flags, wished, rest);
    int64_t ns = from_timespec(wished);
    point_begin(&p, &call_clock_nanosleep, CALLER, 0, clock, flags, ns);
    if (flags & TIMER_ABSTIME)
        ns = ns > clock_value(clock) ? ns - clock_value(clock) : 0;
    int64_t left = sleep_until(&p, time_now() + ns);
    if (left && rest && !(flags & TIMER_ABSTIME))
        *rest = to_timespec(left);
    int kept = *real_errno();
    point_end_idle(&p, left ? -EINTR : 0);
    *real_errno() = kept;
    return left ? EINTR : 0;
}

EXPORT int sched_yield(void)
{
    struct point p;

    if (!probe_on())
        return (int)sys(SYS_sched_yield);
    point_begin(&p, &call_sched_yield, CALLER, 0);
    self.idle += 16; /* a few in a row: everybody else first, and time may pass */
    return (int)point_end_idle(&p, 0);
}

/* ---- clocks: no points, since looking at them changes nothing -------------------------------- */

/* Looking moves time a little, or a loop that waits for a time would not end. */
static void look(void)
{
    WORLD->now += 1000;
}

static void wrote(const void *at, size_t n, const void *site)
{
    if (at && is_shared(at))
        memory_check(at, n, PROBE_WRITE | PROBE_RANGE, site_of(site));
}

EXPORT time_t time(time_t *at)
{
    if (!probe_on())
        return REAL(time)(at);
    look();
    time_t now = time_real() / SECOND;
    if (at)
        *at = now;
    wrote(at, sizeof *at, CALLER);
    return now;
}

EXPORT int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    if (!probe_on() || !given(at))
        return (int)probe_result(sys(SYS_gettimeofday, at, zone));
    look();
    *at = (struct timeval){.tv_sec = time_real() / SECOND, .tv_usec = time_real() % SECOND / 1000};
    wrote(at, sizeof *at, CALLER);
    return 0;
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *at)
{
    if (!probe_on() || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID ||
        clock < 0)
        return (int)probe_result(sys(SYS_clock_gettime, clock, at));
    look();
    *at = to_timespec(clock_value(clock));
    wrote(at, sizeof *at, CALLER);
    return 0;
}

/* ---- calendar: of memory that the caller gives ------------------------------------------------- */

EXPORT struct tm *localtime_r(const time_t *restrict at, struct tm *restrict to)
{
    reads(at, sizeof *at, CALLER);
    writes(to, sizeof *to, CALLER);
    return REAL(localtime_r)(at, to);
}

EXPORT struct tm *gmtime_r(const time_t *restrict at, struct tm *restrict to)
{
    reads(at, sizeof *at, CALLER);
    writes(to, sizeof *to, CALLER);
    return REAL(gmtime_r)(at, to);
}

EXPORT char *ctime_r(const time_t *restrict at, char *restrict to)
{
    reads(at, sizeof *at, CALLER);
    char *r = REAL(ctime_r)(at, to);
    if (r)
        writes(to, text_length(to) + 1, CALLER);
    return r;
}

EXPORT char *asctime_r(const struct tm *restrict at, char *restrict to)
{
    reads(at, sizeof *at, CALLER);
    char *r = REAL(asctime_r)(at, to);
    if (r)
        writes(to, text_length(to) + 1, CALLER);
    return r;
}

EXPORT size_t strftime(char *restrict to, size_t n, const char *restrict format,
                       const struct tm *restrict at)
{
    reads(at, sizeof *at, CALLER);
    size_t r = REAL(strftime)(to, n, format, at);
    if (r)
        writes(to, r + 1, CALLER);
    return r;
}
