/*
 * event.c - eventfd, signalfd, pidfd: descriptors of something that is in no file system; timerfd.c.
 *
 * They all have one inode, so what is behind one is asked of /proc: which kind, and which one of its kind -
 * an eventfd has a number there, and a timerfd gets one from us, hidden in an interval that never ends.
 * So dup, fork, exec and SCM_RIGHTS need no book-keeping here either.
 *
 * eventfd: each unit of the counter carries the clock of who added it. What is read of a signalfd is ordered
 * after who sent the signal, and a pidfd that is ready after the end of its process.
 * Of all other kinds (inotify, io_uring, userfaultfd …) nothing is known, and it is said so.
 */
#include "../event.h"
#include "../fd.h"
#include "../signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define FAMILY_NAME  "events"
#define KIND_COUNTER "event counter"

CALL(eventfd, FAMILY_NAME, "value flags");
CALL(signalfd, FAMILY_NAME, "fd mask");
CALL(pidfd_open, FAMILY_NAME, "pid flags");

/* ---- what it is ------------------------------------------------------------------------------ */

/* The decimal number after `word` in the file /proc/self/fdinfo/N, or -1. */
int64_t event_told(int number, const char *word)
{
    char path[40] = "/proc/self/fdinfo/", text[512];

    text_put_number(path + 18, sizeof path - 18, (uint64_t)number, 10);
    long file = sys(SYS_open, path, O_RDONLY | O_CLOEXEC);
    long n = file < 0 ? file : sys(SYS_read, file, text, sizeof text - 1);
    if (file >= 0)
        sys(SYS_close, file);
    text[n > 0 ? n : 0] = 0;
    for (const char *at = text; *at; at++)
        if (text_starts(at, word)) {
            int64_t value = 0;
            for (at += text_length(word); *at == ' ' || *at == '\t'; at++)
                ;
            for (; *at >= '0' && *at <= '9'; at++)
                value = value * 10 + (*at - '0');
            return value;
        }
    return -1;
}

static size_t link_of(int number, char *text, size_t room)
{
    char path[40] = "/proc/self/fd/";
    text_put_number(path + 14, sizeof path - 14, (uint64_t)number, 10);
    long n = sys(SYS_readlink, path, text, room - 1);
    text[n > 0 ? n : 0] = 0;
    return n > 0 ? (size_t)n : 0;
}

uint32_t event_object(const char *kind, const char *name, uint64_t id)
{
    bool new;
    uint32_t object = object_get(kind, id, 0, &new);
    if (new)
        object_name(object, name, object, 10);
    return object;
}

struct fd event_look(int number)
{
    char link[64];
    int64_t id = 0;

    link_of(number, link, sizeof link);
    if (text_equal(link, "anon_inode:[eventfd]") && (id = event_told(number, "eventfd-id:")) >= 0)
        return (struct fd){FD_EVENT, event_object(KIND_COUNTER, "eventfd ", (uint64_t)id), false};
    if (text_equal(link, "anon_inode:[timerfd]"))
        return timer_look(number);
    if (text_equal(link, "anon_inode:[signalfd]"))
        return (struct fd){.kind = FD_SIGNALS};
    if (text_equal(link, "anon_inode:[pidfd]") || text_starts(link, "pidfd:"))
        return (struct fd){.kind = FD_PROCESS};
    return (struct fd){.kind = FD_OTHER};
}

/* One of those that are not followed is read, written or waited for. */
static void doubt(int number)
{
    char link[64];

    link_of(number, link, sizeof link);
    if (text_starts(link, "anon_inode:") && !text_equal(link, "anon_inode:[eventpoll]"))
        turn_unfollowed(link + text_length("anon_inode:"));
}

bool event_wants_no_wait(int number)
{
    return sys(SYS_fcntl, number, F_GETFL) & O_NONBLOCK;
}

/* ---- eventfd --------------------------------------------------------------------------------- */

EXPORT int eventfd(unsigned value, int flags)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_eventfd2, value, flags));
    point_begin(&p, &call_eventfd, CALLER, 0, value, flags);
    long fd = sys(SYS_eventfd2, value, flags);
    if (fd >= 0) {
        p.object = fd_look((int)fd).object;
        if (p.object && value)
            clock_push(&fd_stream(p.object)->bytes, value, 0);
    }
    return (int)point_end(&p, fd);
}

/* The library's own do not come by read and write here. */
EXPORT int eventfd_read(int fd, eventfd_t *value)
{
    return read(fd, value, sizeof *value) == sizeof *value ? 0 : -1;
}

EXPORT int eventfd_write(int fd, eventfd_t value)
{
    return write(fd, &value, sizeof value) == sizeof value ? 0 : -1;
}

/* A counter gives all that it has, a semaphore one: the value says how many. */
static long read_counter(int number, const struct fd *fd, void *to, size_t n)
{
    bool waited = false;
    uint64_t value = 0;
    long r = n < sizeof value ? -EINVAL : io_wait(number, fd, POLLIN, &waited);

    if (r == 0)
        r = sys(SYS_read, number, &value, sizeof value);
    if (r < 0)
        return r;
    probe_copy(to, &value, sizeof value);
    struct stream *s = fd_stream(fd->object);
    clock_take(&s->bytes, value);
    clock_release(&s->room);
    turn_changed(key_of_object(fd->object));
    return r;
}

static long write_counter(int number, const struct fd *fd, const void *from, size_t n)
{
    struct stream *s = fd_stream(fd->object);
    uint64_t value = 0;
    bool waited = false;

    if (n < sizeof value)
        return -EINVAL;
    probe_copy(&value, from, sizeof value);
    if (value == ~0ull)
        return -EINVAL;
    while (value > ~0ull - 1 - s->bytes.count) {
        if (event_wants_no_wait(number))
            return -EAGAIN;
        waited = true;
        if (turn_block(key_of_object(fd->object), PROBE_NEVER) == WAKE_INTERRUPTED)
            return -EINTR;
    }
    long r = sys(SYS_write, number, &value, sizeof value);
    if (r < 0)
        return r;
    if (waited)
        clock_acquire(s->room);
    if (value)
        clock_push(&s->bytes, value, 0);
    turn_changed(key_of_object(fd->object));
    return r;
}

/* ---- signalfd -------------------------------------------------------------------------------- */

EXPORT int signalfd(int fd, const sigset_t *set, int flags)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_signalfd4, fd, set, 8, flags));
    point_begin(&p, &call_signalfd, CALLER, 0, fd, *(const uint64_t *)set);
    return (int)point_end(&p, sys(SYS_signalfd4, fd, set, 8, flags));
}

static long read_signals(int number, void *to, size_t n)
{
    struct pollfd p = {.fd = number, .events = POLLIN};
    const struct signalfd_siginfo *info = to;

    while (sys(SYS_poll, &p, 1, 0) == 0) {
        if (event_wants_no_wait(number))
            return -EAGAIN;
        signals_wait_begin();
        enum wake wake = turn_block(key_of_signals(self.task), PROBE_NEVER);
        signals_wait_end();
        if (wake == WAKE_INTERRUPTED)
            return -EINTR;
    }
    long r = sys(SYS_read, number, to, n);
    for (long i = 0; r > 0 && i < r / (long)sizeof *info; i++)
        signals_taken((int)info[i].ssi_signo);
    return r;
}

/* ---- pidfd ----------------------------------------------------------------------------------- */

EXPORT int pidfd_open(pid_t pid, unsigned flags)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_pidfd_open, pid, flags));
    point_begin(&p, &call_pidfd_open, CALLER, 0, pid, flags);
    return (int)point_end(&p, sys(SYS_pidfd_open, pid, flags));
}

EXPORT int pidfd_send_signal(int fd, int signal, siginfo_t *info, unsigned flags)
{
    int64_t pid = probe_on() ? event_told(fd, "Pid:") : -1;

    if (pid > 0 && !info && !flags)
        return kill((pid_t)pid, signal);
    if (probe_on())
        turn_unfollowed("pidfd_send_signal");
    return (int)probe_result(sys(SYS_pidfd_send_signal, fd, signal, info, flags));
}

EXPORT int pidfd_getfd(int fd, int number, unsigned flags)
{
    if (probe_on())
        turn_unfollowed("pidfd_getfd");
    return (int)probe_result(sys(SYS_pidfd_getfd, fd, number, flags));
}

static void saw_process_end(int number)
{
    int64_t pid = event_told(number, "Pid:");
    for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++) {
        uint32_t state = task_at(i)->state;
        if ((pid <= 0 || task_at(i)->pid == pid) && (state == PROBE_DEAD || state == PROBE_DYING))
            clock_acquire(clock_of(i));
    }
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* A counter is readable by all who added to it, a stream by whoever wrote its first byte: programs act on
 * that alone, and never read. */
void event_seen(int number, const struct fd *fd)
{
    const struct stream *s;

    switch (fd->kind) {
    case FD_EVENT:
    case FD_PIPE:
    case FD_SOCKET:
        s = fd_stream(fd->object);
        for (const struct clock_unit *u = s->bytes.first; u; u = u->next) {
            clock_acquire(u->clock);
            if (fd->kind != FD_EVENT)
                return;
        }
        break;
    case FD_TIMER:
        timer_seen(fd);
        break;
    case FD_PROCESS:
        saw_process_end(number);
        break;
    case FD_OTHER:
        doubt(number);
        break;
    default:
        break;
    }
}

/* Not in the kernel, even so: what is waited for may be what others do. */
static long await_any(int number)
{
    struct pollfd p = {.fd = number, .events = POLLIN};

    while (sys(SYS_poll, &p, 1, 0) == 0) {
        if (event_wants_no_wait(number))
            return -EAGAIN;
        if (turn_block(key_of_anything(), PROBE_NEVER) == WAKE_INTERRUPTED)
            return -EINTR;
    }
    return 0;
}

long event_read(const struct probe_call *call, const void *site, int number, const struct fd *fd,
                void *to, size_t n)
{
    struct point p;
    long r;

    point_begin(&p, call, site, fd->object, number, n);
    switch (fd->kind) {
    case FD_EVENT:
        r = read_counter(number, fd, to, n);
        break;
    case FD_TIMER:
        r = timer_read(number, fd, to, n);
        break;
    case FD_SIGNALS:
        r = read_signals(number, to, n);
        break;
    default:
        doubt(number);
        r = await_any(number);
        if (r == 0)
            r = sys(SYS_read, number, to, n);
    }
    if (r > 0 && is_shared(to))
        memory_check(to, (size_t)r, PROBE_WRITE | PROBE_RANGE, p.site);
    return fd_end(&p, r);
}

long event_write(const struct probe_call *call, const void *site, int number, const struct fd *fd,
                 const void *from, size_t n)
{
    struct point p;

    reads(from, n, site);
    point_begin(&p, call, site, fd->object, number, n);
    if (fd->kind == FD_EVENT)
        return fd_end(&p, write_counter(number, fd, from, n));
    doubt(number);
    return fd_end(&p, sys(SYS_write, number, from, n));
}
