/*
 * raw.c - system calls by their number, and processes made by other means than fork.
 *
 * syscall() of what is followed goes the way of the function of that name. What orders and blocks nothing
 * goes to the kernel. All the rest goes there too, and leaves a doubt with its number. A clone that shares
 * nothing is a fork. Any other process or thread that clone makes cannot be followed, and it is said so: such
 * a child finds that it is not in the world (task.c: the page that fork wipes) and runs free.
 */
#include "../futex.h"
#include "../process.h"

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/pidfd.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

CALL(thread_exit, "threads", "status");
CALL(clone, "processes", "");

/* Arguments by the types that a function's prototype has. */
#define P(i) ((void *)a[i])
#define I(i) ((int)a[i])
#define U(i) ((unsigned)a[i])

#define TO(function, ...)           \
    case SYS_##function:            \
        *r = function(__VA_ARGS__); \
        return true
#define AS(number, function, ...)   \
    case SYS_##number:              \
        *r = function(__VA_ARGS__); \
        return true

static bool by_descriptor(long number, const long a[6], long *r)
{
    switch (number) {
        TO(read, I(0), P(1), (size_t)a[2]);
        TO(write, I(0), P(1), (size_t)a[2]);
        TO(open, P(0), I(1), U(2));
        TO(openat, I(0), P(1), I(2), U(3));
        TO(creat, P(0), U(1));
        TO(close, I(0));
        TO(close_range, U(0), U(1), I(2));
        TO(pipe, P(0));
        TO(pipe2, P(0), I(1));
        TO(dup2, I(0), I(1));
        TO(dup3, I(0), I(1), I(2));
        TO(fcntl, I(0), I(1), a[2]);
        TO(flock, I(0), I(1));
        TO(ioctl, I(0), (unsigned long)a[1], P(2));
        TO(lseek, I(0), a[1], I(2));
        TO(readv, I(0), P(1), I(2));
        TO(writev, I(0), P(1), I(2));
        AS(pread64, pread, I(0), P(1), (size_t)a[2], a[3]);
        AS(pwrite64, pwrite, I(0), P(1), (size_t)a[2], a[3]);
        TO(preadv, I(0), P(1), I(2), a[3]);
        TO(pwritev, I(0), P(1), I(2), a[3]);
        TO(fallocate, I(0), I(1), a[2], a[3]);
        TO(ftruncate, I(0), a[1]);
        TO(sendfile, I(0), I(1), P(2), (size_t)a[3]);
        TO(splice, I(0), P(1), I(2), P(3), (size_t)a[4], U(5));
        TO(tee, I(0), I(1), (size_t)a[2], U(3));
        TO(vmsplice, I(0), P(1), (size_t)a[2], U(3));
        TO(copy_file_range, I(0), P(1), I(2), P(3), (size_t)a[4], U(5));
        TO(poll, P(0), (nfds_t)a[1], I(2));
        TO(ppoll, P(0), (nfds_t)a[1], P(2), P(3));
        TO(select, I(0), P(1), P(2), P(3), P(4));
        TO(epoll_wait, I(0), P(1), I(2), I(3));
        TO(epoll_pwait, I(0), P(1), I(2), I(3), P(4));
        TO(epoll_ctl, I(0), I(1), I(2), P(3));
        AS(eventfd, eventfd, U(0), 0);
        AS(eventfd2, eventfd, U(0), I(1));
        TO(timerfd_create, I(0), I(1));
        TO(timerfd_settime, I(0), I(1), P(2), P(3));
        TO(timerfd_gettime, I(0), P(1));
        AS(signalfd, signalfd, I(0), P(1), 0);
        AS(signalfd4, signalfd, I(0), P(1), I(3));
        TO(pidfd_open, I(0), U(1));
        TO(pidfd_send_signal, I(0), I(1), P(2), U(3));
    default:
        return false;
    }
}

static bool by_socket(long number, const long a[6], long *r)
{
    switch (number) {
        TO(socket, I(0), I(1), I(2));
        TO(socketpair, I(0), I(1), I(2), P(3));
        TO(bind, I(0), P(1), U(2));
        TO(listen, I(0), I(1));
        TO(accept, I(0), P(1), P(2));
        TO(accept4, I(0), P(1), P(2), I(3));
        TO(connect, I(0), P(1), U(2));
        TO(shutdown, I(0), I(1));
        TO(sendto, I(0), P(1), (size_t)a[2], I(3), P(4), U(5));
        TO(recvfrom, I(0), P(1), (size_t)a[2], I(3), P(4), P(5));
        TO(sendmsg, I(0), P(1), I(2));
        TO(recvmsg, I(0), P(1), I(2));
        TO(sendmmsg, I(0), P(1), U(2), I(3));
        TO(recvmmsg, I(0), P(1), U(2), I(3), P(4));
    default:
        return false;
    }
}

static bool by_name(long number, const long a[6], long *r)
{
    switch (number) {
        TO(access, P(0), I(1));
        TO(faccessat, I(0), P(1), I(2), 0);
        TO(stat, P(0), P(1));
        TO(lstat, P(0), P(1));
        TO(fstat, I(0), P(1));
        AS(newfstatat, fstatat, I(0), P(1), P(2), I(3));
        TO(readlink, P(0), P(1), (size_t)a[2]);
        TO(mkdir, P(0), U(1));
        TO(mkdirat, I(0), P(1), U(2));
        TO(mknodat, I(0), P(1), U(2), (dev_t)a[3]);
        TO(rmdir, P(0));
        TO(unlink, P(0));
        TO(unlinkat, I(0), P(1), I(2));
        TO(rename, P(0), P(1));
        TO(renameat, I(0), P(1), I(2), P(3));
        TO(renameat2, I(0), P(1), I(2), P(3), U(4));
        TO(link, P(0), P(1));
        TO(linkat, I(0), P(1), I(2), P(3), I(4));
        TO(symlink, P(0), P(1));
        TO(truncate, P(0), a[1]);
    case SYS_mknod:
        *r = S_ISFIFO(a[1]) ? mkfifo(P(0), U(1)) : mknod(P(0), U(1), (dev_t)a[2]);
        return true;
    default:
        return false;
    }
}

static bool by_object(long number, const long a[6], long *r)
{
    switch (number) {
        TO(semget, I(0), I(1), I(2));
        TO(semop, I(0), P(1), (size_t)a[2]);
        TO(semtimedop, I(0), P(1), (size_t)a[2], P(3));
        TO(semctl, I(0), I(1), I(2), a[3]);
        TO(msgget, I(0), I(1));
        TO(msgsnd, I(0), P(1), (size_t)a[2], I(3));
        TO(msgrcv, I(0), P(1), (size_t)a[2], a[3], I(4));
        TO(msgctl, I(0), I(1), P(2));
        TO(shmget, I(0), (size_t)a[1], I(2));
        AS(shmat, (long)shmat, I(0), P(1), I(2));
        TO(shmdt, P(0));
        TO(shmctl, I(0), I(1), P(2));
        AS(mq_timedsend, mq_timedsend, I(0), P(1), (size_t)a[2], U(3), P(4));
        AS(mq_timedreceive, mq_timedreceive, I(0), P(1), (size_t)a[2], P(3), P(4));
        AS(mq_notify, mq_notify, I(0), P(1));
        AS(mmap, (long)mmap, P(0), (size_t)a[1], I(2), I(3), I(4), a[5]);
        TO(munmap, P(0), (size_t)a[1]);
        AS(mremap, (long)mremap, P(0), (size_t)a[1], (size_t)a[2], I(3), P(4));
        TO(msync, P(0), (size_t)a[1], I(2));
        TO(mprotect, P(0), (size_t)a[1], I(2));
        TO(madvise, P(0), (size_t)a[1], I(2));
    default:
        return false;
    }
}

static bool by_process(long number, const long a[6], long *r)
{
    switch (number) {
        TO(wait4, I(0), P(1), I(2), P(3));
        TO(waitid, (idtype_t)a[0], U(1), P(2), I(3));
        TO(kill, I(0), I(1));
        TO(pause, );
        TO(getppid, );
        TO(alarm, U(0));
        TO(setitimer, (__itimer_which_t)a[0], P(1), P(2));
        TO(getitimer, (__itimer_which_t)a[0], P(1));
        TO(nanosleep, P(0), P(1));
        TO(sched_yield, );
        TO(time, P(0));
        TO(gettimeofday, P(0), P(1));
        TO(clock_gettime, I(0), P(1));
        TO(execve, P(0), P(1), P(2));
    case SYS_clock_nanosleep: /* says its error otherwise */
        *r = probe_result(-clock_nanosleep(I(0), I(1), P(2), P(3)));
        return true;
    case SYS_rt_sigsuspend:
        *r = sigsuspend(P(0));
        return true;
    case SYS_rt_sigtimedwait:
        *r = sigtimedwait(P(0), P(1), P(2));
        return true;
    case SYS_rt_sigpending:
        *r = sigpending(P(0));
        return true;
    case SYS_rt_sigprocmask:
        *r = sigprocmask(I(0), P(1), P(2));
        return true;
    case SYS_exit_group:
        _exit(I(0));
    default:
        return false;
    }
}

/* Of its own process; of others it is a kill. */
static bool by_thread(long number, const long a[6], long *r)
{
    bool group = number == SYS_tgkill;
    long thread = group ? a[1] : a[0];

    if (number != SYS_tgkill && number != SYS_tkill)
        return false;
    if (thread == sys(SYS_gettid))
        *r = raise(I(group + 1));
    else
        *r = kill((pid_t)thread, I(group + 1));
    return true;
}

/* What orders nothing and blocks nothing. */
static bool is_harmless(long number)
{
    static const short calls[] = {
        SYS_getpid,
        SYS_gettid,
        SYS_getuid,
        SYS_geteuid,
        SYS_getgid,
        SYS_getegid,
        SYS_getpgrp,
        SYS_getpgid,
        SYS_setpgid,
        SYS_setsid,
        SYS_getsid,
        SYS_getgroups,
        SYS_getresuid,
        SYS_getresgid,
        SYS_setuid,
        SYS_setgid,
        SYS_brk,
        SYS_mincore,
        SYS_mlock,
        SYS_munlock,
        SYS_mlockall,
        SYS_munlockall,
        SYS_memfd_create,
        SYS_uname,
        SYS_sysinfo,
        SYS_getrandom,
        SYS_getcpu,
        SYS_prctl,
        SYS_arch_prctl,
        SYS_personality,
        SYS_getrlimit,
        SYS_setrlimit,
        SYS_prlimit64,
        SYS_getrusage,
        SYS_times,
        SYS_umask,
        SYS_chdir,
        SYS_fchdir,
        SYS_getcwd,
        SYS_chmod,
        SYS_fchmod,
        SYS_chown,
        SYS_fchown,
        SYS_utimensat,
        SYS_statfs,
        SYS_fstatfs,
        SYS_fsync,
        SYS_fdatasync,
        SYS_sync,
        SYS_dup,
        SYS_getpriority,
        SYS_setpriority,
        SYS_sched_getaffinity,
        SYS_sched_setaffinity,
        SYS_sched_getparam,
        SYS_sched_setparam,
        SYS_sched_getscheduler,
        SYS_sched_setscheduler,
        SYS_sched_get_priority_max,
        SYS_sched_get_priority_min,
        SYS_sched_rr_get_interval,
        SYS_clock_getres,
        SYS_getsockopt,
        SYS_setsockopt,
        SYS_getsockname,
        SYS_getpeername,
        SYS_set_tid_address,
        SYS_get_robust_list,
        SYS_set_robust_list,
        SYS_rseq,
        SYS_kcmp,
        SYS_epoll_create,
        SYS_epoll_create1,
        SYS_inotify_init,
        SYS_inotify_init1,
        SYS_inotify_add_watch,
        SYS_inotify_rm_watch,
        SYS_getdents64,
        SYS_sigaltstack,
        SYS_capget,
        SYS_capset,
        SYS_gettid,
        SYS_get_mempolicy,
        SYS_ioprio_get,
    };
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i] == number)
            return true;
    return false;
}

static void doubt(long number)
{
    char text[32];
    size_t n = text_put(text, sizeof text, "system call ");

    if (number == SYS_fork || number == SYS_vfork || number == SYS_clone || number == SYS_clone3) {
        turn_doubt(PROBE_RAW_FORK);
        return;
    }
    text_put_number(text + n, sizeof text - n, (uint64_t)number, 10);
    turn_unfollowed(text);
}

/* A thread that ends itself so leaves no destructors run, and its joiner wakes. */
static void leave(const void *site, long status)
{
    struct point p;

    if (!turn_has_siblings())
        _exit((int)status);
    point_begin(&p, &call_thread_exit, site, 0, status);
    point_end(&p, 0);
    turn_leave_thread();
    for (;;)
        sys(SYS_exit, status);
}

static bool is_followed(const void *site, long number, const long a[6], long *r)
{
    if (number == SYS_exit)
        leave(site, a[0]);
    if (number == SYS_futex) {
        *r = futex_call(site, a);
        return true;
    }
    return by_descriptor(number, a, r) || by_socket(number, a, r) || by_name(number, a, r) ||
           by_object(number, a, r) || by_process(number, a, r) || by_thread(number, a, r);
}

EXPORT long syscall(long number, ...)
{
    long a[6], r = 0;
    va_list list;

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_vfork) /* it would come back twice on this frame */
        number = SYS_fork;
    if (probe_on()) {
        if (VIA(is_followed(CALLER, number, a, &r)))
            return r;
        if (!is_harmless(number))
            doubt(number);
    }
    return probe_result(sys(number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

/* On a copy of the caller's stack; nobody can tell. */
static int fork_and_run(const void *site, int (*run)(void *), void *argument)
{
    uint32_t child;
    pid_t pid = process_fork(&call_clone, site, &child);

    if (pid == 0)
        _exit(run(argument));
    return pid;
}

EXPORT int clone(int (*run)(void *), void *stack, int flags, void *argument, ...)
{
    va_list list;

    va_start(list, argument);
    pid_t *parent = va_arg(list, pid_t *);
    void *tls = va_arg(list, void *);
    pid_t *child = va_arg(list, pid_t *);
    va_end(list);
    if (probe_on() && flags == SIGCHLD && run && stack)
        return fork_and_run(CALLER, run, argument);
    if (probe_on())
        turn_doubt(PROBE_RAW_FORK);
    return REAL(clone)(run, stack, flags, argument, parent, tls, child);
}
