/* calls.c - the table of calls in which a process waits for others (see calls.h). */
#include "run/calls.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/observe.h"

/* How a call says how long it may sleep. */
enum timeout_kind {
    NO_TIMEOUT,   /* it has no such argument */
    POINTER,      /* a struct timespec or timeval; NULL: for ever */
    MILLISECONDS, /* an int; negative: for ever */
    FUTEX,        /* by the operation */
    FCNTL         /* only the commands that wait for a lock */
};

/* How its arguments are told to a person. */
enum subject { ON_NOTHING, ON_DESCRIPTOR, ON_PATH, ON_QUEUE, ON_SEMAPHORES, ON_CHILD };

struct call {
    long nr;
    const char *name;
    enum timeout_kind timeout;
    int argument; /* the timeout's position, from 0 */
    enum subject subject;
};

static const struct call calls[] = {
    {SYS_read, "read", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_readv, "readv", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_write, "write", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_writev, "writev", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_splice, "splice", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_tee, "tee", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_sendfile, "sendfile", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_copy_file_range, "copy_file_range", NO_TIMEOUT, 0, ON_DESCRIPTOR},
#ifdef SYS_open
    {SYS_open, "open", NO_TIMEOUT, 0, ON_PATH},
#endif
    {SYS_openat, "open", NO_TIMEOUT, 1, ON_PATH},
    {SYS_wait4, "wait", NO_TIMEOUT, 0, ON_CHILD},
    {SYS_waitid, "waitid", NO_TIMEOUT, 1, ON_CHILD},
#ifdef SYS_pause
    {SYS_pause, "pause", NO_TIMEOUT, 0, ON_NOTHING},
#endif
    {SYS_rt_sigsuspend, "sigsuspend", NO_TIMEOUT, 0, ON_NOTHING},
    {SYS_rt_sigtimedwait, "sigwait", POINTER, 2, ON_NOTHING},
    {SYS_semop, "semop", NO_TIMEOUT, 0, ON_SEMAPHORES},
    {SYS_semtimedop, "semop", POINTER, 3, ON_SEMAPHORES},
    {SYS_msgsnd, "msgsnd", NO_TIMEOUT, 0, ON_QUEUE},
    {SYS_msgrcv, "msgrcv", NO_TIMEOUT, 0, ON_QUEUE},
    {SYS_mq_timedsend, "mq_send", POINTER, 4, ON_DESCRIPTOR},
    {SYS_mq_timedreceive, "mq_receive", POINTER, 4, ON_DESCRIPTOR},
    {SYS_futex, "futex", FUTEX, 3, ON_NOTHING},
#ifdef SYS_poll
    {SYS_poll, "poll", MILLISECONDS, 2, ON_NOTHING},
#endif
    {SYS_ppoll, "poll", POINTER, 2, ON_NOTHING},
#ifdef SYS_select
    {SYS_select, "select", POINTER, 4, ON_NOTHING},
#endif
    {SYS_pselect6, "select", POINTER, 4, ON_NOTHING},
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait", MILLISECONDS, 3, ON_NOTHING},
#endif
    {SYS_epoll_pwait, "epoll_wait", MILLISECONDS, 3, ON_NOTHING},
    {SYS_flock, "flock", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_fcntl, "fcntl", FCNTL, 1, ON_DESCRIPTOR},
    {SYS_accept, "accept", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_accept4, "accept", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_connect, "connect", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_recvfrom, "recv", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_recvmsg, "recvmsg", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_sendto, "send", NO_TIMEOUT, 0, ON_DESCRIPTOR},
    {SYS_sendmsg, "sendmsg", NO_TIMEOUT, 0, ON_DESCRIPTOR},
};

static const struct call *find(long nr)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].nr == nr)
            return &calls[i];
    return NULL;
}

static bool futex_waits_for_ever(const uint64_t args[6])
{
    switch (args[1] & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_WAIT_REQUEUE_PI:
        return args[3] == 0;
    default:
        return false;
    }
}

/* A socket may carry SO_RCVTIMEO or SO_SNDTIMEO (socket(7)), which no argument shows: borrow it and
 * ask. */
static bool socket_has_timeout(pid_t pid, int fd)
{
    char path[64], target[16] = "";
    snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
    if (readlink(path, target, sizeof target - 1) <= 0 || strncmp(target, "socket:", 7) != 0)
        return false;
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int copy = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    struct timeval in = {1, 0}, out = {1, 0};
    socklen_t size = sizeof in;
    getsockopt(copy, SOL_SOCKET, SO_RCVTIMEO, &in, &size);
    getsockopt(copy, SOL_SOCKET, SO_SNDTIMEO, &out, &size);
    if (copy >= 0)
        close(copy);
    if (process >= 0)
        close(process);
    return in.tv_sec || in.tv_usec || out.tv_sec || out.tv_usec;
}

bool call_has_no_timeout(pid_t pid, long nr, const uint64_t args[6])
{
    const struct call *call = find(nr);
    if (!call)
        return false;
    switch (call->timeout) {
    case NO_TIMEOUT:
        return call->subject != ON_DESCRIPTOR || !socket_has_timeout(pid, (int)args[0]);
    case POINTER:
        return args[call->argument] == 0;
    case MILLISECONDS:
        return (int)args[call->argument] < 0;
    case FUTEX:
        return futex_waits_for_ever(args);
    case FCNTL:
        return (int)args[1] == F_SETLKW || (int)args[1] == F_OFD_SETLKW;
    }
    return false;
}

const char *blocking_call_name(long nr)
{
    const struct call *call = find(nr);
    return call ? call->name : NULL;
}

/* What a descriptor is, in words: "the terminal", "a pipe", "the FIFO or file box". */
static void describe_descriptor(pid_t pid, int fd, char *buffer, size_t size)
{
    char path[64], target[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
    ssize_t n = readlink(path, target, sizeof target - 1);
    target[n > 0 ? n : 0] = '\0';
    if (n <= 0)
        snprintf(buffer, size, "%d", fd);
    else if (strncmp(target, "pipe:", 5) == 0)
        snprintf(buffer, size, "%d: a pipe", fd);
    else if (strncmp(target, "socket:", 7) == 0)
        snprintf(buffer, size, "%d: a socket", fd);
    else if (strncmp(target, "/dev/pts/", 9) == 0)
        snprintf(buffer, size, "%d: the terminal", fd);
    else
        snprintf(buffer, size, "%d: %.200s", fd, target);
}

static void describe_semop(const struct task *t, const char *name, char *buffer, size_t size)
{
    struct sembuf ops[4];
    size_t count = t->args[2] < 4 ? (size_t)t->args[2] : 4;
    size_t at = (size_t)snprintf(buffer, size, "%s(set %d", name, (int)t->args[0]);
    if (count && process_peek(t->pid, t->args[1], ops, count * sizeof *ops))
        for (size_t i = 0; i < count && at < size; i++)
            at += (size_t)snprintf(buffer + at, size - at, ", semaphore %u %s%d", ops[i].sem_num,
                                   ops[i].sem_op > 0 ? "+"
                                   : ops[i].sem_op   ? ""
                                                     : "until ",
                                   ops[i].sem_op);
    if (at < size)
        snprintf(buffer + at, size - at, ")");
}

static void describe_path(const struct task *t, const struct call *call, char *buffer, size_t size)
{
    char path[128] = "";
    for (size_t n = sizeof path - 1; n && !process_peek(t->pid, t->args[call->argument], path, n);
         n /= 2)
        path[0] = '\0';
    path[sizeof path - 1] = '\0';
    snprintf(buffer, size, "%s(\"%s\")", call->name, path);
}

void task_describe(const struct task *t, char *buffer, size_t size)
{
    const struct call *call = find(t->nr);
    char what[300];
    if (t->activity == TASK_STOPPED) {
        snprintf(buffer, size, "stopped by a signal");
    } else if (!call) {
        snprintf(buffer, size, "running");
    } else if (call->subject == ON_SEMAPHORES) {
        describe_semop(t, call->name, buffer, size);
    } else if (call->subject == ON_QUEUE) {
        snprintf(buffer, size, "%s(queue %d%s%.0ld", call->name, (int)t->args[0],
                 t->nr == SYS_msgrcv ? ", type " : "", t->nr == SYS_msgrcv ? (long)t->args[3] : 0);
        size_t n = strlen(buffer);
        snprintf(buffer + n, size - n, "%s)",
                 t->nr == SYS_msgrcv && (long)t->args[3] == 0 ? "0" : "");
    } else if (call->subject == ON_PATH) {
        describe_path(t, call, buffer, size);
    } else if (call->subject == ON_CHILD) {
        snprintf(buffer, size, "%s for a child", call->name);
    } else if (call->subject == ON_DESCRIPTOR) {
        describe_descriptor(t->pid, (int)t->args[0], what, sizeof what);
        snprintf(buffer, size, "%s(%s)", call->name, what);
    } else if (t->nr == SYS_futex) {
        snprintf(buffer, size, "a semaphore, lock or condition (futex)");
    } else {
        snprintf(buffer, size, "%s()", call->name);
    }
}

bool descriptor_is_terminal(pid_t pid, int fd)
{
    char what[300];
    describe_descriptor(pid, fd, what, sizeof what);
    return strstr(what, "the terminal") != NULL;
}

bool task_reads_terminal(const struct task *t)
{
    return t->activity == TASK_BLOCKED && (t->nr == SYS_read || t->nr == SYS_readv) &&
           descriptor_is_terminal(t->pid, (int)t->args[0]);
}
