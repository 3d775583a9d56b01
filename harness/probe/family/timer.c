/*
 * timer.c - alarm, setitimer and timer_create: they expire in virtual time.
 *
 * A timer belongs to a process, so it stands in the region: whoever holds the turn when it is due
 * sends the signal. CPU-time timers run in virtual time, too, for a program's CPU time differs from
 * run to run. What runs behind a timer is ordered after its setting. A function (SIGEV_THREAD) runs in a
 * thread that is made with the timer, as for mq_notify.
 */
#include "../signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FAMILY_NAME "time"
#define SECOND      1000000000ll

CALL(alarm, FAMILY_NAME, "seconds");
CALL(ualarm, FAMILY_NAME, "ns interval");
CALL(setitimer, FAMILY_NAME, "which ns interval");
CALL(timer_create, FAMILY_NAME, "clock");
CALL(timer_settime, FAMILY_NAME, "timer flags ns interval");
CALL(timer_delete, FAMILY_NAME, "timer");
CALL(timer_notice, FAMILY_NAME, "");

struct timer {
    struct timer *next;
    uint32_t process;
    int32_t number;   /* 0…2: which of setitimer's; from 3: timer_create's */
    int64_t at;       /* virtual ns; 0: not set */
    int64_t interval; /* ns; 0: once */
    int32_t signal;   /* 0: none */
    int32_t clock;
    uint64_t value;        /* of timer_create: sival */
    struct notice *notice; /* of SIGEV_THREAD */
};

/* A thread that waits for one timer, and runs its function each time. It outlives the timer. */
struct notice {
    uint64_t due; /* times that it has not run yet */
    bool over;
    uint32_t number; /* of its own, to wait for */
    union sigval value;
    void (*function)(union sigval);
    struct clock *set;
};

enum { BY_NUMBER = 3, TIMER_IDS = 0x70000000 };

static void start(void);
static void leaving(void);
static void died(uint32_t task);
FAMILY(timer, .start = start, .leaving = leaving, .died = died);

static struct timer **timers(void)
{
    return (struct timer **)family_root(&family_timer);
}

static void set_next(void)
{
    int64_t first = 0;
    for (struct timer *t = *timers(); t; t = t->next)
        if (t->at && (!first || t->at < first))
            first = t->at;
    PRIVATE->timer_at = first;
}

static struct timer *find(int number)
{
    for (struct timer *t = *timers(); t; t = t->next)
        if (t->process == me()->process && t->number == number)
            return t;
    return NULL;
}

static struct timer *make(int number, int signal, int clock)
{
    struct timer *t = heap_get(sizeof *t);
    *t = (struct timer){.next = *timers(),
                        .process = me()->process,
                        .number = number,
                        .signal = signal,
                        .clock = clock};
    *timers() = t;
    return t;
}

static void drop(uint32_t process, int from)
{
    for (struct timer **t = timers(); *t;) {
        struct timer *gone = *t;
        if (gone->process != process || gone->number < from) {
            t = &gone->next;
            continue;
        }
        *t = gone->next;
        heap_put(gone, sizeof *gone);
    }
    set_next();
}

/* exec keeps an alarm, and drops what timer_create made. */
static void start(void)
{
    drop(me()->process, BY_NUMBER);
}

/* The last one is buried by nobody, and would be waited for. */
static void leaving(void)
{
    drop(me()->process, 0);
}

static void died(uint32_t task)
{
    drop(task, 0);
}

static uint64_t key_of_notice(const struct notice *n)
{
    return 6ull << 32 | n->number;
}

/* ---- expiring -------------------------------------------------------------------------------- */

static void expire(struct timer *t)
{
    int pid = task_at(t->process)->pid;
    siginfo_t info = {.si_signo = t->signal, .si_code = SI_TIMER};

    t->at = t->interval ? t->at + t->interval : 0;
    if (t->interval && t->at <= WORLD->now) /* a whole number of them has passed */
        t->at += (WORLD->now - t->at) / t->interval * t->interval + t->interval;
    if (t->notice) {
        t->notice->due++;
        turn_changed(key_of_notice(t->notice));
    }
    if (!t->signal)
        return;
    info.si_value.sival_ptr = (void *)t->value;
    info.si_timerid = t->number;
    if (t->number < BY_NUMBER)
        sys(SYS_kill, pid, t->signal);
    else
        sys(SYS_rt_sigqueueinfo, pid, t->signal, &info);
    signals_wake(t->process);
}

void timers_fire(void)
{
    PRIVATE->stall++; /* a deadlock in which a timer ticks is not alive */
    for (struct timer *t = *timers(); t; t = t->next)
        if (t->at && t->at <= WORLD->now)
            expire(t);
    set_next();
}

static void set(struct timer *t, int64_t at, int64_t interval)
{
    t->at = at;
    t->interval = interval;
    if (t->signal)
        signals_order(t->process, t->signal);
    if (t->notice)
        clock_release(&t->notice->set);
    set_next();
}

static int64_t left(const struct timer *t)
{
    if (!t || !t->at)
        return 0;
    return t->at > time_now() ? t->at - time_now() : 1;
}

/* ---- alarm, setitimer ------------------------------------------------------------------------ */

static struct timer *by_kind(int which)
{
    static const int signals[] = {SIGALRM, SIGVTALRM, SIGPROF};
    struct timer *t = find(which);
    return t ? t : make(which, signals[which], 0);
}

EXPORT unsigned alarm(unsigned seconds)
{
    struct point p;

    if (!probe_on())
        return (unsigned)sys(SYS_alarm, seconds);
    point_begin(&p, &call_alarm, CALLER, 0, seconds);
    struct timer *t = by_kind(ITIMER_REAL);
    int64_t before = left(t);
    set(t, seconds ? time_now() + seconds * SECOND : 0, 0);
    /* The kernel rounds, but never down to 0. */
    int64_t result = before && before < SECOND ? 1 : (before + SECOND / 2) / SECOND;
    return (unsigned)point_end(&p, result);
}

/* The C library's own takes no more than a second, and is setitimer() inside, which we would not see. */
EXPORT useconds_t ualarm(useconds_t first, useconds_t interval)
{
    struct point p;

    if (!probe_on() || first >= 1000000 || interval >= 1000000)
        return REAL(ualarm)(first, interval);
    point_begin(&p, &call_ualarm, CALLER, 0, first * 1000ll, interval * 1000ll);
    struct timer *t = by_kind(ITIMER_REAL);
    int64_t before = left(t);
    set(t, first ? time_now() + first * 1000ll : 0, interval * 1000ll);
    return (useconds_t)point_end(&p, before / 1000);
}

static int64_t from_timeval(const struct timeval *t)
{
    return t->tv_sec * SECOND + t->tv_usec * 1000ll;
}

static struct timeval to_timeval(int64_t ns)
{
    return (struct timeval){.tv_sec = ns / SECOND, .tv_usec = (ns + 999) % SECOND / 1000};
}

static bool good_timeval(const struct timeval *t)
{
    return t->tv_sec >= 0 && t->tv_sec < 4000000000ll && t->tv_usec >= 0 && t->tv_usec < 1000000;
}

static void tell_itimer(int which, struct itimerval *value)
{
    struct timer *t = find(which);
    *value = (struct itimerval){.it_interval = to_timeval(t ? t->interval : 0),
                                .it_value = to_timeval(left(t))};
}

EXPORT int getitimer(__itimer_which_t which, struct itimerval *value)
{
    if (!probe_on() || (unsigned)which > ITIMER_PROF)
        return (int)probe_result(sys(SYS_getitimer, which, value));
    tell_itimer((int)which, value);
    return 0;
}

EXPORT int setitimer(__itimer_which_t which, const struct itimerval *restrict new,
                     struct itimerval *restrict old)
{
    struct point p;

    if (!probe_on() || (unsigned)which > ITIMER_PROF || !given(new) ||
        !good_timeval(&new->it_value) || !good_timeval(&new->it_interval))
        return (int)probe_result(sys(SYS_setitimer, which, new, old));
    int64_t ns = from_timeval(&new->it_value), interval = from_timeval(&new->it_interval);
    point_begin(&p, &call_setitimer, CALLER, 0, which, ns, interval);
    if (old)
        tell_itimer((int)which, old);
    set(by_kind((int)which), ns ? time_now() + ns : 0, interval);
    return (int)point_end(&p, 0);
}

/* ---- timer_create ---------------------------------------------------------------------------- */

static int64_t from_timespec(const struct timespec *t)
{
    int64_t s = t->tv_sec > 4000000000ll ? 4000000000ll : t->tv_sec;
    return s * SECOND + t->tv_nsec;
}

static struct timespec to_timespec(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}

static bool good_timespec(const struct timespec *t)
{
    return t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec < SECOND;
}

static bool followed(const struct sigevent *event)
{
    return !event || event->sigev_notify == SIGEV_SIGNAL || event->sigev_notify == SIGEV_NONE ||
           event->sigev_notify == SIGEV_THREAD_ID || event->sigev_notify == SIGEV_THREAD;
}

static void *run_notices(void *argument)
{
    struct notice *n = argument;
    struct point p;

    while (probe_on()) {
        point_begin(&p, &call_timer_notice, (const void *)n->function, 0);
        while (!n->due && !n->over)
            turn_block(key_of_notice(n), PROBE_NEVER);
        clock_acquire(n->set);
        point_end(&p, 0);
        if (!n->due)
            break;
        n->due--;
        n->function(n->value);
    }
    heap_put(n, sizeof *n);
    return NULL;
}

static void make_thread(struct timer *t, const struct sigevent *event)
{
    static uint32_t threads;
    pthread_t thread;

    t->notice = heap_get(sizeof *t->notice);
    *t->notice = (struct notice){.number = me()->process << 16 | ++threads,
                                 .value = event->sigev_value,
                                 .function = event->sigev_notify_function};
    if (pthread_create(&thread, event->sigev_notify_attributes, run_notices, t->notice) == 0)
        pthread_detach(thread);
}

EXPORT int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict id)
{
    struct point p;
    int number = BY_NUMBER;

    if (!probe_on() || !followed(event))
        return REAL(timer_create)(clock, event, id);
    point_begin(&p, &call_timer_create, CALLER, 0, clock);
    while (find(number))
        number++;
    bool in_thread = event && event->sigev_notify == SIGEV_THREAD;
    int signal = SIGALRM;
    if (event)
        signal = in_thread || event->sigev_notify == SIGEV_NONE ? 0 : event->sigev_signo;
    if (signal < 0 || signal > 64)
        return (int)point_end(&p, -EINVAL);
    struct timer *t = make(number, signal, clock);
    t->value = event ? (uint64_t)event->sigev_value.sival_ptr : (uint64_t)number;
    p.args[1] = number;
    *id = (timer_t)(uintptr_t)(TIMER_IDS + number);
    int r = (int)point_end(&p, 0);
    if (in_thread)
        VIA((make_thread(t, event), 0));
    return r;
}

static struct timer *by_id(timer_t id)
{
    int64_t number = (int64_t)(uintptr_t)id - TIMER_IDS;
    return number >= BY_NUMBER && number < TIMER_IDS ? find((int)number) : NULL;
}

static void tell_timer(const struct timer *t, struct itimerspec *value)
{
    *value = (struct itimerspec){.it_interval = to_timespec(t->interval),
                                 .it_value = to_timespec(left(t))};
}

static int64_t clock_now(const struct timer *t)
{
    return t->clock == CLOCK_REALTIME ? time_real() : time_now() + SECOND; /* as family/time.c */
}

EXPORT int timer_settime(timer_t id, int flags, const struct itimerspec *restrict new,
                         struct itimerspec *restrict old)
{
    struct timer *t = probe_on() ? by_id(id) : NULL;
    struct point p;

    if (!t)
        return REAL(timer_settime)(id, flags, new, old);
    int64_t ns = from_timespec(&new->it_value), interval = from_timespec(&new->it_interval);
    point_begin(&p, &call_timer_settime, CALLER, 0, t->number, flags, ns, interval);
    if (!good_timespec(&new->it_value) || !good_timespec(&new->it_interval))
        return (int)point_end(&p, -EINVAL);
    if (old)
        tell_timer(t, old);
    if (ns && flags & TIMER_ABSTIME)
        ns = ns > clock_now(t) ? ns - clock_now(t) : 1;
    set(t, ns ? time_now() + ns : 0, interval);
    return (int)point_end(&p, 0);
}

EXPORT int timer_gettime(timer_t id, struct itimerspec *value)
{
    struct timer *t = probe_on() ? by_id(id) : NULL;
    if (!t)
        return REAL(timer_gettime)(id, value);
    tell_timer(t, value);
    return 0;
}

EXPORT int timer_getoverrun(timer_t id)
{
    struct timer *t = probe_on() ? by_id(id) : NULL;
    return t ? 0 : REAL(timer_getoverrun)(id);
}

EXPORT int timer_delete(timer_t id)
{
    struct timer *t = probe_on() ? by_id(id) : NULL;
    struct point p;

    if (!t)
        return REAL(timer_delete)(id);
    point_begin(&p, &call_timer_delete, CALLER, 0, t->number);
    struct timer **at = timers();
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    if (t->notice) {
        t->notice->over = true;
        turn_changed(key_of_notice(t->notice));
    }
    heap_put(t, sizeof *t);
    set_next();
    return (int)point_end(&p, 0);
}
