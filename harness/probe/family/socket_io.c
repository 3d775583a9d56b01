/*
 * socket_io.c - sending and receiving: byte ranges of a stream, messages of the other kinds, each
 * with its sender's clock; see socket.c.
 */
#include "../socket.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#define FAMILY_NAME "sockets"

CALL(send, FAMILY_NAME, "fd bytes flags");
CALL(sendto, FAMILY_NAME, "fd bytes flags");
CALL(sendmsg, FAMILY_NAME, "fd bytes flags");
CALL(recv, FAMILY_NAME, "fd bytes flags");
CALL(recvfrom, FAMILY_NAME, "fd bytes flags");
CALL(recvmsg, FAMILY_NAME, "fd bytes flags");
CALL(sendmmsg, FAMILY_NAME, "fd bytes flags");
CALL(recvmmsg, FAMILY_NAME, "fd bytes flags");
FAMILY(socket_io);

/* ---- receiving
 * ----------------------------------------------------------------------------------- */

static void peeked(const struct clock_queue *q, uint64_t count)
{
    for (const struct clock_unit *u = q->first; u && count; u = u->next) {
        clock_acquire(u->clock);
        count -= u->count < count ? u->count : count;
    }
}

static void received(int fd, uint32_t object, long r, size_t wanted, int flags)
{
    struct stream *s = fd_stream(object);
    bool stream = socket_is_stream(fd);
    uint64_t units = stream ? (uint64_t)r : 1;

    if (!s->bytes.count)
        clock_acquire(*socket_unknown());
    if (r == 0 && wanted && (stream || !s->bytes.count)) {
        clock_acquire(s->closed);
        clock_acquire(*io_gone());
    } else if (flags & MSG_PEEK) {
        peeked(&s->bytes, units);
    } else {
        clock_take(&s->bytes, units);
        clock_release(&s->room);
    }
    socket_changed(object);
}

static size_t length_of(const struct msghdr *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->msg_iovlen; i++)
        n += m->msg_iov[i].iov_len;
    return n;
}

static void wrote_into(const struct msghdr *m, long r, uint32_t site)
{
    for (size_t i = 0; i < m->msg_iovlen && r > 0; i++) {
        size_t part = m->msg_iov[i].iov_len;
        part = part < (size_t)r ? part : (size_t)r;
        if (part && is_shared(m->msg_iov[i].iov_base))
            memory_check(m->msg_iov[i].iov_base, part, PROBE_WRITE | PROBE_RANGE, site);
        r -= (long)part;
    }
}

static long receive_once(uint32_t object, int fd, struct msghdr *m, int flags)
{
    int64_t until = socket_patience(fd, SO_RCVTIMEO);
    enum wake wake = WAKE_RETRY;
    long r;

    while ((r = sys(SYS_recvmsg, fd, m, flags | MSG_DONTWAIT)) == -EAGAIN) {
        if (flags & (MSG_DONTWAIT | MSG_ERRQUEUE) || socket_wants_no_wait(fd) ||
            wake == WAKE_TIMEOUT)
            return -EAGAIN;
        if (wake == WAKE_INTERRUPTED)
            return -EINTR;
        wake = turn_block(key_of_object(object), until);
    }
    if (r >= 0)
        received(fd, object, r, length_of(m), flags);
    return r;
}

/* MSG_WAITALL is for one buffer of a stream: so is recv's. */
static long receive(const struct probe_call *call, const void *site, int fd, struct msghdr *m,
                    int flags)
{
    struct iovec one;
    struct point p;

    point_begin(&p, call, site, socket_object(fd), fd, length_of(m), flags);
    if (!p.object)
        return point_end(&p, sys(SYS_recvmsg, fd, m, flags));
    bool all =
        flags & MSG_WAITALL && !(flags & MSG_PEEK) && m->msg_iovlen == 1 && socket_is_stream(fd);
    long r = receive_once(p.object, fd, m, flags);
    if (r > 0)
        wrote_into(m, r, p.site);
    while (all && r > 0 && (size_t)r < m->msg_iov->iov_len) {
        one = (struct iovec){(char *)m->msg_iov->iov_base + r, m->msg_iov->iov_len - (size_t)r};
        struct msghdr rest = {.msg_iov = &one, .msg_iovlen = 1};
        long more = receive_once(p.object, fd, &rest, flags);
        if (more <= 0)
            break;
        wrote_into(&rest, more, p.site);
        r += more;
    }
    return r == -EAGAIN || r == 0 ? point_end_idle(&p, r) : point_end(&p, r);
}

/* ---- sending
 * ------------------------------------------------------------------------------------- */

static void sent(int fd, uint32_t object, uint32_t to, long r, bool waited)
{
    struct stream *own = fd_stream(object);

    if (r == -EPIPE || r == -ECONNRESET || r == -ECONNREFUSED) {
        clock_acquire(own->closed);
        clock_acquire(*io_gone());
    }
    if (r < 0)
        return;
    uint64_t units = socket_is_stream(fd) ? (uint64_t)r : 1;
    if (!to && own->connecting) {
        clock_push(&own->unread, units, 0);
    } else if (to) {
        if (waited)
            clock_acquire(fd_stream(to)->room);
        clock_push(&fd_stream(to)->bytes, units, 0);
        turn_changed(key_of_object(to));
    } else {
        clock_release(socket_unknown());
        turn_changed_all();
    }
}

static uint32_t receiver(uint32_t object, const struct msghdr *m)
{
    return m->msg_name ? socket_bound_to(m->msg_name, m->msg_namelen) : fd_stream(object)->peer;
}

static long send_once(uint32_t object, int fd, const struct msghdr *m, int flags)
{
    int64_t until = socket_patience(fd, SO_SNDTIMEO);
    enum wake wake = WAKE_RETRY;
    bool waited = false;
    long r;

    turn_hold(); /* SIGPIPE */
    while ((r = sys(SYS_sendmsg, fd, m, flags | MSG_DONTWAIT)) == -EAGAIN) {
        if (flags & MSG_DONTWAIT || socket_wants_no_wait(fd) || wake == WAKE_TIMEOUT)
            return -EAGAIN;
        if (wake == WAKE_INTERRUPTED)
            return -EINTR;
        uint32_t to = receiver(object, m);
        waited = true;
        wake = turn_block(key_of_object(to ? to : object), until);
        turn_hold();
    }
    sent(fd, object, receiver(object, m), r, waited);
    return r;
}

/* A stream takes what it has room for; the rest follows, in one buffer. */
static long send_rest(uint32_t object, int fd, const struct msghdr *m, int flags, long done)
{
    bool waits = !(flags & MSG_DONTWAIT) && !socket_wants_no_wait(fd) && socket_is_stream(fd);
    while (waits && done > 0 && (size_t)done < length_of(m)) {
        size_t skip = (size_t)done, i = 0;
        while (skip >= m->msg_iov[i].iov_len)
            skip -= m->msg_iov[i++].iov_len;
        struct iovec one = {(char *)m->msg_iov[i].iov_base + skip, m->msg_iov[i].iov_len - skip};
        struct msghdr rest = {.msg_iov = &one, .msg_iovlen = 1};
        long r = send_once(object, fd, &rest, flags);
        if (r <= 0)
            break;
        done += r;
    }
    return done;
}

static long transmit(const struct probe_call *call, const void *site, int fd,
                     const struct msghdr *m, int flags)
{
    struct point p;

    for (size_t i = 0; i < m->msg_iovlen; i++)
        reads(m->msg_iov[i].iov_base, m->msg_iov[i].iov_len, site);
    point_begin(&p, call, site, socket_object(fd), fd, length_of(m), flags);
    if (!p.object)
        return point_end(&p, sys(SYS_sendmsg, fd, m, flags));
    long r = send_rest(p.object, fd, m, flags, send_once(p.object, fd, m, flags));
    return r == -EAGAIN ? point_end_idle(&p, r) : point_end(&p, r);
}

/* ---- the calls
 * ----------------------------------------------------------------------------------- */

long socket_read(const struct probe_call *call, const void *site, int fd, void *to, size_t n)
{
    struct iovec one = {to, n};
    struct msghdr m = {.msg_iov = &one, .msg_iovlen = 1};
    long r = receive(call, site, fd, &m, 0);
    return r < 0 ? -*real_errno() : r;
}

long socket_write(const struct probe_call *call, const void *site, int fd, const void *from,
                  size_t n)
{
    struct iovec one = {(void *)(uintptr_t)from, n};
    struct msghdr m = {.msg_iov = &one, .msg_iovlen = 1};
    long r = transmit(call, site, fd, &m, 0);
    return r < 0 ? -*real_errno() : r;
}

void socket_was_read(int fd, long r, size_t wanted)
{
    if (r >= 0)
        received(fd, socket_object(fd), r, wanted, 0);
}

void socket_was_written(int fd, long r, bool waited)
{
    uint32_t object = socket_object(fd);
    sent(fd, object, fd_stream(object)->peer, r, waited);
}

EXPORT ssize_t recvfrom(int fd, void *restrict to, size_t n, int flags,
                        struct sockaddr *restrict from, socklen_t *restrict length)
{
    struct iovec one = {to, n};
    struct msghdr m = {.msg_name = from, .msg_iov = &one, .msg_iovlen = 1};

    if (!probe_on())
        return probe_result(sys(SYS_recvfrom, fd, to, n, flags, from, length));
    m.msg_namelen = from && length ? *length : 0;
    long r = receive(&call_recvfrom, CALLER, fd, &m, flags);
    if (r >= 0 && from && length)
        *length = m.msg_namelen;
    return r;
}

EXPORT ssize_t recv(int fd, void *to, size_t n, int flags)
{
    struct iovec one = {to, n};
    struct msghdr m = {.msg_iov = &one, .msg_iovlen = 1};

    if (!probe_on())
        return probe_result(sys(SYS_recvfrom, fd, to, n, flags, 0, 0));
    return receive(&call_recv, CALLER, fd, &m, flags);
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
    return probe_on() ? receive(&call_recvmsg, CALLER, fd, m, flags)
                      : probe_result(sys(SYS_recvmsg, fd, m, flags));
}

EXPORT ssize_t send(int fd, const void *from, size_t n, int flags)
{
    struct iovec one = {(void *)(uintptr_t)from, n};
    struct msghdr m = {.msg_iov = &one, .msg_iovlen = 1};

    if (!probe_on())
        return probe_result(sys(SYS_sendto, fd, from, n, flags, 0, 0));
    return transmit(&call_send, CALLER, fd, &m, flags);
}

EXPORT ssize_t sendto(int fd, const void *from, size_t n, int flags, const struct sockaddr *at,
                      socklen_t length)
{
    struct iovec one = {(void *)(uintptr_t)from, n};
    struct msghdr m = {
        .msg_name = (void *)(uintptr_t)at, .msg_namelen = length, .msg_iov = &one, .msg_iovlen = 1};

    if (!probe_on())
        return probe_result(sys(SYS_sendto, fd, from, n, flags, at, length));
    return transmit(&call_sendto, CALLER, fd, &m, flags);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    return probe_on() ? transmit(&call_sendmsg, CALLER, fd, m, flags)
                      : probe_result(sys(SYS_sendmsg, fd, m, flags));
}

/* One after the other: each is a message of its own. The time that recvmmsg may take is looked at by the
 * kernel only between two of them, and hardly ever what is meant. */
EXPORT int recvmmsg(int fd, struct mmsghdr *all, unsigned count, int flags,
                    struct timespec *timeout)
{
    unsigned done = 0;

    if (!probe_on())
        return (int)probe_result(sys(SYS_recvmmsg, fd, all, count, flags, timeout));
    for (; done < count; done++) {
        int now = flags & ~MSG_WAITFORONE;
        if (done && flags & MSG_WAITFORONE)
            now |= MSG_DONTWAIT;
        long r = receive(&call_recvmmsg, CALLER, fd, &all[done].msg_hdr, now);
        if (r < 0)
            return done ? (int)done : -1;
        all[done].msg_len = (unsigned)r;
    }
    return (int)done;
}

EXPORT int sendmmsg(int fd, struct mmsghdr *all, unsigned count, int flags)
{
    unsigned done = 0;

    if (!probe_on())
        return (int)probe_result(sys(SYS_sendmmsg, fd, all, count, flags));
    for (; done < count; done++) {
        long r = transmit(&call_sendmmsg, CALLER, fd, &all[done].msg_hdr, flags);
        if (r < 0)
            return done ? (int)done : -1;
        all[done].msg_len = (unsigned)r;
    }
    return (int)done;
}
