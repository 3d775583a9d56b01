/*
 * socket.c - socket pairs, UNIX sockets, and others as far as they are used on one machine.
 *
 * Each end is an object, and what is on its way to it is its stream: byte ranges, or messages, with
 * their senders' clocks. Ends meet by socketpair, or by bind, connect and accept: a listener's
 * connections are accepted in the order in which they were made. An end whose partner we do not
 * know is ordered after everybody who sent to such a one: too many edges there rather than too few.
 *
 * Nothing waits in the kernel: MSG_DONTWAIT concerns the one call alone. Only connect has no such
 * flag, and waits here while the listener's queue is full.
 */
#include "../fd.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#define FAMILY_NAME "sockets"

CALL(socket, FAMILY_NAME, "domain type");
CALL(socketpair, FAMILY_NAME, "fd fd");
CALL(bind, FAMILY_NAME, "fd");
CALL(listen, FAMILY_NAME, "fd backlog");
CALL(accept, FAMILY_NAME, "fd fd");
CALL(connect, FAMILY_NAME, "fd");
CALL(shutdown, FAMILY_NAME, "fd direction");
CALL(send, FAMILY_NAME, "fd bytes flags");
CALL(sendto, FAMILY_NAME, "fd bytes flags");
CALL(sendmsg, FAMILY_NAME, "fd bytes flags");
CALL(recv, FAMILY_NAME, "fd bytes flags");
CALL(recvfrom, FAMILY_NAME, "fd bytes flags");
CALL(recvmsg, FAMILY_NAME, "fd bytes flags");

struct address {
    struct address *next;
    uint64_t id[2];
    uint32_t object;
};

struct world {
    struct address *bound;
    struct clock *unknown; /* of who sent to an end that we do not know */
};

static void closing(int number);
FAMILY(socket, .closing = closing);

static struct world *world(void)
{
    void **root = family_root(&family_socket);
    if (!*root)
        *root = heap_get(sizeof(struct world));
    return *root;
}

static uint32_t object_of(int fd)
{
    struct fd look = fd_look(fd);
    return look.kind == FD_SOCKET ? look.object : 0;
}

static int option(int fd, int name)
{
    int value = 0;
    unsigned size = sizeof value;
    sys(SYS_getsockopt, fd, SOL_SOCKET, name, &value, &size);
    return value;
}

static bool is_stream(int fd)
{
    return option(fd, SO_TYPE) == SOCK_STREAM;
}

static void meet(uint32_t a, uint32_t b)
{
    fd_stream(a)->peer = b;
    fd_stream(b)->peer = a;
}

/* Both ends look again. */
static void changed(uint32_t object)
{
    turn_changed(key_of_object(object));
    if (fd_stream(object)->peer)
        turn_changed(key_of_object(fd_stream(object)->peer));
    else
        turn_changed_all();
}

/* ---- addresses
 * ----------------------------------------------------------------------------------- */

/* Two numbers that stand for it; false if it is of a kind that is not followed. */
static bool identify(const struct sockaddr *at, socklen_t length, uint64_t id[2])
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)at;
    char path[sizeof un->sun_path + 1] = "";
    struct stat st;

    if (!given(at) || length < sizeof(sa_family_t))
        return false;
    if (at->sa_family == AF_INET || at->sa_family == AF_INET6) {
        id[0] = ~0ull;
        id[1] = ((const struct sockaddr_in *)at)->sin_port;
        return length >= 4;
    }
    size_t n = length - offsetof(struct sockaddr_un, sun_path);
    if (at->sa_family != AF_UNIX || length <= offsetof(struct sockaddr_un, sun_path) ||
        n > sizeof un->sun_path)
        return false;
    if (!un->sun_path[0]) { /* abstract */
        id[0] = ~1ull;
        id[1] = 14695981039346656037ull;
        for (size_t i = 0; i < n; i++)
            id[1] = (id[1] ^ (uint8_t)un->sun_path[i]) * 1099511628211ull;
        return true;
    }
    probe_copy(path, un->sun_path, n);
    if (sys(SYS_stat, path, &st) < 0)
        return false;
    id[0] = st.st_dev;
    id[1] = st.st_ino;
    return true;
}

static uint32_t bound_to(const struct sockaddr *at, socklen_t length)
{
    uint64_t id[2];
    if (!identify(at, length, id))
        return 0;
    for (struct address *a = world()->bound; a; a = a->next) /* newest first */
        if (a->id[0] == id[0] && a->id[1] == id[1])
            return a->object;
    return 0;
}

/* By the name that the kernel gave it: port 0 and autobind choose one. */
static void note_bound(int fd, uint32_t object, const struct sockaddr *wished, socklen_t length)
{
    struct sockaddr_storage own = {0};
    socklen_t size = sizeof own;
    uint64_t id[2];
    bool unix_path =
        wished && wished->sa_family == AF_UNIX && length > offsetof(struct sockaddr_un, sun_path);

    if (!unix_path && sys(SYS_getsockname, fd, &own, &size) == 0) {
        wished = (const struct sockaddr *)&own;
        length = size;
    }
    if (!identify(wished, length, id))
        return;
    struct address *a = heap_get(sizeof *a);
    *a = (struct address){.next = world()->bound, .id = {id[0], id[1]}, .object = object};
    world()->bound = a;
    const char *path = ((const struct sockaddr_un *)wished)->sun_path;
    char name[64] = "";
    if (unix_path && path[0]) {
        probe_copy(name, path, length - 2 < 63 ? length - 2 : 63);
        object_name(object, name, 0, 0);
    }
}

/* ---- making and meeting
 * -------------------------------------------------------------------------- */

EXPORT int socket(int domain, int type, int protocol)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_socket, domain, type, protocol));
    point_begin(&p, &call_socket, CALLER, 0, domain, type);
    long fd = sys(SYS_socket, domain, type, protocol);
    if (fd >= 0)
        p.object = object_of((int)fd);
    return (int)point_end(&p, fd);
}

EXPORT int socketpair(int domain, int type, int protocol, int ends[2])
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_socketpair, domain, type, protocol, ends));
    point_begin(&p, &call_socketpair, CALLER, 0);
    long r = sys(SYS_socketpair, domain, type, protocol, ends);
    if (r == 0) {
        p.object = object_of(ends[0]);
        meet(p.object, object_of(ends[1]));
        p.args[0] = ends[0];
        p.args[1] = ends[1];
    }
    return (int)point_end(&p, r);
}

EXPORT int bind(int fd, const struct sockaddr *at, socklen_t length)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_bind, fd, at, length));
    point_begin(&p, &call_bind, CALLER, object_of(fd), fd);
    long r = sys(SYS_bind, fd, at, length);
    if (r == 0) {
        note_bound(fd, p.object, at, length);
        clock_release(&fd_stream(p.object)->opened);
    }
    return (int)point_end(&p, r);
}

EXPORT int listen(int fd, int backlog)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_listen, fd, backlog));
    point_begin(&p, &call_listen, CALLER, object_of(fd), fd, backlog);
    long r = sys(SYS_listen, fd, backlog);
    if (r == 0) {
        struct stream *s = fd_stream(p.object);
        if (!s->listens)
            note_bound(fd, p.object, NULL, 0);
        s->listens = true;
        s->backlog = (uint32_t)(backlog < 0 ? 4096 : backlog);
        clock_release(&s->opened);
    }
    return (int)point_end(&p, r);
}

static bool wants_no_wait(int fd)
{
    return sys(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK;
}

static int64_t patience(int fd, int name)
{
    struct timeval t = {0};
    unsigned size = sizeof t;
    sys(SYS_getsockopt, fd, SOL_SOCKET, name, &t, &size);
    return t.tv_sec || t.tv_usec ? time_now() + t.tv_sec * 1000000000ll + t.tv_usec * 1000ll
                                 : PROBE_NEVER;
}

/* Which connection it was: the oldest. */
static void accepted(uint32_t listener, uint32_t end)
{
    struct stream *s = fd_stream(listener);
    struct clock_unit *first = s->bytes.first;

    if (first) {
        struct stream *client = fd_stream((uint32_t)first->tag);
        meet(end, (uint32_t)first->tag);
        fd_stream(end)->bytes = client->unread;
        client->unread = (struct clock_queue){0};
        client->connecting = false;
        clock_take(&s->bytes, 1);
    } else {
        clock_acquire(world()->unknown);
    }
    turn_changed(key_of_object(listener)); /* room in its queue */
}

static int take_connection(const void *site, int fd, struct sockaddr *at, socklen_t *length,
                           int flags)
{
    struct point p;

    point_begin(&p, &call_accept, site, object_of(fd), fd);
    uint32_t listener = p.object;
    int64_t until = patience(fd, SO_RCVTIMEO);
    bool listens = listener && option(fd, SO_ACCEPTCONN);
    while (listens && !io_ready(fd)) {
        if (wants_no_wait(fd))
            return (int)point_end_idle(&p, -EAGAIN);
        enum wake wake = turn_block(key_of_object(listener), until);
        if (wake != WAKE_RETRY && !io_ready(fd))
            return (int)point_end(&p, wake == WAKE_TIMEOUT ? -EAGAIN : -EINTR);
    }
    long r = sys(SYS_accept4, fd, at, length, flags);
    if (r >= 0) {
        p.args[1] = r;
        accepted(listener, object_of((int)r));
    }
    return (int)point_end(&p, r);
}

EXPORT int accept(int fd, struct sockaddr *restrict at, socklen_t *restrict length)
{
    return probe_on() ? take_connection(CALLER, fd, at, length, 0)
                      : (int)probe_result(sys(SYS_accept, fd, at, length));
}

EXPORT int accept4(int fd, struct sockaddr *restrict at, socklen_t *restrict length, int flags)
{
    return probe_on() ? take_connection(CALLER, fd, at, length, flags)
                      : (int)probe_result(sys(SYS_accept4, fd, at, length, flags));
}

/* The kernel's rule: one more than was asked for. */
static long await_room(int fd, uint32_t listener)
{
    struct stream *s = fd_stream(listener);
    while (s->listens && s->bytes.count > s->backlog && !wants_no_wait(fd))
        if (turn_block(key_of_object(listener), PROBE_NEVER) == WAKE_INTERRUPTED)
            return -EINTR;
    return 0;
}

EXPORT int connect(int fd, const struct sockaddr *at, socklen_t length)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_connect, fd, at, length));
    uint32_t own = object_of(fd);
    point_begin(&p, &call_connect, CALLER, own, fd);
    uint32_t other = bound_to(at, length);
    bool stream = option(fd, SO_TYPE) != SOCK_DGRAM;
    long r = other && stream && own ? await_room(fd, other) : 0;
    if (r == 0)
        r = sys(SYS_connect, fd, at, length);
    if ((r == 0 || r == -EINPROGRESS) && other) {
        clock_acquire(fd_stream(other)->opened);
        fd_stream(own)->connecting = stream;
        if (stream)
            clock_push(&fd_stream(other)->bytes, 1, own);
        else
            fd_stream(own)->peer = other;
        turn_changed(key_of_object(other));
    } else if (r == 0) {
        clock_release(&world()->unknown);
        turn_changed_all();
    }
    return (int)point_end(&p, r);
}

/* ---- ends
 * ---------------------------------------------------------------------------------------- */

static void no_more(uint32_t object)
{
    struct stream *s = fd_stream(object);
    clock_release(&s->closed);
    if (s->peer)
        clock_release(&fd_stream(s->peer)->closed);
    for (struct clock_unit *u = s->listens ? s->bytes.first : NULL; u; u = u->next)
        clock_release(&fd_stream((uint32_t)u->tag)->closed); /* connections never accepted */
}

static void closing(int number)
{
    uint32_t object = object_of(number);
    if (!object)
        return;
    no_more(object);
    turn_changed_all(); /* the kernel closes it before anybody looks */
}

EXPORT int shutdown(int fd, int direction)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_shutdown, fd, direction));
    point_begin(&p, &call_shutdown, CALLER, object_of(fd), fd, direction);
    long r = sys(SYS_shutdown, fd, direction);
    if (r == 0) {
        no_more(p.object);
        changed(p.object);
    }
    return (int)point_end(&p, r);
}

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
    bool stream = is_stream(fd);
    uint64_t units = stream ? (uint64_t)r : 1;

    if (!s->bytes.count)
        clock_acquire(world()->unknown);
    if (r == 0 && wanted && (stream || !s->bytes.count)) {
        clock_acquire(s->closed);
        clock_acquire(*io_gone());
    } else if (flags & MSG_PEEK) {
        peeked(&s->bytes, units);
    } else {
        clock_take(&s->bytes, units);
        clock_release(&s->room);
    }
    changed(object);
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
    int64_t until = patience(fd, SO_RCVTIMEO);
    enum wake wake = WAKE_RETRY;
    long r;

    while ((r = sys(SYS_recvmsg, fd, m, flags | MSG_DONTWAIT)) == -EAGAIN) {
        if (flags & (MSG_DONTWAIT | MSG_ERRQUEUE) || wants_no_wait(fd) || wake == WAKE_TIMEOUT)
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

    point_begin(&p, call, site, object_of(fd), fd, length_of(m), flags);
    if (!p.object)
        return point_end(&p, sys(SYS_recvmsg, fd, m, flags));
    bool all = flags & MSG_WAITALL && !(flags & MSG_PEEK) && m->msg_iovlen == 1 && is_stream(fd);
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
    uint64_t units = is_stream(fd) ? (uint64_t)r : 1;
    if (!to && own->connecting) {
        clock_push(&own->unread, units, 0);
    } else if (to) {
        if (waited)
            clock_acquire(fd_stream(to)->room);
        clock_push(&fd_stream(to)->bytes, units, 0);
        turn_changed(key_of_object(to));
    } else {
        clock_release(&world()->unknown);
        turn_changed_all();
    }
}

static uint32_t receiver(uint32_t object, const struct msghdr *m)
{
    return m->msg_name ? bound_to(m->msg_name, m->msg_namelen) : fd_stream(object)->peer;
}

static long send_once(uint32_t object, int fd, const struct msghdr *m, int flags)
{
    int64_t until = patience(fd, SO_SNDTIMEO);
    enum wake wake = WAKE_RETRY;
    bool waited = false;
    long r;

    turn_hold(); /* SIGPIPE */
    while ((r = sys(SYS_sendmsg, fd, m, flags | MSG_DONTWAIT)) == -EAGAIN) {
        if (flags & MSG_DONTWAIT || wants_no_wait(fd) || wake == WAKE_TIMEOUT)
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
    bool waits = !(flags & MSG_DONTWAIT) && !wants_no_wait(fd) && is_stream(fd);
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
    point_begin(&p, call, site, object_of(fd), fd, length_of(m), flags);
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
