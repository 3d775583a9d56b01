/*
 * unfollowed.c - calls that order or block by means that nothing here knows of: it is said so, and a
 * schedule in which one was made proves nothing.
 *
 * System calls by their number are in raw.c, descriptors of unknown kinds in event.c.
 */
#include "../probe.h"

#include <aio.h>
#include <pty.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <utmp.h>

#define DOUBT(what)                \
    do {                           \
        if (probe_on())            \
            turn_unfollowed(what); \
    } while (0)

#define UNFOLLOWED(type, name, what, parameters, ...) \
    EXPORT type name parameters                       \
    {                                                 \
        DOUBT(what);                                  \
        return REAL(name)(__VA_ARGS__);               \
    }

/* glibc does it in threads of its own. */
UNFOLLOWED(int, aio_read, "aio_read", (struct aiocb * c), c)
UNFOLLOWED(int, aio_write, "aio_write", (struct aiocb * c), c)
UNFOLLOWED(int, aio_fsync, "aio_fsync", (int operation, struct aiocb *c), operation, c)
UNFOLLOWED(int, lio_listio, "lio_listio",
           (int mode, struct aiocb *const list[restrict], int count,
            struct sigevent *restrict event),
           mode, list, count, event)

/* What one process writes to the one side, another reads from the other. */
UNFOLLOWED(int, posix_openpt, "a pseudo-terminal", (int flags), flags)
UNFOLLOWED(int, getpt, "a pseudo-terminal", (void), )
UNFOLLOWED(int, openpty, "a pseudo-terminal",
           (int *master, int *slave, char *name, const struct termios *mode,
            const struct winsize *size),
           master, slave, name, mode, size)
UNFOLLOWED(int, forkpty, "a pseudo-terminal",
           (int *master, char *name, const struct termios *mode, const struct winsize *size),
           master, name, mode, size)

/* Another process's memory, and its very steps. */
UNFOLLOWED(ssize_t, process_vm_readv, "process_vm_readv",
           (pid_t pid, const struct iovec *own, unsigned long count, const struct iovec *its,
            unsigned long its_count, unsigned long flags),
           pid, own, count, its, its_count, flags)
UNFOLLOWED(ssize_t, process_vm_writev, "process_vm_writev",
           (pid_t pid, const struct iovec *own, unsigned long count, const struct iovec *its,
            unsigned long its_count, unsigned long flags),
           pid, own, count, its, its_count, flags)

/* System V ids and the names of POSIX objects mean something else from here on. */
UNFOLLOWED(int, unshare, "unshare", (int flags), flags)
UNFOLLOWED(int, setns, "setns", (int fd, int type), fd, type)

EXPORT long ptrace(enum __ptrace_request request, ...)
{
    va_list list;

    va_start(list, request);
    pid_t pid = va_arg(list, pid_t);
    void *at = va_arg(list, void *), *data = va_arg(list, void *);
    va_end(list);
    DOUBT("ptrace");
    return REAL(ptrace)(request, pid, at, data);
}
