/*
 * signals.c - signals reach a task only at its points, and in its turn.
 *
 * Signals are the kernel's own: really sent, pending, merged, queued, blocked. Who waits for the
 * turn has all of them blocked; when it has the turn, its mask is restored and the kernel runs what
 * has come. So nothing of signal(7) is imitated but two things. A signal that ends the process by
 * default would do so with the turn in hand: such a one is looked for first, and the task leaves the
 * world before it takes it. And because nobody waits in the kernel, we say what a handler
 * interrupts: each handler of the student's runs behind ours, which counts.
 *
 * A handler is ordered after all who sent its signal since it last ran (several may have become
 * one), a SIGCHLD's also after the child's end.
 */
#include "misuse.h"
#include "signals.h"

#include <sys/wait.h>

enum { SIGNALS = 65 };

/* What the world knows of one process's signals. */
struct receiver {
    struct clock *sent[SIGNALS];
    bool merged;          /* an ordinary signal was sent again while it was pending */
    bool children_merged; /* SIGCHLD, by the end of another child; if anybody takes it */
};

/* Of one task. */
struct waiter {
    uint32_t early; /* handlers that ran while it did not wait for one, since it last did */
    int32_t signal; /* the last of them */
    bool left_a_child;
};

struct table {
    struct receiver *of_process[PROBE_TASKS];
    struct waiter of_task[PROBE_TASKS];
};

CALL(handler, "signals", "signal pid");
CALL(ended_by, "signals", "signal");

static void died(uint32_t task);
static void stuck(void);
FAMILY(signals, .died = died, .stuck = stuck);

static struct table *table(void)
{
    void **root = family_root(&family_signals);
    if (!*root)
        *root = heap_get(sizeof(struct table));
    return *root;
}

static struct receiver *receiver(uint32_t process)
{
    struct receiver **r = &table()->of_process[process % PROBE_TASKS];
    if (!*r)
        *r = heap_get(sizeof **r);
    return *r;
}

static uint64_t pending(void)
{
    uint64_t set = 0;
    sys(SYS_rt_sigpending, &set, sizeof set);
    return set;
}

/* ---- letting them in ------------------------------------------------------------------------- */

/* The kernel's, which is not libc's. */
struct kernel_action {
    void *handler;
    uint64_t flags;
    void *restorer;
    uint64_t mask;
};

static bool ends_by_default(int signal)
{
    switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        return false;
    default:
        return true;
    }
}

/* The one of `set` that will end this process when they are let in; 0: none. In the kernel's order: a
 * handler that comes first may block it for its own time. */
static int deadly(uint64_t set)
{
    for (int signal = 1; set && signal < SIGNALS; signal++) {
        struct kernel_action a = {0};
        if (!(set & signal_bit(signal)))
            continue;
        sys(SYS_rt_sigaction, signal, NULL, &a, sizeof a.mask);
        if (a.handler == (void *)SIG_DFL && ends_by_default(signal))
            return signal;
        if (a.handler != (void *)SIG_DFL && a.handler != (void *)SIG_IGN)
            set &= ~a.mask;
    }
    return 0;
}

/* SIGTSTP and its like stop a process, unless nobody is there to let it go on: the kernel's rule for a group
 * of which no parent is in another group of the session. */
static bool group_is_orphaned(void)
{
    long group = sys(SYS_getpgid, 0), session = sys(SYS_getsid, 0);

    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++) {
        uint32_t parent = task_at(i)->parent;
        if (task_at(i)->process != i || task_at(i)->state == PROBE_DEAD || parent == PROBE_NOBODY ||
            sys(SYS_getpgid, task_at(i)->pid) != group)
            continue;
        int32_t pid = task_at(task_at(parent)->process)->pid;
        if (sys(SYS_getpgid, pid) != group && sys(SYS_getsid, pid) == session)
            return false;
    }
    return true;
}

/* The one of `set` that will stop this process when they are let in; 0: none. */
static int stopping(uint64_t set)
{
    static const int signals[] = {SIGTSTP, SIGTTIN, SIGTTOU};

    for (int i = 0; i < 3; i++) {
        struct kernel_action a = {0};
        if (!(set & signal_bit(signals[i])))
            continue;
        sys(SYS_rt_sigaction, signals[i], NULL, &a, sizeof a.mask);
        if (a.handler == (void *)SIG_DFL && !group_is_orphaned())
            return signals[i];
    }
    return 0;
}

static _Noreturn void end_by(int signal)
{
    uint64_t others = ~signal_bit(signal);
    const int64_t args[PROBE_ARGS] = {signal};

    log_event(call_number(&call_ended_by), me()->site, 0, args, 0);
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (i != self.task && task_at(i)->process == me()->process)
            task_at(i)->state = PROBE_DEAD;
    turn_leave();
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &others, NULL, sizeof others);
    for (;;)
        sys(SYS_exit_group, 128 + signal);
}

uint64_t signals_hold(void)
{
    uint64_t all = ~0ull, before = 0;
    if (presence->on && REGION->config.debugged[0])
        all &= ~signal_bit(SIGTRAP); /* the debugger's: it stops who waits for the turn */
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    return before;
}

void signals_admit(uint64_t mask)
{
    uint64_t set = presence->on ? pending() & ~mask : 0;
    int signal = deadly(set);
    if (signal)
        end_by(signal);
    if ((signal = stopping(set))) {
        signals_stop(me()->process, true);
        turn_stop(signal);
    }
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

/* ---- sending and taking ---------------------------------------------------------------------- */

void signals_wake(uint32_t process)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++) {
        struct probe_task *t = task_at(i);
        if (t->process != process)
            continue;
        t->flags &= ~(uint32_t)PROBE_SPINNING; /* it may spin until the handler has run */
        if (t->state == PROBE_BLOCKED)
            t->state = PROBE_READY;
    }
}

void signals_order(uint32_t process, int signal)
{
    clock_release(&receiver(process)->sent[signal]);
}

void signals_sent(uint32_t process, int signal)
{
    struct receiver *r = receiver(process);
    r->merged = r->merged || (signal < 32 && r->sent[signal]);
    signals_order(process, signal);
    signals_wake(process);
}

void signals_taken(int signal)
{
    struct clock **sent = &receiver(me()->process)->sent[signal];
    clock_acquire(*sent);
    if (!(pending() &
          signal_bit(signal))) /* else there is another, whose sender is in there, too */
        clock_drop(sent);
}

void signals_killed(uint32_t process)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (task_at(i)->process == process && task_at(i)->state != PROBE_DEAD)
            task_at(i)->state = i == process ? PROBE_DYING : PROBE_DEAD;
}

static bool has_stopped(int pid)
{
    char path[40] = "/proc/", text[512];
    size_t n = 6 + text_put_number(path + 6, 20, (uint64_t)pid, 10);
    text_put(path + n, sizeof path - n, "/stat");
    long fd = sys(SYS_open, path, 0), end;

    if (fd < 0)
        return true; /* gone, or not to be seen */
    end = sys(SYS_read, fd, text, sizeof text);
    sys(SYS_close, fd);
    while (end > 0 && text[end - 1] != ')') /* its name may hold anything */
        end--;
    return end <= 0 || text[end + 1] == 'T' || text[end + 1] == 'X' || text[end + 1] == 'Z';
}

void signals_await_stop(uint32_t process)
{
    for (int i = 0; i < 100000 && !has_stopped(task_at(process)->pid); i++)
        sys(SYS_sched_yield);
}

static void died(uint32_t task)
{
    uint32_t parent = task_at(task)->parent;
    if (parent == PROBE_NOBODY)
        return;
    struct receiver *r = receiver(task_at(parent)->process);
    r->children_merged = r->children_merged || r->sent[SIGCHLD];
    clock_join(&r->sent[SIGCHLD], clock_of(task));
}

/* ---- handlers -------------------------------------------------------------------------------- */

static struct sigaction actions[SIGNALS]; /* the student's, by signal; inherited by fork */
static __thread bool waiting __attribute__((tls_model("initial-exec")));

static void call(const struct sigaction *a, int signal, siginfo_t *info, void *context)
{
    if (a->sa_flags & SA_SIGINFO)
        a->sa_sigaction(signal, info, context);
    else
        a->sa_handler(signal);
}

static void note(int signal, const siginfo_t *info, const struct sigaction *a)
{
    const int64_t args[PROBE_ARGS] = {signal, info->si_pid};
    struct waiter *w = &table()->of_task[self.task % PROBE_TASKS];

    signals_taken(signal);
    self.handlers++;
    if (!(a->sa_flags & SA_RESTART))
        self.interrupts++;
    if (!waiting || self.early) {
        w->early++;
        w->signal = signal;
        if (waiting)
            me()->flags |= PROBE_MISSED;
    }
    self.idle = 0; /* it may have set what the program spins on */
    me()->flags &= ~(uint32_t)PROBE_SPINNING;
    log_event(call_number(&call_handler), me()->site, 0, args, 0);
}

/* Behind a handler the call goes on that it came in, so what that showed of itself is kept. */
static void arrive(int signal, siginfo_t *info, void *context)
{
    struct sigaction a = actions[signal];

    if (a.sa_flags & SA_RESETHAND)
        actions[signal].sa_handler = SIG_DFL;
    if (!presence->on || self.task == PROBE_NOBODY) {
        call(&a, signal, info, context);
        return;
    }
    struct self kept = self;
    struct probe_task *t = me(), shown = *t;
    self.inside = self.held = false;
    struct handling before = reentry_begin((struct handling){
        a.sa_flags & SA_ONSTACK ? -1 : signal,
        clock_known(receiver(t->process)->sent[signal], self.task), __builtin_frame_address(0)});
    note(signal, info, &a);
    call(&a, signal, info, context);
    reentry_end(before);
    self.inside = kept.inside;
    self.held = kept.held;
    self.mask = kept.mask;
    t->call = shown.call;
    t->site = shown.site;
    t->object = shown.object;
    probe_copy(t->args, shown.args, sizeof t->args);
}

int signals_handle(int signal, const struct sigaction *new, struct sigaction *old)
{
    struct sigaction ours, before;

    if (given(new)) {
        ours = *new;
        if (ours.sa_handler != SIG_DFL && ours.sa_handler != SIG_IGN &&
            ours.sa_handler != SIG_ERR) {
            ours.sa_sigaction = arrive;
            ours.sa_flags |= SA_SIGINFO;
        }
    }
    if (REAL(sigaction)(signal, given(new) ? &ours : NULL, &before) < 0)
        return -1;
    if (given(new) && ours.sa_sigaction == arrive && before.sa_sigaction != arrive)
        reentry_installed(signal);
    bool known = before.sa_sigaction == arrive;
    if (given(old)) {
        struct sigaction theirs = known ? actions[signal] : before;
        if (given(new))
            actions[signal] = *new; /* old and new may be the same */
        *old = theirs;
    } else if (given(new)) {
        actions[signal] = *new;
    }
    return 0;
}

/* ---- waiting for a signal that has been ------------------------------------------------------ */

/* The handler of SIGCHLD, or who waits for it, has not waited for all who had ended when it came. */
static bool left_a_child(void)
{
    siginfo_t info = {0};
    return receiver(me()->process)->children_merged &&
           sys(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, 0) == 0 && info.si_pid;
}

void signals_wait_begin(void)
{
    struct waiter *w = &table()->of_task[self.task % PROBE_TASKS];

    waiting = true;
    w->left_a_child = left_a_child();
    if (w->early || receiver(me()->process)->merged || w->left_a_child)
        me()->flags |= PROBE_MISSED;
}

void signals_wait_end(void)
{
    waiting = false;
    table()->of_task[self.task % PROBE_TASKS].early = 0;
    me()->flags &= ~(uint32_t)PROBE_MISSED;
}

/* It waits for a signal, nothing will send one any more, and one came before it waited. */
static void stuck(void)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++) {
        struct probe_task *t = task_at(i);
        if (t->state != PROBE_BLOCKED || !(t->flags & PROBE_MISSED))
            continue;
        uint32_t before = WORLD->findings;
        struct waiter *w = &table()->of_task[i];
        char text[64] = "two signals became one";
        if (w->left_a_child) {
            text_put(text, sizeof text, PROBE_CHILDREN_MERGED);
        } else if (w->early) {
            size_t n = text_put(text, sizeof text, "it came before the wait: signal ");
            text_put_number(text + n, sizeof text - n, (uint64_t)w->signal, 10);
        }
        log_finding(PROBE_LOST_WAKEUP, 0, t->site, text);
        if (WORLD->findings != before)
            REGION->findings[before % PROBE_FINDINGS].first.task = i;
    }
}
