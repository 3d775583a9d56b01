/*
 * watch.c - the calls that the seccomp filter tells the driver of (seccomp_unotify(2)).
 *
 * Two things cannot be read from /proc: whether an alarm is set (a sleeper with one is not blocked
 * for ever), and which process made an IPC object, at which line. The filter stops these few calls
 * until the attendant has taken note and said "go on"; the kernel then executes them unchanged.
 * What is noted is never used to allow or deny anything, so it does not matter that arguments in
 * memory could change.
 */
#include <linux/seccomp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "run/world.h"

/* ---- timers ---------------------------------------------------------------------------------- */

static void timer_set(struct run *run, pid_t pid, long nr, uint64_t which, int64_t expires)
{
    struct timer *t = NULL;
    for (int i = 0; i < run->timer_count && !t; i++)
        if (run->timers[i].pid == pid && run->timers[i].nr == nr && run->timers[i].which == which)
            t = &run->timers[i];
    if (!t && run->timer_count < MAX_TIMERS)
        t = &run->timers[run->timer_count++];
    if (!t) { /* no place: let one of them stand for all that follow */
        t = &run->timers[MAX_TIMERS - 1];
        expires = INT64_MAX;
    }
    *t = (struct timer){pid, nr, which, expires};
}

void timers_forget(struct run *run, pid_t pid)
{
    int kept = 0;
    for (int i = 0; i < run->timer_count; i++)
        if (run->timers[i].pid != pid)
            run->timers[kept++] = run->timers[i];
    run->timer_count = kept;
}

bool timers_pending(struct run *run)
{
    int64_t now = now_ms();
    for (int i = 0; i < run->timer_count; i++)
        if (run->timers[i].expires_ms >= now)
            return true;
    return false;
}

/* An expiry is kept 50 ms longer than it was asked for: the clock's rounding must not make a
 * blocked process of one that is just being woken. */
static int64_t expiry(int64_t seconds, int64_t microseconds, bool repeats)
{
    if (seconds == 0 && microseconds == 0)
        return 0;
    if (repeats || seconds > 1000000)
        return INT64_MAX;
    return now_ms() + seconds * 1000 + microseconds / 1000 + 50;
}

static void note_timer(struct run *run, pid_t pid, const struct seccomp_data *call)
{
    const uint64_t *a = (const uint64_t *)call->args;
    struct itimerval interval = {0};
    struct itimerspec spec = {0};
#ifdef SYS_alarm
    if (call->nr == SYS_alarm) {
        timer_set(run, pid, SYS_setitimer, ITIMER_REAL, expiry((unsigned)a[0], 0, false));
        return;
    }
#endif
    if (call->nr == SYS_setitimer) {
        if (a[0] == ITIMER_REAL && process_peek(pid, a[1], &interval, sizeof interval))
            timer_set(run, pid, SYS_setitimer, ITIMER_REAL,
                      expiry(interval.it_value.tv_sec, interval.it_value.tv_usec,
                             interval.it_interval.tv_sec || interval.it_interval.tv_usec));
        return;
    }
    /* timer_settime, timerfd_settime: (which, flags, new_value, …) */
    bool known = process_peek(pid, a[2], &spec, sizeof spec);
    bool absolute = a[1] != 0;
    bool off = known && !spec.it_value.tv_sec && !spec.it_value.tv_nsec;
    timer_set(run, pid, call->nr, a[0],
              off                  ? 0
              : !known || absolute ? INT64_MAX
                                   : expiry(spec.it_value.tv_sec, spec.it_value.tv_nsec / 1000,
                                            spec.it_interval.tv_sec || spec.it_interval.tv_nsec));
}

/* ---- creations ------------------------------------------------------------------------------- */

static void read_name(pid_t pid, uint64_t address, char *name, size_t size)
{
    for (size_t n = size - 1; n; n /= 2)
        if (process_peek(pid, address, name, n))
            break;
        else
            memset(name, 0, size);
    name[size - 1] = '\0';
}

/* A System V object of this key stands already: then the call only opens it. */
static bool exists(enum object_kind kind, key_t key)
{
    if (key == IPC_PRIVATE)
        return false;
    return kind == OBJECT_SYSV_SHM     ? shmget(key, 0, 0) >= 0
           : kind == OBJECT_SYSV_QUEUE ? msgget(key, 0) >= 0
                                       : semget(key, 0, 0) >= 0;
}

static bool makes(const struct creation *made, uint64_t flags)
{
    return (key_t)made->key == IPC_PRIVATE ||
           ((flags & IPC_CREAT) && !exists(made->kind, (key_t)made->key));
}

/* What the call would make; false if it makes nothing. */
static bool creation_of(pid_t pid, const struct seccomp_data *call, struct creation *made)
{
    const uint64_t *a = (const uint64_t *)call->args;
    switch (call->nr) {
    case SYS_shmget:
        *made = (struct creation){.kind = OBJECT_SYSV_SHM, .key = (unsigned)a[0]};
        return makes(made, a[2]);
    case SYS_semget:
        *made = (struct creation){.kind = OBJECT_SYSV_SEMAPHORE, .key = (unsigned)a[0]};
        return makes(made, a[2]);
    case SYS_msgget:
        *made = (struct creation){.kind = OBJECT_SYSV_QUEUE, .key = (unsigned)a[0]};
        return makes(made, a[1]);
    case SYS_mq_open:
        *made = (struct creation){.kind = OBJECT_POSIX_QUEUE};
        read_name(pid, a[0], made->name, sizeof made->name);
        return (a[1] & O_CREAT) != 0;
#ifdef SYS_mknod
    case SYS_mknod:
        *made = (struct creation){.kind = OBJECT_FIFO};
        read_name(pid, a[0], made->name, sizeof made->name);
        return S_ISFIFO((mode_t)a[1]);
#endif
    case SYS_mknodat:
        *made = (struct creation){.kind = OBJECT_FIFO};
        read_name(pid, a[1], made->name, sizeof made->name);
        return S_ISFIFO((mode_t)a[2]);
    default:
        return false;
    }
}

static bool is_timer_call(int nr)
{
#ifdef SYS_alarm
    if (nr == SYS_alarm)
        return true;
#endif
    return nr == SYS_setitimer || nr == SYS_timer_settime || nr == SYS_timerfd_settime;
}

/* The listener may speak before the caller has gone to sleep, and only a sleeper shows its stack pointer. */
static struct task asleep(pid_t tid)
{
    enum { TRIES = 500 };
    const struct timespec pause = {.tv_nsec = 50000};
    struct task task = task_observe(tid, tid);
    for (int i = 0; i < TRIES && task.activity == TASK_RUNS; i++) {
        nanosleep(&pause, NULL);
        task = task_observe(tid, tid);
    }
    return task;
}

static void note_creation(struct run *run, pid_t tid, const struct seccomp_data *call)
{
    struct creation made;
    if (run->creation_count == MAX_CREATIONS || !creation_of(tid, call, &made))
        return;
    made.pid = tid;
    made.process = process_label(run, tid);
    struct task task = asleep(tid);
    made.callsite = callsite_take(run->arena, &task);
    run->creations[run->creation_count++] = made;
}

void watch_answer(struct run *run, int listener)
{
    struct seccomp_notif asked = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
        return; /* the caller was killed meanwhile */
    pid_t tid = (pid_t)asked.pid;
    if (is_timer_call(asked.data.nr))
        note_timer(run, tid, &asked.data);
    else
        note_creation(run, tid, &asked.data);
    struct seccomp_notif_resp answer = {.id = asked.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}
