/*
 * pipe.c - pipes and FIFOs: making, opening, reading, writing, duplicating, closing.
 *
 * Each range of bytes carries its writer's clock; end of file is ordered after every close. Opening
 * a FIFO is a rendezvous: the reader that waits in open already counts as a reader. It is opened
 * without blocking, and O_NONBLOCK taken off again while nobody else can have the new description.
 */
#include "../fd.h"
#include "../names.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAMILY_NAME "pipes"

CALL(pipe, FAMILY_NAME, "fd fd");
CALL(read, FAMILY_NAME, "fd bytes");
CALL(write, FAMILY_NAME, "fd bytes");
CALL(close, FAMILY_NAME, "fd");
CALL(open, FAMILY_NAME, "flags mode");
CALL(dup2, FAMILY_NAME, "fd fd");
CALL(mkfifo, FAMILY_NAME, "mode");

static int make_pipe(const void *site, int ends[2], int flags)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_pipe2, ends, flags));
    point_begin(&p, &call_pipe, site, 0);
    long r = sys(SYS_pipe2, ends, flags);
    if (r == 0) {
        p.object = fd_look(ends[0]).object;
        p.args[0] = ends[0];
        p.args[1] = ends[1];
    }
    return (int)point_end(&p, r);
}

EXPORT int pipe(int ends[2])
{
    return make_pipe(CALLER, ends, 0);
}

EXPORT int pipe2(int ends[2], int flags)
{
    return make_pipe(CALLER, ends, flags);
}

EXPORT ssize_t read(int fd, void *to, size_t n)
{
    if (!probe_on())
        return probe_result(sys(SYS_read, fd, to, n));
    return probe_result(io_read(&call_read, CALLER, fd, to, n));
}

EXPORT ssize_t write(int fd, const void *from, size_t n)
{
    if (!probe_on())
        return probe_result(sys(SYS_write, fd, from, n));
    return probe_result(io_write(&call_write, CALLER, fd, from, n));
}

EXPORT int close(int fd)
{
    if (!probe_on())
        return (int)probe_result(sys(SYS_close, fd));
    return (int)probe_result(io_close(&call_close, CALLER, fd));
}

static int replace(const void *site, int from, int to, int flags)
{
    struct point p;

    if (!probe_on() || from == to)
        return (int)probe_result(from == to ? sys(SYS_dup2, from, to)
                                            : sys(SYS_dup3, from, to, flags));
    struct fd closed = fd_look(to);
    point_begin(&p, &call_dup2, site, fd_look(from).object, from, to);
    io_closing(to);
    if (closed.kind == FD_PIPE)
        clock_release(&fd_stream(closed.object)->closed);
    long r = sys(SYS_dup3, from, to, flags);
    if (closed.object)
        turn_changed(key_of_object(closed.object));
    return (int)point_end(&p, r);
}

EXPORT int dup2(int from, int to)
{
    return replace(CALLER, from, to, 0);
}

EXPORT int dup3(int from, int to, int flags)
{
    if (from == to)
        return (int)probe_result(-EINVAL);
    return replace(CALLER, from, to, flags);
}

/* ---- FIFOs ----------------------------------------------------------------------------------- */

/* The new reader's partner is there, or was and has gone: then open returns, too. */
static bool has_writer(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char byte;

    if (sys(SYS_poll, &p, 1, 0) > 0)
        return true;
    return sys(SYS_read, fd, &byte, 1) == -EAGAIN; /* no writer: 0 */
}

/* Tries until there is a partner. The result of open. */
static long meet(uint32_t object, const char *path, int flags, mode_t mode)
{
    bool reader = (flags & O_ACCMODE) == O_RDONLY;
    long fd = reader ? sys(SYS_open, path, flags | O_NONBLOCK, mode) : -ENXIO;

    if (reader && fd < 0)
        return fd;
    turn_changed(key_of_object(object));
    for (;;) {
        if (!reader)
            fd = sys(SYS_open, path, flags | O_NONBLOCK, mode);
        if (reader ? has_writer((int)fd) : fd != -ENXIO)
            break;
        if (turn_block(key_of_object(object), PROBE_NEVER) == WAKE_INTERRUPTED) {
            if (reader)
                sys(SYS_close, fd);
            return -EINTR;
        }
    }
    if (fd >= 0)
        sys(SYS_fcntl, fd, F_SETFL, sys(SYS_fcntl, fd, F_GETFL) & ~(long)O_NONBLOCK);
    return fd;
}

static int open_file(const void *site, const char *path, int flags, mode_t mode)
{
    struct opening o;

    opening_begin(&o, site, path, flags);
    long fd = sys(SYS_open, path, flags, mode);
    opening_end(&o, fd);
    return (int)probe_result(fd);
}

int io_open(const void *site, const char *path, int flags, mode_t mode)
{
    struct point p;
    uint32_t object = probe_on() ? fifo_look(path) : 0;

    if (!probe_on())
        return (int)probe_result(sys(SYS_open, path, flags, mode));
    if (!object)
        return open_file(site, path, flags, mode);
    point_begin(&p, &call_open, site, object, flags, mode);
    struct stream *s = fd_stream(object);
    long fd;
    clock_release(&s->opened);
    if (flags & O_NONBLOCK || (flags & O_ACCMODE) == O_RDWR)
        fd = sys(SYS_open, path, flags, mode);
    else
        fd = meet(object, path, flags, mode);
    clock_acquire(s->opened);
    turn_changed(key_of_object(object));
    return (int)point_end(&p, fd);
}

#define MODE_ARGUMENT(flags)                     \
    ({                                           \
        mode_t mode = 0;                         \
        if ((flags) & (O_CREAT | __O_TMPFILE)) { \
            va_list list;                        \
            va_start(list, flags);               \
            mode = va_arg(list, mode_t);         \
            va_end(list);                        \
        }                                        \
        mode;                                    \
    })

EXPORT int open(const char *path, int flags, ...)
{
    return io_open(CALLER, path, flags, MODE_ARGUMENT(flags));
}

EXPORT int open64(const char *path, int flags, ...)
{
    return io_open(CALLER, path, flags, MODE_ARGUMENT(flags));
}

EXPORT int mkfifo(const char *path, mode_t mode)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_mknod, path, S_IFIFO | mode, 0));
    point_begin(&p, &call_mkfifo, CALLER, 0, mode);
    long r = sys(SYS_mknod, path, S_IFIFO | (mode & 07777), 0);
    if (r == 0)
        p.object = fifo_look(path);
    if (r == 0)
        name_changed(path);
    else
        name_seen(path);
    return (int)point_end(&p, r);
}
