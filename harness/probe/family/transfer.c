/*
 * transfer.c - sendfile, splice, tee, vmsplice, copy_file_range: the kernel moves bytes from one descriptor
 * to another; and close_range, closefrom.
 *
 * Who moves them is a reader here and a writer there. It waits until both are ready, and then for nothing.
 */
#include "../fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#define FAMILY_NAME "pipes"

CALL(sendfile, FAMILY_NAME, "fd fd bytes");
CALL(splice, FAMILY_NAME, "fd fd bytes flags");
CALL(tee, FAMILY_NAME, "fd fd bytes flags");
CALL(copy_file_range, FAMILY_NAME, "fd fd bytes");
CALL(close_range, FAMILY_NAME, "fd");

struct transfer {
    int from, to;
    struct fd source, sink;
    bool copies; /* the source keeps them */
    bool no_wait;
    size_t wished;
    long number, a[6]; /* the system call */
};

static bool can_wait(const struct fd *fd)
{
    return (fd->kind == FD_PIPE || fd->kind == FD_SOCKET) && !fd->outside;
}

static long await(const struct transfer *t, int number, const struct fd *fd, short events,
                  bool *waited)
{
    struct pollfd p = {.fd = number, .events = events};

    if (!can_wait(fd))
        return 0;
    if (t->no_wait && sys(SYS_poll, &p, 1, 0) == 0)
        return -EAGAIN;
    return io_wait(number, fd, events, waited);
}

static void moved(const struct transfer *t, long r, bool waited)
{
    if (t->copies)
        event_seen(t->from, &t->source);
    else if (t->source.object)
        io_was_read(&t->source, t->from, r, t->wished);
    if (t->sink.object)
        io_was_written(&t->sink, t->to, r, waited);
}

static ssize_t transfer(const struct probe_call *call, const void *site, struct transfer *t,
                        unsigned flags)
{
    bool waited_for_bytes = false, waited_for_room = false;
    struct point p;

    t->source = fd_look(t->from);
    t->sink = fd_look(t->to);
    point_begin(&p, call, site, t->source.object, t->from, t->to, t->wished, flags);
    long r = t->wished ? await(t, t->from, &t->source, POLLIN, &waited_for_bytes) : 0;
    if (r == 0 && t->wished)
        r = await(t, t->to, &t->sink, POLLOUT, &waited_for_room);
    if (r == 0) {
        turn_hold(); /* SIGPIPE */
        r = sys6(t->number, t->a[0], t->a[1], t->a[2], t->a[3], t->a[4], t->a[5]);
        moved(t, r, waited_for_room);
    }
    return r == -EAGAIN || r == 0 ? point_end_idle(&p, r) : point_end(&p, r);
}

/* What a pipe has room for when it is writable, a transfer may take in one piece. */
static size_t at_once(const struct fd *sink, size_t n)
{
    return can_wait(sink) && n > 4096 ? 4096 : n;
}

static ssize_t send_file(const void *site, int to, int from, off_t *offset, size_t n)
{
    struct fd sink = fd_look(to);
    ssize_t done = 0, r = 0;

    if (!probe_on())
        return probe_result(sys(SYS_sendfile, to, from, offset, n));
    do { /* it returns when all has been written */
        size_t part = at_once(&sink, n - (size_t)done);
        struct transfer t = {.from = from, .to = to, .wished = part};
        t.number = SYS_sendfile;
        t.a[0] = to, t.a[1] = from, t.a[2] = (long)offset, t.a[3] = (long)part;
        r = transfer(&call_sendfile, site, &t, 0);
        done += r > 0 ? r : 0;
    } while (r > 0 && (size_t)done < n);
    return done ? done : r;
}

EXPORT ssize_t sendfile(int to, int from, off_t *offset, size_t n)
{
    return send_file(CALLER, to, from, offset, n);
}

EXPORT ssize_t sendfile64(int to, int from, off64_t *offset, size_t n)
{
    return send_file(CALLER, to, from, offset, n);
}

/* What is moved is what is there: nothing waits in the kernel. */
EXPORT ssize_t splice(int from, off64_t *at, int to, off64_t *to_at, size_t n, unsigned flags)
{
    struct transfer t = {.from = from, .to = to, .wished = n, .no_wait = flags & SPLICE_F_NONBLOCK};

    if (!probe_on())
        return probe_result(sys(SYS_splice, from, at, to, to_at, n, flags));
    t.number = SYS_splice;
    t.a[0] = from, t.a[1] = (long)at, t.a[2] = to, t.a[3] = (long)to_at, t.a[4] = (long)n;
    t.a[5] = flags | SPLICE_F_NONBLOCK;
    return transfer(&call_splice, CALLER, &t, flags);
}

EXPORT ssize_t tee(int from, int to, size_t n, unsigned flags)
{
    struct transfer t = {
        .from = from, .to = to, .wished = n, .copies = true, .no_wait = flags & SPLICE_F_NONBLOCK};

    if (!probe_on())
        return probe_result(sys(SYS_tee, from, to, n, flags));
    t.number = SYS_tee;
    t.a[0] = from, t.a[1] = to, t.a[2] = (long)n, t.a[3] = flags | SPLICE_F_NONBLOCK;
    return transfer(&call_tee, CALLER, &t, flags);
}

/* Pages given away instead of copied; to all who look, a write. */
EXPORT ssize_t vmsplice(int fd, const struct iovec *parts, size_t count, unsigned flags)
{
    if (!probe_on())
        return probe_result(sys(SYS_vmsplice, fd, parts, count, flags));
    bool reads_it = (sys(SYS_fcntl, fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
    return reads_it ? readv(fd, parts, (int)count) : writev(fd, parts, (int)count);
}

EXPORT ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *to_at, size_t n,
                               unsigned flags)
{
    struct transfer t = {.from = from, .to = to, .wished = n};

    if (!probe_on())
        return probe_result(sys(SYS_copy_file_range, from, at, to, to_at, n, flags));
    t.number = SYS_copy_file_range;
    t.a[0] = from, t.a[1] = (long)at, t.a[2] = to, t.a[3] = (long)to_at, t.a[4] = (long)n;
    t.a[5] = flags;
    return transfer(&call_copy_file_range, CALLER, &t, flags);
}

/* ---- closing many ---------------------------------------------------------------------------- */

/* One by one, since each may end what somebody waits for; beyond the usual limit, by the kernel. */
static int close_all(const void *site, unsigned from, unsigned to)
{
    enum { USUAL = 1024 };

    for (unsigned i = from; i <= to && i < USUAL; i++)
        if (sys(SYS_fcntl, i, F_GETFD) >= 0)
            io_close(&call_close_range, site, (int)i);
    return to < USUAL ? 0 : (int)sys(SYS_close_range, from < USUAL ? USUAL : from, to, 0);
}

EXPORT int close_range(unsigned from, unsigned to, int flags)
{
    if (!probe_on() || flags || from > to)
        return (int)probe_result(sys(SYS_close_range, from, to, flags));
    return (int)probe_result(close_all(CALLER, from, to));
}

EXPORT void closefrom(int from)
{
    if (probe_on())
        close_all(CALLER, from < 0 ? 0 : (unsigned)from, ~0u);
    else
        sys(SYS_close_range, from < 0 ? 0 : from, ~0u, 0);
}
