/*
 * process.c - making, waiting for and ending processes.
 *
 * What a process does after fork is ordered after what its parent did before; what a parent does
 * after wait, after all that the child did. A child's identity is its place among its parent's
 * children, given before the fork, so that it does not depend on pids. exec is in exec.c, popen and
 * the like in spawn.c.
 */
#include "../misuse.h"
#include "../process.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAMILY_NAME "processes"

CALL(fork, FAMILY_NAME, "");
CALL(vfork, FAMILY_NAME, "");
CALL(wait, FAMILY_NAME, "pid flags status");
CALL(exit, FAMILY_NAME, "status");
CALL(_exit, FAMILY_NAME, "status");
CALL(abort, FAMILY_NAME, "");
CALL(getppid, FAMILY_NAME, "");
FAMILY(process);

/* ---- fork ------------------------------------------------------------------------------------ */

/* glibc runs the student's atfork handlers inside of fork, with points of their own. Ours are registered
 * first, so that they run next to the fork itself on either side: the child is made after all that was
 * done before it, and nobody gives it the turn before it is there. They also see forks that glibc makes by
 * itself (forkpty). */
static __thread uint32_t forking __attribute__((tls_model("initial-exec"))) = PROBE_NOBODY;
static __thread bool by_us __attribute__((tls_model("initial-exec")));
static __thread uint64_t mask_before __attribute__((tls_model("initial-exec")));

static void before_fork(void)
{
    forking = presence->on ? task_create(0) : PROBE_NOBODY;
    if (forking != PROBE_NOBODY)
        task_at(forking)->state = PROBE_FREE;
    mask_before = signals_hold(); /* none may reach the child before its first turn */
}

static void in_child(void)
{
    if (forking != PROBE_NOBODY) { /* else no room for it: runs free */
        presence->on = true;
        task_become(forking);
        FOR_EACH_FAMILY(f)
        if (f->forked)
            f->forked(forking);
    }
    signals_admit(mask_before);
}

/* The child of a fork that is not ours says its pid itself, as soon as it is there. */
static void await_child(void)
{
    for (int i = 0; i < 100000 && !task_at(forking)->pid; i++)
        sys(SYS_sched_yield);
    task_at(forking)->state = task_at(forking)->pid ? PROBE_READY : PROBE_DEAD;
    if (!task_at(forking)->pid)
        turn_doubt(PROBE_RAW_FORK);
}

static void in_parent(void)
{
    if (forking != PROBE_NOBODY && !by_us)
        await_child();
    signals_admit(mask_before);
}

__attribute__((constructor)) static void see_forks(void)
{
    pthread_atfork(before_fork, in_parent, in_child);
}

pid_t process_fork(const struct probe_call *call, const void *site, uint32_t *child)
{
    struct point p;

    point_begin(&p, call, site, 0);
    zombies_count(p.site);
    buffers_copied(p.site);
    by_us = true;
    pid_t pid = REAL(fork)();
    by_us = false;
    *child = forking;
    if (pid == 0) {
        debug_gate(site, false);
        return 0;
    }
    if (*child != PROBE_NOBODY && pid < 0) {
        task_forget(*child);
    } else if (*child != PROBE_NOBODY) {
        task_at(*child)->pid = pid;
        task_at(*child)->state = PROBE_READY;
    }
    p.args[0] = (int64_t)*child;
    long error = pid < 0 ? -*real_errno() : 0;
    return (pid_t)point_end(&p, error ? error : pid);
}

EXPORT pid_t fork(void)
{
    uint32_t child;
    return probe_on() ? process_fork(&call_fork, CALLER, &child) : REAL(fork)();
}

EXPORT pid_t __fork(void);
EXPORT pid_t __fork(void)
{
    uint32_t child;
    return probe_on() ? process_fork(&call_fork, CALLER, &child) : REAL(fork)();
}

/* As fork, with the parent held until the child executes or ends. The child works on a copy: a
 * program that relies on its writing the parent's variables is undefined anyway. */
EXPORT pid_t vfork(void)
{
    uint32_t child;

    if (!probe_on())
        return REAL(fork)();
    pid_t pid = process_fork(&call_vfork, CALLER, &child);
    if (pid <= 0 || child == PROBE_NOBODY)
        return pid;
    struct probe_task *t = task_at(child);
    while (!(t->flags & (PROBE_EXECED | PROBE_EXECING)) && t->state != PROBE_DEAD &&
           t->state != PROBE_EXTERNAL)
        turn_block(key_of_children(self.task), PROBE_NEVER);
    turn_admit();
    clock_acquire(clock_of(child));
    return pid;
}

/* ---- wait ------------------------------------------------------------------------------------ */

static bool has_ended(int status)
{
    return WIFEXITED(status) || WIFSIGNALED(status);
}

/* A child, or a grandchild that has lost its parent and come to me (PR_SET_CHILD_SUBREAPER). */
static uint32_t waited_for(int32_t pid)
{
    uint32_t child = task_child_by_pid(self.task, pid);

    for (uint32_t i = WORLD->tasks; child == PROBE_NOBODY && i-- > 0;)
        if (i < PROBE_TASKS && task_at(i)->process == i && task_at(i)->pid == pid)
            child = i;
    return child;
}

/* Ordered after the child, or, without any left (SIGCHLD ignored), after all of them. */
static void after_wait(long r, int status)
{
    if (r > 0 && has_ended(status)) {
        uint32_t child = waited_for((int32_t)r);
        if (child == PROBE_NOBODY) { /* nobody that we know has made it */
            turn_doubt(PROBE_UNKNOWN);
            return;
        }
        task_at(child)->state = PROBE_DEAD;
        clock_acquire(clock_of(child));
    } else if (r > 0) { /* it stopped, or goes on: all that it did up to now */
        uint32_t child = task_child_by_pid(self.task, (int32_t)r);
        if (child != PROBE_NOBODY && (WIFSTOPPED(status) || WIFCONTINUED(status)))
            clock_acquire(clock_of(child));
    } else if (r == -ECHILD) {
        for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
            if (task_at(i)->parent == self.task && task_at(i)->state == PROBE_DEAD)
                clock_acquire(clock_of(i));
    }
}

static bool descends_from_me(uint32_t task)
{
    for (int depth = 0; task < PROBE_TASKS && depth < PROBE_TASKS; depth++) {
        task = task_at(task)->parent;
        if (task < PROBE_TASKS && task_at(task)->process == me()->process)
            return true;
    }
    return false;
}

/* The kernel knows of a child that lives; if we do not, somebody has made it behind our back. */
static void doubt_unknown_children(void)
{
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
        if (task_at(i)->state != PROBE_DEAD && descends_from_me(i))
            return;
    turn_doubt(PROBE_UNKNOWN);
}

static long await(struct point *p, pid_t pid, int *status, int options, struct rusage *usage)
{
    long r;

    while ((r = sys(SYS_wait4, pid, status, options | WNOHANG, usage)) == 0 &&
           !(options & WNOHANG)) {
        doubt_unknown_children();
        if (turn_block(key_of_children(me()->process), PROBE_NEVER) == WAKE_INTERRUPTED)
            return point_end(p, -EINTR);
    }
    after_wait(r, *status);
    p->args[2] = r > 0 ? *status : 0;
    return r ? point_end(p, r) : point_end_idle(p, 0);
}

pid_t process_wait(const void *site, pid_t pid, int *status, int options, struct rusage *usage)
{
    struct point p;
    int own = 0;

    point_begin(&p, &call_wait, site, 0, pid, options);
    zombies_awaited();
    long r = await(&p, pid, &own, options, usage);
    if (status && r > 0) {
        *status = own;
        if (is_shared(status))
            memory_access(status, sizeof *status, PROBE_WRITE | PROBE_RANGE, site);
    }
    return (pid_t)r;
}

EXPORT pid_t wait(int *status)
{
    if (!probe_on())
        return (pid_t)probe_result(sys(SYS_wait4, -1, status, 0, 0));
    return process_wait(CALLER, -1, status, 0, NULL);
}

EXPORT pid_t waitpid(pid_t pid, int *status, int options)
{
    if (!probe_on())
        return (pid_t)probe_result(sys(SYS_wait4, pid, status, options, 0));
    return process_wait(CALLER, pid, status, options, NULL);
}

EXPORT pid_t wait3(int *status, int options, struct rusage *usage)
{
    if (!probe_on())
        return (pid_t)probe_result(sys(SYS_wait4, -1, status, options, usage));
    return process_wait(CALLER, -1, status, options, usage);
}

EXPORT pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    if (!probe_on())
        return (pid_t)probe_result(sys(SYS_wait4, pid, status, options, usage));
    return process_wait(CALLER, pid, status, options, usage);
}

EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    struct point p;
    siginfo_t own = {0};
    long r;

    if (!probe_on())
        return (int)probe_result(sys(SYS_waitid, type, id, info, options, 0));
    point_begin(&p, &call_wait, CALLER, 0, id, options);
    zombies_awaited();
    while ((r = sys(SYS_waitid, type, id, &own, options | WNOHANG, 0)) == 0 && !own.si_pid &&
           !(options & WNOHANG)) {
        doubt_unknown_children();
        if (turn_block(key_of_children(me()->process), PROBE_NEVER) == WAKE_INTERRUPTED)
            return (int)point_end(&p, -EINTR);
    }
    bool ended =
        own.si_code == CLD_EXITED || own.si_code == CLD_KILLED || own.si_code == CLD_DUMPED;
    if (r < 0 || own.si_pid)
        after_wait(r < 0 ? r : own.si_pid, ended ? 0 : W_STOPCODE(SIGSTOP));
    p.args[2] = own.si_status;
    if (info)
        *info = own;
    return (int)(r == 0 && !own.si_pid ? point_end_idle(&p, 0) : point_end(&p, r));
}

/* Orphans know by it that their parent has ended. A loop may wait for that and do nothing else. */
EXPORT pid_t getppid(void)
{
    struct point p;

    if (!probe_on())
        return (pid_t)sys(SYS_getppid);
    point_begin(&p, &call_getppid, CALLER, 0);
    long pid = sys(SYS_getppid);
    uint32_t parent = task_at(me()->process)->parent;
    if (parent != PROBE_NOBODY && task_at(task_at(parent)->process)->pid != pid)
        clock_acquire(clock_of(task_at(parent)->process));
    return (pid_t)point_end_idle(&p, pid);
}

/* ---- ending ---------------------------------------------------------------------------------- */

/* Exit handlers and stdio's flush follow; start.c's destructor leaves the world after them. */
EXPORT void exit(int status)
{
    struct point p;
    if (probe_on()) {
        point_begin(&p, &call_exit, CALLER, 0, status);
        point_end(&p, 0);
    }
    REAL(exit)(status);
    __builtin_unreachable();
}

static _Noreturn void end_now(const void *site, int status)
{
    struct point p;
    if (probe_on()) {
        point_begin(&p, &call__exit, site, 0, status);
        point_end(&p, 0);
        turn_leave();
    }
    for (;;)
        sys(SYS_exit_group, status);
}

EXPORT void _exit(int status)
{
    end_now(CALLER, status);
}

EXPORT void _Exit(int status)
{
    end_now(CALLER, status);
}

/* The signal's handler, if there is one, still has the turn; the supervisor sees the death. */
EXPORT void abort(void)
{
    struct point p;
    if (probe_on()) {
        point_begin(&p, &call_abort, CALLER, 0);
        point_end(&p, 0);
    }
    REAL(abort)();
    __builtin_unreachable();
}
