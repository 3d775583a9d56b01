/*
 * offset.c - reading and writing at an offset, and what else tells of a file's contents or changes them:
 * its size, its end. Only files have offsets. As with read and write, who looks at a file is ordered after
 * all who wrote to it.
 */
#include "../fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define FAMILY_NAME "files"

CALL(pread, FAMILY_NAME, "fd bytes offset");
CALL(pwrite, FAMILY_NAME, "fd bytes offset");
CALL(preadv, FAMILY_NAME, "fd number offset");
CALL(pwritev, FAMILY_NAME, "fd number offset");
CALL(lseek, FAMILY_NAME, "fd offset whence");
CALL(ioctl, FAMILY_NAME, "fd command");
CALL(fallocate, FAMILY_NAME, "fd flags offset bytes");

static void wrote_into(const struct iovec *parts, int count, long r, uint32_t site)
{
    for (int i = 0; i < count && r > 0; i++) {
        size_t part = parts[i].iov_len < (size_t)r ? parts[i].iov_len : (size_t)r;
        if (part && is_shared(parts[i].iov_base))
            memory_check(parts[i].iov_base, part, PROBE_WRITE | PROBE_RANGE, site);
        r -= (long)part;
    }
}

static long read_at(const struct probe_call *call, const void *site, int fd,
                    const struct iovec *parts, int count, off_t offset, int flags)
{
    struct point p;

    if (!probe_on())
        return probe_result(sys(SYS_preadv2, fd, parts, count, offset, 0, flags));
    point_begin(&p, call, site, fd_look(fd).object, fd, count == 1 ? (long)parts->iov_len : count,
                offset);
    long r = sys(SYS_preadv2, fd, parts, count, offset, 0, flags);
    if (r >= 0) {
        file_seen(fd);
        wrote_into(parts, count, r, p.site);
    }
    return r > 0 ? point_end(&p, r) : point_end_idle(&p, r);
}

static long write_at(const struct probe_call *call, const void *site, int fd,
                     const struct iovec *parts, int count, off_t offset, int flags)
{
    struct point p;

    if (!probe_on())
        return probe_result(sys(SYS_pwritev2, fd, parts, count, offset, 0, flags));
    for (int i = 0; i < count; i++)
        reads(parts[i].iov_base, parts[i].iov_len, site);
    point_begin(&p, call, site, fd_look(fd).object, fd, count == 1 ? (long)parts->iov_len : count,
                offset);
    long r = sys(SYS_pwritev2, fd, parts, count, offset, 0, flags);
    if (r > 0)
        file_changed(fd);
    return point_end(&p, r);
}

#define READ_AT(name, type)                                                           \
    EXPORT ssize_t name(int fd, void *to, size_t n, type offset)                      \
    {                                                                                 \
        if (offset < 0) /* to preadv2 that would mean: where the descriptor stands */ \
            return probe_result(-EINVAL);                                             \
        struct iovec one = {to, n};                                                   \
        return read_at(&call_pread, CALLER, fd, &one, 1, offset, 0);                  \
    }
READ_AT(pread, off_t)
READ_AT(pread64, off64_t)

#define WRITE_AT(name, type)                                             \
    EXPORT ssize_t name(int fd, const void *from, size_t n, type offset) \
    {                                                                    \
        if (offset < 0)                                                  \
            return probe_result(-EINVAL);                                \
        struct iovec one = {(void *)(uintptr_t)from, n};                 \
        return write_at(&call_pwrite, CALLER, fd, &one, 1, offset, 0);   \
    }
WRITE_AT(pwrite, off_t)
WRITE_AT(pwrite64, off64_t)

/* Without an offset they may be of a pipe, and wait. */
#define PARTS_AT(name, plain, way, call, type)                                      \
    EXPORT ssize_t name(int fd, const struct iovec *parts, int count, type offset)  \
    {                                                                               \
        return offset < 0 ? probe_result(-EINVAL)                                   \
                          : way(&call_##call, CALLER, fd, parts, count, offset, 0); \
    }
PARTS_AT(preadv, readv, read_at, preadv, off_t)
PARTS_AT(preadv64, readv, read_at, preadv, off64_t)
PARTS_AT(pwritev, writev, write_at, pwritev, off_t)
PARTS_AT(pwritev64, writev, write_at, pwritev, off64_t)

EXPORT ssize_t preadv2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
    return offset == -1 ? readv(fd, parts, count)
                        : read_at(&call_preadv, CALLER, fd, parts, count, offset, flags);
}

EXPORT ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
    return offset == -1 ? writev(fd, parts, count)
                        : write_at(&call_pwritev, CALLER, fd, parts, count, offset, flags);
}

/* Where the end is, a loop may wait for. */
static off_t seek(const void *site, int fd, off_t offset, int whence)
{
    struct point p;

    if (!probe_on() || whence == SEEK_SET || whence == SEEK_CUR)
        return probe_result(sys(SYS_lseek, fd, offset, whence));
    point_begin(&p, &call_lseek, site, fd_look(fd).object, fd, offset, whence);
    long r = sys(SYS_lseek, fd, offset, whence);
    file_seen(fd);
    return point_end_idle(&p, r);
}

EXPORT off_t lseek(int fd, off_t offset, int whence)
{
    return seek(CALLER, fd, offset, whence);
}

EXPORT off64_t lseek64(int fd, off64_t offset, int whence)
{
    return seek(CALLER, fd, offset, whence);
}

static int allocate(const void *site, int fd, int mode, off_t offset, off_t length)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_fallocate, fd, mode, offset, length));
    point_begin(&p, &call_fallocate, site, fd_look(fd).object, fd, mode, offset, length);
    long r = sys(SYS_fallocate, fd, mode, offset, length);
    if (r == 0)
        file_changed(fd);
    return (int)point_end(&p, r);
}

EXPORT int fallocate(int fd, int mode, off_t offset, off_t length)
{
    return allocate(CALLER, fd, mode, offset, length);
}

EXPORT int posix_fallocate(int fd, off_t offset, off_t length)
{
    int kept = *real_errno();
    int r = allocate(CALLER, fd, 0, offset, length) < 0 ? *real_errno() : 0;
    *real_errno() = kept;
    return r;
}

/* FIONREAD says that something is there, before it is read. */
EXPORT int ioctl(int fd, unsigned long command, ...)
{
    struct point p;
    va_list list;

    va_start(list, command);
    int *value = va_arg(list, int *);
    va_end(list);
    struct fd look = probe_on() && command == FIONREAD ? fd_look(fd) : (struct fd){0};
    if (!look.object)
        return (int)probe_result(sys(SYS_ioctl, fd, command, value));
    point_begin(&p, &call_ioctl, CALLER, look.object, fd, command);
    long r = sys(SYS_ioctl, fd, command, value);
    if (r == 0 && *value > 0)
        for (const struct clock_unit *u = fd_stream(look.object)->bytes.first; u; u = u->next)
            clock_acquire(u->clock);
    if (r == 0)
        file_seen(fd);
    return (int)point_end_idle(&p, r);
}
