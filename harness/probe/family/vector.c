/* vector.c - reading and writing several buffers at once; opening in other ways than open. */
#include "../fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdarg.h>
#include <sys/uio.h>
#include <unistd.h>

#define FAMILY_NAME "pipes"

CALL(readv, FAMILY_NAME, "fd number");
CALL(writev, FAMILY_NAME, "fd number");

enum { MOST_PARTS = 1024 /* UIO_MAXIOV */ };

static size_t total(const struct iovec *parts, int count)
{
    size_t n = 0;
    for (int i = 0; i < count; i++)
        n += parts[i].iov_len;
    return n;
}

/* The first buffer waits, those after it take what is there. */
EXPORT ssize_t readv(int fd, const struct iovec *parts, int count)
{
    size_t done = 0;

    if (!probe_on() || count <= 0 || count > MOST_PARTS)
        return probe_result(sys(SYS_readv, fd, parts, count));
    for (int i = 0; i < count; i++) {
        if (!parts[i].iov_len && i + 1 < count)
            continue;
        if (done && !io_ready(fd))
            break;
        long r = io_read(&call_readv, CALLER, fd, parts[i].iov_base, parts[i].iov_len);
        if (r < 0 && !done)
            return probe_result(r);
        done += r > 0 ? (size_t)r : 0;
        if (r < (long)parts[i].iov_len)
            break;
    }
    return (ssize_t)done;
}

/* What a pipe would take in one piece must not come to be several. */
static long write_joined(const void *site, int fd, const struct iovec *parts, int count, size_t n)
{
    char joined[PIPE_BUF];
    size_t at = 0;

    for (int i = 0; i < count; i++) {
        reads(parts[i].iov_base, parts[i].iov_len, site);
        probe_copy(joined + at, parts[i].iov_base, parts[i].iov_len);
        at += parts[i].iov_len;
    }
    return io_write(&call_writev, site, fd, joined, n);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
    size_t done = 0;

    if (!probe_on() || count <= 0 || count > MOST_PARTS)
        return probe_result(sys(SYS_writev, fd, parts, count));
    if (total(parts, count) <= PIPE_BUF)
        return probe_result(write_joined(CALLER, fd, parts, count, total(parts, count)));
    for (int i = 0; i < count; i++) {
        if (!parts[i].iov_len)
            continue;
        long r = io_write(&call_writev, CALLER, fd, parts[i].iov_base, parts[i].iov_len);
        if (r < 0 && !done)
            return probe_result(r);
        done += r > 0 ? (size_t)r : 0;
        if (r < (long)parts[i].iov_len)
            break;
    }
    return (ssize_t)done;
}

EXPORT int creat(const char *path, mode_t mode)
{
    return io_open(CALLER, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

EXPORT int creat64(const char *path, mode_t mode)
{
    return io_open(CALLER, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* By way of a folder's descriptor: found through /proc, and opened as any other. */
EXPORT int openat(int folder, const char *path, int flags, ...)
{
    char name[300] = "/proc/self/fd/";
    mode_t mode = 0;

    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        va_end(list);
    }
    if (!probe_on())
        return (int)probe_result(sys(SYS_openat, folder, path, flags, mode));
    if (folder == AT_FDCWD || *path == '/')
        return io_open(CALLER, path, flags, mode);
    size_t at = text_length(name);
    at += text_put_number(name + at, sizeof name - at, (uint64_t)folder, 10);
    at += text_put(name + at, sizeof name - at, "/");
    at += text_put(name + at, sizeof name - at, path);
    if (folder < 0 || at + 1 >= sizeof name)
        return (int)probe_result(sys(SYS_openat, folder, path, flags, mode));
    return io_open(CALLER, name, flags, mode);
}
