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
#include "../names.h"
#include "../socket.h"

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

struct clock **socket_unknown(void)
{
    return &world()->unknown;
}

uint32_t socket_object(int fd)
{
    struct fd look = fd_look(fd);
    return look.kind == FD_SOCKET ? look.object : 0;
}

int socket_option(int fd, int name)
{
    int value = 0;
    unsigned size = sizeof value;
    sys(SYS_getsockopt, fd, SOL_SOCKET, name, &value, &size);
    return value;
}

bool socket_is_stream(int fd)
{
    return socket_option(fd, SO_TYPE) == SOCK_STREAM;
}

static void meet(uint32_t a, uint32_t b)
{
    fd_stream(a)->peer = b;
    fd_stream(b)->peer = a;
}

/* Both ends look again. */
void socket_changed(uint32_t object)
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

uint32_t socket_bound_to(const struct sockaddr *at, socklen_t length)
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
        name_changed(name);
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
    if (fd == -EAFNOSUPPORT &&
        domain != AF_UNIX) /* the sandbox has none; where the program is at home there is one */
        turn_unfollowed("a socket of the network");
    if (fd >= 0)
        p.object = socket_object((int)fd);
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
        p.object = socket_object(ends[0]);
        meet(p.object, socket_object(ends[1]));
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
    point_begin(&p, &call_bind, CALLER, socket_object(fd), fd);
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
    point_begin(&p, &call_listen, CALLER, socket_object(fd), fd, backlog);
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

bool socket_wants_no_wait(int fd)
{
    return sys(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK;
}

int64_t socket_patience(int fd, int name)
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

    point_begin(&p, &call_accept, site, socket_object(fd), fd);
    uint32_t listener = p.object;
    int64_t until = socket_patience(fd, SO_RCVTIMEO);
    bool listens = listener && socket_option(fd, SO_ACCEPTCONN);
    while (listens && !io_ready(fd)) {
        if (socket_wants_no_wait(fd))
            return (int)point_end_idle(&p, -EAGAIN);
        enum wake wake = turn_block(key_of_object(listener), until);
        if (wake != WAKE_RETRY && !io_ready(fd))
            return (int)point_end(&p, wake == WAKE_TIMEOUT ? -EAGAIN : -EINTR);
    }
    long r = sys(SYS_accept4, fd, at, length, flags);
    if (r >= 0) {
        p.args[1] = r;
        accepted(listener, socket_object((int)r));
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
    while (s->listens && s->bytes.count > s->backlog && !socket_wants_no_wait(fd))
        if (turn_block(key_of_object(listener), PROBE_NEVER) == WAKE_INTERRUPTED)
            return -EINTR;
    return 0;
}

EXPORT int connect(int fd, const struct sockaddr *at, socklen_t length)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_connect, fd, at, length));
    uint32_t own = socket_object(fd);
    point_begin(&p, &call_connect, CALLER, own, fd);
    uint32_t other = socket_bound_to(at, length);
    bool stream = socket_option(fd, SO_TYPE) != SOCK_DGRAM;
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
    uint32_t object = socket_object(number);
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
    point_begin(&p, &call_shutdown, CALLER, socket_object(fd), fd, direction);
    long r = sys(SYS_shutdown, fd, direction);
    if (r == 0) {
        no_more(p.object);
        socket_changed(p.object);
    }
    return (int)point_end(&p, r);
}
