/* fd.c - descriptors: what is behind one, and reading and writing it without blocking in the
 * kernel. */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define KIND_PIPE "pipe"
#define KIND_FIFO "FIFO"

static void start(void);
static void died(uint32_t task);
FAMILY(fd, .start = start, .died = died);

struct clock **io_gone(void)
{
    return (struct clock **)family_root(&family_fd);
}

static void died(uint32_t task)
{
    clock_join(io_gone(), clock_of(task));
}

/* What the harness gave a program as 0, 1, 2 leads outside. What a task gave its child does not. */
static void start(void)
{
    if (me()->flags & PROBE_EXECED) {
        clock_release(io_gone()); /* close-on-exec */
        return;
    }
    for (int i = 0; i < 3; i++) {
        struct fd fd = fd_look(i);
        if (fd.object)
            object_at(fd.object)->flags |= PROBE_OUTSIDE;
    }
}

static uint32_t pipe_object(const struct stat *st)
{
    bool new;
    const char *kind = KIND_PIPE;
    uint32_t object = object_find(KIND_FIFO, st->st_dev, st->st_ino);
    if (object)
        return object;
    object = object_get(kind, st->st_dev, st->st_ino, &new);
    if (new) /* inode numbers differ from run to run */
        object_name(object, "pipe ", object, 10);
    return object;
}

uint32_t fifo_look(const char *path)
{
    struct stat st;
    bool new;

    if (!path || sys(SYS_stat, path, &st) < 0 || !S_ISFIFO(st.st_mode))
        return 0;
    uint32_t object = object_get(KIND_FIFO, st.st_dev, st.st_ino, &new);
    if (new)
        object_name(object, path, 0, 0);
    return object;
}

static uint32_t other_object(const char *kind, const struct stat *st, int number)
{
    bool new;
    uint32_t object = object_get(kind, st->st_dev, st->st_ino, &new);
    if (new)
        object_name(object, number < 3 ? "standard stream " : "descriptor ", (uint64_t)number, 10);
    return object;
}

uint32_t file_object_of(const struct stat *st)
{
    return S_ISREG(st->st_mode) ? other_object("file", st, 3) : 0;
}

static struct stream *contents_of(int number)
{
    struct stat st;
    uint32_t object = sys(SYS_fstat, number, &st) < 0 ? 0 : file_object_of(&st);
    return object ? fd_stream(object) : NULL;
}

void file_seen(int number)
{
    struct stream *s = contents_of(number);
    if (s)
        clock_acquire(s->contents);
}

void file_changed(int number)
{
    struct stream *s = contents_of(number);
    if (s)
        clock_release(&s->contents);
}

struct fd fd_look(int number)
{
    struct stat st;
    struct fd fd = {.kind = FD_NONE};

    if (sys(SYS_fstat, number, &st) < 0)
        return fd;
    switch (st.st_mode & S_IFMT) {
    case S_IFIFO:
        fd = (struct fd){FD_PIPE, pipe_object(&st), false};
        break;
    case S_IFSOCK:
        fd = (struct fd){FD_SOCKET, other_object("socket", &st, number), false};
        break;
    case S_IFREG:
        fd = (struct fd){FD_FILE, other_object("file", &st, number), true};
        break;
    case S_IFCHR:
        fd = (struct fd){FD_TERMINAL, other_object("terminal", &st, number), true};
        break;
    default:
        if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
            return (struct fd){.kind = FD_OTHER};
        return event_look(number);
    }
    fd.outside = fd.outside || object_at(fd.object)->flags & PROBE_OUTSIDE;
    return fd;
}

struct stream *fd_stream(uint32_t object)
{
    return object_memory(object, sizeof(struct stream));
}

/* ---- waiting --------------------------------------------------------------------------------- */

static bool ready_now(int number, short events)
{
    struct pollfd p = {.fd = number, .events = events};
    long n = sys(SYS_poll, &p, 1, 0);
    return n != 0; /* an error is an answer too: the call itself will say which */
}

bool io_ready(int number)
{
    return ready_now(number, POLLIN);
}

static bool blocks(int number)
{
    return !(sys(SYS_fcntl, number, F_GETFL) & O_NONBLOCK);
}

long io_wait(int number, const struct fd *fd, short events, bool *waited)
{
    while (!ready_now(number, events)) {
        if (!blocks(number))
            return -EAGAIN;
        *waited = true;
        if (turn_block(key_of_object(fd->object), PROBE_NEVER) == WAKE_INTERRUPTED)
            return -EINTR;
    }
    return 0;
}

/* What is asked for nothing, or may not be read at all, answers at once. */
static bool read_may_block(const struct fd *fd, int number, size_t n)
{
    long flags = sys(SYS_fcntl, number, F_GETFL);
    return n && !(flags & O_NONBLOCK) && (flags & O_ACCMODE) != O_WRONLY &&
           (fd->kind == FD_PIPE || fd->kind == FD_SOCKET || fd->kind == FD_TERMINAL);
}

long fd_end(struct point *p, long r)
{
    int kept = *real_errno();
    if (r == -EAGAIN)
        point_end_idle(p, r);
    else
        point_end(p, r);
    *real_errno() = kept;
    return r;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void after_read(const struct fd *fd, long r, size_t wanted)
{
    if (!fd->object)
        return;
    struct stream *s = fd_stream(fd->object);
    if (fd->kind == FD_FILE) {
        clock_acquire(s->contents);
    } else if (r > 0) {
        clock_take(&s->bytes, (uint64_t)r);
        clock_release(&s->room);
    } else if (r == 0 && wanted) { /* whoever had the other end has closed it or is gone */
        clock_acquire(s->closed);
        clock_acquire(*io_gone());
    }
    turn_changed(key_of_object(fd->object));
}

void io_was_read(const struct fd *fd, int number, long r, size_t wanted)
{
    if (fd->kind == FD_SOCKET && !fd->outside)
        socket_was_read(number, r, wanted);
    else if (r >= 0)
        after_read(fd, r, wanted);
}

static void wrote_into(void *to, long r, uint32_t site)
{
    if (r > 0 && is_shared(to))
        memory_check(to, (size_t)r, PROBE_WRITE | PROBE_RANGE, site);
}

long io_read(const struct probe_call *call, const void *site, int number, void *to, size_t n)
{
    struct fd fd = fd_look(number);
    struct point p;
    bool waited = false;
    long r = 0;

    if (fd.kind == FD_SOCKET && !fd.outside)
        return socket_read(call, site, number, to, n);
    if (fd.kind >= FD_EVENT && fd.kind <= FD_OTHER)
        return event_read(call, site, number, &fd, to, n);
    point_begin(&p, call, site, fd.object, number, n);
    if (read_may_block(&fd, number, n))
        r = io_wait(number, &fd, POLLIN, &waited);
    if (r == 0)
        r = sys(SYS_read, number, to, n);
    if (r >= 0) {
        wrote_into(to, r, p.site);
        after_read(&fd, r, n);
    }
    if (r == 0 && n) /* an end stays one: who reads it again and again spins */
        return point_end_idle(&p, r);
    return fd_end(&p, r);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void after_write(const struct fd *fd, long r, bool waited)
{
    if (!fd->object)
        return;
    struct stream *s = fd_stream(fd->object);
    if (r == -EPIPE) {
        clock_acquire(s->closed);
        clock_acquire(*io_gone());
    }
    if (r <= 0)
        return;
    if (fd->kind == FD_FILE) {
        clock_release(&s->contents);
    } else {
        if (waited)
            clock_acquire(s->room);
        if (!fd->outside)
            clock_push(&s->bytes, (uint64_t)r, 0);
    }
    turn_changed(key_of_object(fd->object));
}

void io_was_written(const struct fd *fd, int number, long r, bool waited)
{
    if (fd->kind == FD_SOCKET && !fd->outside)
        socket_was_written(number, r, waited);
    else
        after_write(fd, r, waited);
}

/* As much as fits, as the kernel packs it; -EAGAIN: nothing. Before Linux 6.5 one cannot ask for that of
 * a pipe: there, one that is writable takes PIPE_BUF bytes without blocking. */
static long write_some(int number, const char *from, size_t n)
{
    const struct iovec all = {(void *)from, n};

    turn_hold(); /* SIGPIPE */
    long r = sys(SYS_pwritev2, number, &all, 1, -1, 0, RWF_NOWAIT);
    if (r == -EOPNOTSUPP)
        r = ready_now(number, POLLOUT) ? sys(SYS_write, number, from, n < PIPE_BUF ? n : PIPE_BUF)
                                       : -EAGAIN;
    return r;
}

static long write_parts(const struct fd *fd, int number, const char *from, size_t n)
{
    size_t done = 0;

    do {
        bool waited = false;
        long r;
        while ((r = write_some(number, from + done, n - done)) == -EAGAIN && blocks(number)) {
            waited = true;
            if (turn_block(key_of_object(fd->object), PROBE_NEVER) == WAKE_INTERRUPTED) {
                r = -EINTR;
                break;
            }
        }
        after_write(fd, r, waited);
        if (r < 0)
            return done ? (long)done : r;
        done += (size_t)r;
    } while (done < n);
    return (long)done;
}

long io_write(const struct probe_call *call, const void *site, int number, const void *from,
              size_t n)
{
    struct fd fd = fd_look(number);
    struct point p;
    long r;

    if (fd.kind == FD_SOCKET && !fd.outside)
        return socket_write(call, site, number, from, n);
    if (fd.kind >= FD_EVENT && fd.kind <= FD_OTHER)
        return event_write(call, site, number, &fd, from, n);
    reads(from, n, site);
    point_begin(&p, call, site, fd.object, number, n);
    if (fd.kind == FD_PIPE && !fd.outside) {
        r = write_parts(&fd, number, from, n);
    } else {
        turn_hold();
        r = sys(SYS_write, number, from, n);
        after_write(&fd, r, false);
    }
    return fd_end(&p, r);
}

/* ---- closing --------------------------------------------------------------------------------- */

void io_closing(int number)
{
    FOR_EACH_FAMILY(f)
    if (f->closing)
        f->closing(number);
}

long io_close(const struct probe_call *call, const void *site, int number)
{
    struct fd fd = fd_look(number);
    struct point p;

    if (fd.kind != FD_PIPE && fd.kind != FD_SOCKET) {
        io_closing(number);
        return sys(SYS_close, number);
    }
    point_begin(&p, call, site, fd.object, number);
    io_closing(number);
    clock_release(&fd_stream(fd.object)->closed);
    long r = sys(SYS_close, number);
    turn_changed(key_of_object(fd.object));
    return fd_end(&p, r);
}
