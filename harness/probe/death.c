/*
 * death.c - the end of processes, in the schedule's order.
 *
 * A task that leaves hands the turn on and ends afterwards; one that is killed says nothing. Whoever holds
 * the turn next waits until the kernel has finished it: descriptors closed, SEM_UNDO applied, SIGCHLD sent.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>

static uint32_t tasks_used(void)
{
    uint32_t n = WORLD->tasks;
    return n < PROBE_TASKS ? n : PROBE_TASKS;
}

/* Waits until the kernel has finished the process; at once if it is not there. */
static void await_death(int32_t pid)
{
    long fd = sys(SYS_pidfd_open, pid, 0);
    if (fd >= 0) {
        struct pollfd p = {.fd = (int)fd, .events = POLLIN};
        sys(SYS_poll, &p, 1, 5000);
        sys(SYS_close, fd);
        /* The kernel says so shortly before it sends SIGCHLD, with its list of tasks locked; this
         * waits for that lock. */
        sys(SYS_kill, 0, 0);
        debug_await_release(pid);
        return;
    }
    /* No descriptor left, or it is gone. A zombie still answers, so this is bounded. */
    struct timespec pause = {.tv_nsec = 1000000};
    for (int i = 0; i < 50 && sys(SYS_kill, pid, 0) == 0; i++)
        sys(SYS_nanosleep, &pause, NULL);
}

/* The kernel's letter for what a process or thread does: "… (name) S …"; 0 if it is gone. */
static char state_of(int32_t pid)
{
    char path[32] = "/proc/", text[128];
    size_t n = 6 + text_put_number(path + 6, 16, (uint64_t)pid, 10);

    text_put(path + n, sizeof path - n, "/stat");
    long fd = sys(SYS_open, path, O_RDONLY | O_CLOEXEC);
    long length = fd < 0 ? 0 : sys(SYS_read, fd, text, sizeof text);
    if (fd >= 0)
        sys(SYS_close, fd);
    for (long at = length - 3; at > 0; at--)
        if (text[at] == ')')
            return text[at + 2];
    return 0;
}

/* The first thread of a process stays as a zombie until all have ended: /proc tells. */
static bool thread_is_gone(int32_t process, int32_t thread)
{
    if (process != thread)
        return sys(SYS_tgkill, process, thread, 0) < 0;
    char state = state_of(thread);
    return !state || state == 'Z' || state == 'X';
}

/* What the C library does on a thread's way out shall be over when another goes on. */
static void await_end_of_thread(const struct probe_task *t)
{
    struct timespec pause = {.tv_nsec = 50000};

    for (int i = 0; i < 2000 && !thread_is_gone(task_at(t->process)->pid, t->pid); i++)
        if (i < 20)
            sys(SYS_sched_yield);
        else
            sys(SYS_nanosleep, &pause, NULL);
}

/* All that its threads did is done by the time that a process has ended. */
static void bury_process(uint32_t process)
{
    struct clock *all = NULL;

    await_death(task_at(process)->pid);
    for (uint32_t i = 0; i < tasks_used(); i++)
        if (task_at(i)->process == process) {
            task_at(i)->state = PROBE_DEAD;
            clock_join(&all, clock_of(i));
        }
    clock_join(&PRIVATE->clock[process], all);
    clock_drop(&all);
    FOR_EACH_FAMILY(f)
    if (f->died)
        f->died(process);
    if (task_at(process)->parent == PROBE_NOBODY)
        clock_join(&PRIVATE->outside, clock_of(process));
}

static void bury(uint32_t task)
{
    struct probe_task *t = task_at(task);

    me()->flags |= PROBE_BURYING; /* on a busy machine that takes its time */
    if (t->flags & PROBE_LEFT) {
        await_end_of_thread(t);
        t->state = PROBE_DEAD;
    } else {
        bury_process(t->process % PROBE_TASKS);
    }
    me()->flags &= ~(uint32_t)PROBE_BURYING;
    turn_changed_all();
}

bool bury_the_dying(void)
{
    bool any = false;

    for (uint32_t i = 0; i < tasks_used(); i++)
        if (task_at(i)->state == PROBE_DYING && i != self.task) {
            bury(i);
            any = true;
        } else if (task_at(i)->flags & PROBE_STOPPING && i != self.task) {
            signals_await_stop(i);
            task_at(i)->flags &= ~(uint32_t)PROBE_STOPPING;
        }
    return any;
}

/* Of who is blocked: it sleeps, or, if a deadly signal has woken it, is about to end. */
static bool is_gone(int32_t pid)
{
    enum { PAUSES = 100, PAUSE_MS = 10 };
    long fd = sys(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = (int)fd, .events = POLLIN};
    bool ended = false, asleep = false;

    if (fd < 0)
        return fd == -ESRCH;
    for (int i = 0; i < PAUSES && !ended && !asleep; i++) {
        ended = sys(SYS_poll, &p, 1, i ? PAUSE_MS : 0) > 0;
        char state = ended ? 0 : state_of(pid);
        asleep = state == 'S' || state == 'T' || state == 't';
    }
    sys(SYS_close, fd);
    return ended;
}

/* Somebody was killed behind our back while it was blocked, and others may wait for its end. */
bool bury_the_slain(void)
{
    bool any = false;

    for (uint32_t i = 0; i < tasks_used(); i++) {
        struct probe_task *t = task_at(i);
        if (t->state != PROBE_BLOCKED || t->process != i || t->process == me()->process)
            continue;
        if (is_gone(t->pid)) {
            bury(i);
            any = true;
        }
    }
    return any;
}
