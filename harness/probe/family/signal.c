/*
 * signal.c - handling, sending, blocking and awaiting signals. How they arrive: ../signals.c.
 */
#include "../signals.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define FAMILY_NAME "signals"
#define SECOND      1000000000ll

CALL(sigaction, FAMILY_NAME, "signal flags");
CALL(signal, FAMILY_NAME, "signal");
CALL(sigprocmask, FAMILY_NAME, "how mask");
CALL(sigpending, FAMILY_NAME, "mask");
CALL(kill, FAMILY_NAME, "pid signal");
CALL(killpg, FAMILY_NAME, "pid signal");
CALL(raise, FAMILY_NAME, "signal");
CALL(sigqueue, FAMILY_NAME, "pid signal value");
CALL(pthread_kill, FAMILY_NAME, "thread signal");
CALL(pause, FAMILY_NAME, "");
CALL(sigsuspend, FAMILY_NAME, "mask");
CALL(sigwait, FAMILY_NAME, "mask");
CALL(sigwaitinfo, FAMILY_NAME, "mask");
CALL(sigtimedwait, FAMILY_NAME, "mask ns");

static bool valid(int signal)
{
    return signal > 0 && signal <= 64;
}

/* ---- handlers -------------------------------------------------------------------------------- */

static int handle(const struct probe_call *call, const void *site, int signal,
                  const struct sigaction *new, struct sigaction *old)
{
    struct point p;

    if (!probe_on() || !valid(signal))
        return presence->on && valid(signal) ? signals_handle(signal, new, old)
                                             : REAL(sigaction)(signal, new, old);
    point_begin(&p, call, site, 0, signal, given(new) ? new->sa_flags : 0);
    int r = signals_handle(signal, new, old);
    long result = r < 0 ? -*real_errno() : 0;
    return (int)(given(new) ? point_end(&p, result) : point_end_idle(&p, result));
}

EXPORT int sigaction(int signal, const struct sigaction *new, struct sigaction *old)
{
    return handle(&call_sigaction, CALLER, signal, new, old);
}

static uint64_t interrupting; /* by siginterrupt: for signal() */

static sighandler_t install(const void *site, int signal, sighandler_t handler, int flags)
{
    struct sigaction new = {.sa_handler = handler, .sa_flags = flags}, old;

    if (!valid(signal) || handler == SIG_ERR) {
        probe_result(-EINVAL);
        return SIG_ERR;
    }
    if (!(flags & SA_NODEFER))
        *(uint64_t *)&new.sa_mask = signal_bit(signal);
    return handle(&call_signal, site, signal, &new, &old) < 0 ? SIG_ERR : old.sa_handler;
}

EXPORT sighandler_t signal(int number, sighandler_t handler)
{
    bool restarts = valid(number) && !(interrupting & signal_bit(number));
    return install(CALLER, number, handler, restarts ? SA_RESTART : 0);
}

EXPORT sighandler_t bsd_signal(int number, sighandler_t handler);
EXPORT sighandler_t bsd_signal(int number, sighandler_t handler)
{
    return install(CALLER, number, handler, SA_RESTART);
}

/* What signal() is called where a program asks for strict ISO C or X/Open. */
EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler)
{
    return install(CALLER, number, handler, (int)(SA_RESETHAND | SA_NODEFER));
}

EXPORT sighandler_t sysv_signal(int number, sighandler_t handler)
{
    return install(CALLER, number, handler, (int)(SA_RESETHAND | SA_NODEFER));
}

EXPORT int siginterrupt(int number, int interrupts)
{
    struct sigaction a;

    if (!valid(number) || handle(&call_sigaction, CALLER, number, NULL, &a) < 0)
        return (int)probe_result(-EINVAL);
    if (interrupts) {
        interrupting |= signal_bit(number);
        a.sa_flags &= ~SA_RESTART;
    } else {
        interrupting &= ~signal_bit(number);
        a.sa_flags |= SA_RESTART;
    }
    return handle(&call_sigaction, CALLER, number, &a, NULL);
}

/* ---- masks ----------------------------------------------------------------------------------- */

/* libc keeps 32 and 33 to itself. */
#define LIBC_SIGNALS (3ull << 31)

static uint64_t masked(uint64_t before, int how, uint64_t set)
{
    switch (how) {
    case SIG_BLOCK:
        return before | (set & ~LIBC_SIGNALS);
    case SIG_UNBLOCK:
        return before & ~set;
    default:
        return set & ~LIBC_SIGNALS;
    }
}

/* A point: one that comes before is not blocked yet. */
static long change_mask(const void *site, int how, const sigset_t *set, sigset_t *old)
{
    struct point p;

    point_begin(&p, &call_sigprocmask, site, 0, how, given(set) ? *(const uint64_t *)set : 0);
    uint64_t now = signals_hold(), wished = now;
    long r = 0;
    if (given(set) && (how < SIG_BLOCK || how > SIG_SETMASK))
        r = -EINVAL;
    else if (given(set))
        wished = masked(now, how, *(const uint64_t *)set);
    if (r == 0 && given(old))
        *(uint64_t *)old = now;
    self.held = true;
    self.mask = wished;
    return point_end_idle(&p, r);
}

EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    return probe_on() ? (int)change_mask(CALLER, how, set, old) : REAL(sigprocmask)(how, set, old);
}

EXPORT int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    if (!probe_on())
        return REAL(pthread_sigmask)(how, set, old);
    int kept = *real_errno();
    int error = change_mask(CALLER, how, set, old) < 0 ? *real_errno() : 0;
    *real_errno() = kept;
    return error;
}

EXPORT int sigpending(sigset_t *set)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_rt_sigpending, set, 8));
    point_begin(&p, &call_sigpending, CALLER, 0);
    long r = sys(SYS_rt_sigpending, set, 8);
    for (int i = 1; r == 0 && i <= 64; i++)
        if (*(uint64_t *)set & signal_bit(i)) {
            p.args[0] |= (int64_t)signal_bit(i);
            signals_taken(i); /* it is still pending: its senders are kept */
        }
    return (int)point_end_idle(&p, r);
}

/* ---- sending --------------------------------------------------------------------------------- */

/* The targets of kill(): all processes of the world that `pid` means. */
static bool is_target(const struct probe_task *t, uint32_t task, int pid)
{
    if (t->process != task || t->state == PROBE_FREE || t->state == PROBE_DEAD || t->pid <= 0)
        return false;
    if (pid == -1)
        return task != me()->process && !(t->flags & PROBE_DRIVER);
    if (pid > 0)
        return t->pid == pid;
    return sys(SYS_getpgid, t->pid) == (pid ? -pid : sys(SYS_getpgid, 0));
}

/* The process of a thread id, too. */
static int process_id(int pid)
{
    uint32_t task = pid > 0 ? task_by_pid(pid) : PROBE_NOBODY;
    return task == PROBE_NOBODY ? pid : task_at(task_at(task)->process)->pid;
}

static void tell_parent(uint32_t process)
{
    uint32_t parent = task_at(process)->parent;
    if (parent != PROBE_NOBODY)
        turn_changed(key_of_children(task_at(parent)->process));
}

void signals_stop(uint32_t process, bool stopped)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++) {
        struct probe_task *t = task_at(i);
        if (t->process != process)
            continue;
        if (!stopped) { /* what it does from now on is ordered after me */
            struct clock *its = clock_of(i);
            clock_join(&its, clock_of(self.task));
        }
        t->flags &= ~(uint32_t)PROBE_STOPPED;
        if (stopped)
            t->flags |= PROBE_STOPPED;
    }
    tell_parent(process);
}

static void sent(uint32_t process, int signal)
{
    if (signal == SIGKILL) {
        signals_killed(process);
        return;
    }
    if (signal == SIGSTOP) {
        signals_stop(process, true);
        signals_await_stop(process);
        return;
    }
    if (signal == SIGCONT)
        signals_stop(process, false);
    signals_sent(process, signal);
}

/* All processes of the world that `pid` means, but me. */
static void sent_to_all(int pid, int signal)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (i != me()->process && is_target(task_at(i), i, pid))
            sent(i, signal);
}

static void stop_others(int pid)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (i != me()->process && is_target(task_at(i), i, pid) &&
            sys(SYS_kill, task_at(i)->pid, SIGSTOP) == 0)
            sent(i, SIGSTOP);
}

/* The kernel sends; then the world is told. What acts on me at once - no mask holds it back - must
 * find the world told already. */
static long send(int pid, int signal, siginfo_t *info)
{
    uint32_t mine = me()->process;
    bool to_me = is_target(task_at(mine), mine, pid);

    if (to_me && signal == SIGKILL) {
        sent_to_all(pid, signal);
        turn_leave();
    } else if (to_me && signal == SIGSTOP) {
        stop_others(pid);
        signals_stop(mine, true);
        turn_stop(SIGSTOP);
        return 0;
    }
    turn_hold();
    long r = info ? sys(SYS_rt_sigqueueinfo, pid, signal, info) : sys(SYS_kill, pid, signal);
    if (r == 0 && signal) {
        sent_to_all(pid, signal);
        if (to_me)
            signals_sent(mine, signal);
    }
    return r;
}

/* Of the process, or of all that were in the group. */
static void saw_end_of(int pid)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if ((pid <= 0 || task_at(i)->pid == pid) && task_at(i)->state == PROBE_DEAD)
            clock_acquire(clock_of(i));
}

static int kill_as(const struct probe_call *call, const void *site, int pid, int signal)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_kill, pid, signal));
    point_begin(&p, call, site, 0, pid, signal);
    long r = send(process_id(pid), signal, NULL);
    if (r == -ESRCH) /* loops wait for it */
        saw_end_of(pid);
    return (int)(signal ? point_end(&p, r) : point_end_idle(&p, r));
}

EXPORT int kill(pid_t pid, int signal)
{
    return kill_as(&call_kill, CALLER, pid, signal);
}

EXPORT int killpg(pid_t group, int signal)
{
    if (group < 0)
        return (int)probe_result(-EINVAL);
    return kill_as(&call_killpg, CALLER, -group, signal);
}

EXPORT int sigqueue(pid_t pid, int signal, const union sigval value)
{
    siginfo_t info = {.si_signo = signal, .si_code = SI_QUEUE};
    struct point p;

    info.si_pid = (pid_t)sys(SYS_getpid);
    info.si_uid = (uid_t)sys(SYS_getuid);
    info.si_value = value;
    if (!probe_on())
        return (int)probe_result(sys(SYS_rt_sigqueueinfo, pid, signal, &info));
    point_begin(&p, &call_sigqueue, CALLER, 0, pid, signal, value.sival_int);
    long r = pid > 0 ? send(process_id(pid), signal, &info)
                     : sys(SYS_rt_sigqueueinfo, pid, signal, &info);
    return (int)point_end(&p, r);
}

EXPORT int raise(int signal)
{
    long pid = sys(SYS_getpid), thread = sys(SYS_gettid);
    struct point p;
    long r;

    if (!probe_on())
        return (int)probe_result(sys(SYS_tgkill, pid, thread, signal));
    point_begin(&p, &call_raise, CALLER, 0, signal);
    if (signal == SIGKILL || signal == SIGSTOP) {
        r = send((int)pid, signal, NULL);
    } else {
        turn_hold();
        r = sys(SYS_tgkill, pid, thread, signal);
        if (r == 0 && signal)
            signals_sent(me()->process, signal);
        if (signal == SIGCONT)
            tell_parent(me()->process);
    }
    return (int)point_end(&p, r);
}

/* Which of the threads it is, the kernel knows: all are woken to look. */
static int to_thread(const void *site, pthread_t thread, int signal, const union sigval *value)
{
    struct point p;
    int error;

    point_begin(&p, &call_pthread_kill, site, 0, thread, signal);
    turn_hold();
    error =
        value ? REAL(pthread_sigqueue)(thread, signal, *value) : REAL(pthread_kill)(thread, signal);
    if (!error && signal)
        signals_sent(me()->process, signal);
    int kept = *real_errno();
    point_end(&p, -error);
    *real_errno() = kept;
    return error;
}

EXPORT int pthread_kill(pthread_t thread, int signal)
{
    return probe_on() ? to_thread(CALLER, thread, signal, NULL)
                      : REAL(pthread_kill)(thread, signal);
}

EXPORT int pthread_sigqueue(pthread_t thread, int signal, const union sigval value)
{
    return probe_on() ? to_thread(CALLER, thread, signal, &value)
                      : REAL(pthread_sigqueue)(thread, signal, value);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static enum wake wait_for_signal(int64_t deadline)
{
    return turn_block_once(key_of_signals(self.task), deadline);
}

EXPORT int pause(void)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_pause));
    point_begin(&p, &call_pause, CALLER, 0);
    signals_wait_begin();
    while (wait_for_signal(PROBE_NEVER) != WAKE_INTERRUPTED)
        ;
    signals_wait_end();
    return (int)point_end(&p, -EINTR);
}

/* From here to the end of the call, or until somebody else has had the turn, signals wait; then it
 * is this mask that lets them in. */
static void hold_with(uint64_t mask)
{
    signals_hold();
    self.mask = mask;
    self.held = true;
}

EXPORT int sigsuspend(const sigset_t *mask)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_rt_sigsuspend, mask, 8));
    point_begin(&p, &call_sigsuspend, CALLER, 0, *(const uint64_t *)mask);
    uint64_t before = signals_hold();
    hold_with(*(const uint64_t *)mask);
    signals_wait_begin();
    while (wait_for_signal(PROBE_NEVER) != WAKE_INTERRUPTED)
        ;
    signals_wait_end();
    hold_with(before);
    return (int)point_end(&p, -EINTR);
}

/* While it waits, the kernel takes a signal of the set even if it is not blocked. */
static long take(uint64_t set, siginfo_t *info, int64_t deadline)
{
    static const struct timespec at_once;
    uint64_t before = signals_hold();
    enum wake wake = WAKE_RETRY;
    long r;

    signals_wait_begin();
    hold_with(before | set);
    while ((r = sys(SYS_rt_sigtimedwait, &set, info, &at_once, sizeof set)) == -EAGAIN) {
        if (wake == WAKE_TIMEOUT || deadline <= time_now())
            break;
        wake = wait_for_signal(deadline);
        if (wake == WAKE_INTERRUPTED) {
            r = -EINTR;
            break;
        }
    }
    if (r > 0)
        signals_taken((int)r);
    signals_wait_end();
    hold_with(before);
    return r;
}

static int await(const struct probe_call *call, const void *site, const sigset_t *set,
                 siginfo_t *info, int64_t timeout)
{
    uint64_t wished = *(const uint64_t *)set;
    siginfo_t own;
    struct point p;

    point_begin(&p, call, site, 0, wished, timeout == PROBE_NEVER ? -1 : timeout);
    long r = take(wished, &own, timeout == PROBE_NEVER ? timeout : time_now() + timeout);
    if (r > 0 && info)
        *info = own;
    return (int)(r == -EAGAIN ? point_end_idle(&p, r) : point_end(&p, r));
}

EXPORT int sigwait(const sigset_t *set, int *signal)
{
    int r, kept = *real_errno();

    if (!probe_on())
        return REAL(sigwait)(set, signal);
    do
        r = await(&call_sigwait, CALLER, set, NULL, PROBE_NEVER);
    while (r < 0 && *real_errno() == EINTR);
    int error = r < 0 ? *real_errno() : 0;
    *real_errno() = kept;
    if (r > 0)
        *signal = r;
    return error;
}

EXPORT int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
    return probe_on() ? await(&call_sigwaitinfo, CALLER, set, info, PROBE_NEVER)
                      : REAL(sigwaitinfo)(set, info);
}

EXPORT int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
    bool good = given(timeout) && timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 &&
                timeout->tv_nsec < SECOND;
    if (!probe_on() || (given(timeout) && !good))
        return REAL(sigtimedwait)(set, info, timeout);
    return await(&call_sigtimedwait, CALLER, set, info,
                 good ? timeout->tv_sec * SECOND + timeout->tv_nsec : PROBE_NEVER);
}
