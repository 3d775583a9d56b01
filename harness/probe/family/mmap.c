/*
 * mmap.c - shared mappings: anonymous, of files, of POSIX shared memory objects.
 *
 * What is mapped is known by device and inode, so that two mappings of one file, wherever they lie,
 * are one object; an anonymous mapping (or one of /dev/zero) is an object of its own that only fork
 * hands on. The accesses come by hooks.c. Mapping orders nothing. A name does: who opens a shared
 * memory object is ordered after its making, and who finds none after its unlinking.
 */
#include "../fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FAMILY_NAME    "shared mappings"
#define KIND_ANONYMOUS "anonymous mapping"
#define KIND_FILE      "mapped file"
#define KIND_SHM       "POSIX shared memory"

CALL(mmap, FAMILY_NAME, "bytes fd flags offset");
CALL(munmap, FAMILY_NAME, "address bytes");
CALL(mremap, FAMILY_NAME, "address bytes bytes");
CALL(msync, FAMILY_NAME, "address bytes");
CALL(shm_open, FAMILY_NAME, "flags mode fd");
CALL(shm_unlink, FAMILY_NAME, "");
CALL(ftruncate, FAMILY_NAME, "fd bytes");

struct memory {
    struct clock *made;
};
FAMILY(mmap);

static struct clock **unlinked(void)
{
    return (struct clock **)family_root(&family_mmap);
}

/* ---- what is behind a descriptor ------------------------------------------------------------- */

/* Inode numbers of files are given again: with the time of birth they are not. */
static bool identity(int fd, uint64_t id[2], uint64_t *size)
{
    struct statx st = {0};

    if (sys(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0 ||
        !S_ISREG(st.stx_mode))
        return false;
    id[0] = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor;
    id[1] = st.stx_ino;
    if (st.stx_mask & STATX_BTIME)
        id[1] ^= ((uint64_t)st.stx_btime.tv_sec * 1000000000u + st.stx_btime.tv_nsec) << 20;
    *size = st.stx_size;
    return true;
}

static bool is_zero_device(int fd)
{
    struct stat st;
    return sys(SYS_fstat, fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 5);
}

static void without_ending(char *text, const char *ending)
{
    size_t n = text_length(text), m = text_length(ending);
    if (n > m && text_equal(text + n - m, ending))
        text[n - m] = 0;
}

static void name_file(uint32_t object, int fd)
{
    char link[32] = "/proc/self/fd/", path[256];
    text_put_number(link + 14, sizeof link - 14, (uint64_t)fd, 10);
    long n = sys(SYS_readlink, link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    without_ending(path, " (deleted)"); /* the kernel's word, not the student's */
    const char *last = path;
    for (const char *c = path; *c; c++)
        if (*c == '/' && c[1])
            last = c + 1;
    object_name(object, *last ? last : "a file", 0, 0);
}

static uint32_t file_object(int fd)
{
    uint64_t id[2], size;
    bool new;

    if (!identity(fd, id, &size))
        return 0;
    uint32_t object = object_find(KIND_SHM, id[0], id[1]);
    if (!object) {
        object = object_get(KIND_FILE, id[0], id[1], &new);
        if (new)
            name_file(object, fd);
    }
    if (object_at(object)->size < size)
        object_at(object)->size = size;
    return object;
}

static uint32_t anonymous_object(size_t length)
{
    uint32_t object = object_get(KIND_ANONYMOUS, WORLD->objects + 1ull, 0, NULL);
    object_name(object, "anonymous mapping ", object, 10);
    object_at(object)->size = length;
    return object;
}

/* ---- mapping --------------------------------------------------------------------------------- */

static bool is_shared_mapping(int flags)
{
    int type = flags & MAP_TYPE;
    return type == MAP_SHARED || type == MAP_SHARED_VALIDATE;
}

static long map(const void *wished, size_t length, int protection, int flags, int fd, off_t offset)
{
    bool free_choice = !wished && !(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_32BIT));
    if (free_choice)
        wished = map_place(length);
    return sys(SYS_mmap, wished, length, protection, flags, fd, offset);
}

static void *map_memory(const void *site, void *wished, size_t length, int protection, int flags,
                        int fd, off_t offset)
{
    struct point p;

    if (flags & MAP_FIXED)
        region_guard(wished, length);
    if (!probe_on())
        return (void *)probe_result(sys(SYS_mmap, wished, length, protection, flags, fd, offset));
    if (!is_shared_mapping(flags)) {
        long at = sys(SYS_mmap, wished, length, protection, flags, fd, offset);
        if (flags & MAP_FIXED && at == (long)wished)
            map_remove(wished, length);
        if (at >= 0 || at < -4095)
            private_forget((void *)at, length);
        return (void *)probe_result(at);
    }
    point_begin(&p, &call_mmap, site, 0, length, fd, flags, offset);
    long at = map(wished, length, protection, flags, fd, offset);
    if (at >= 0 || at < -4095) {
        bool anonymous = flags & MAP_ANONYMOUS || is_zero_device(fd);
        p.object = anonymous ? anonymous_object(length) : file_object(fd);
        if (p.object)
            map_add((void *)at, length, p.object, anonymous ? 0 : (uint64_t)offset);
    }
    return (void *)point_end(&p, at);
}

EXPORT void *mmap(void *wished, size_t length, int protection, int flags, int fd, off_t offset)
{
    return map_memory(CALLER, wished, length, protection, flags, fd, offset);
}

EXPORT void *mmap64(void *wished, size_t length, int protection, int flags, int fd, off64_t offset)
{
    return map_memory(CALLER, wished, length, protection, flags, fd, offset);
}

EXPORT int munmap(void *at, size_t length)
{
    struct point p;
    const struct mapping *m = probe_on() ? map_find(at) : NULL;

    region_guard(at, length);
    if (!m) {
        long r = sys(SYS_munmap, at, length);
        if (r == 0 && probe_on())
            map_remove(at, length); /* it may begin before a shared one */
        return (int)probe_result(r);
    }
    point_begin(&p, &call_munmap, CALLER, m->object, at, length);
    long r = sys(SYS_munmap, at, length);
    if (r == 0)
        map_remove(at, length);
    return (int)point_end(&p, r);
}

EXPORT void *mremap(void *at, size_t length, size_t wished, int flags, ...)
{
    struct point p;
    va_list list;

    va_start(list, flags);
    void *to = flags & MREMAP_FIXED ? va_arg(list, void *) : NULL;
    va_end(list);
    const struct mapping *m = probe_on() ? map_find(at) : NULL;
    region_guard(at, length);
    if (to)
        region_guard(to, wished);
    if (!m)
        return (void *)probe_result(sys(SYS_mremap, at, length, wished, flags, to));
    struct mapping before = *m;
    point_begin(&p, &call_mremap, CALLER, before.object, at, length, wished);
    long r = sys(SYS_mremap, at, length, wished, flags, to);
    if (r >= 0 || r < -4095) {
        if (length)
            map_remove(at, length);
        map_add((void *)r, wished, before.object, before.offset + ((uintptr_t)at - before.from));
    }
    return (void *)point_end(&p, r);
}

/* Orders nothing. */
EXPORT int msync(void *at, size_t length, int flags)
{
    struct point p;
    const struct mapping *m = probe_on() ? map_find(at) : NULL;

    if (!m)
        return (int)probe_result(sys(SYS_msync, at, length, flags));
    point_begin(&p, &call_msync, CALLER, m->object, at, length);
    return (int)point_end_idle(&p, sys(SYS_msync, at, length, flags));
}

/* ---- POSIX shared memory objects ------------------------------------------------------------- */

EXPORT int shm_open(const char *name, int flags, mode_t mode)
{
    uint64_t id[2], size;
    struct point p;
    bool new;

    if (!probe_on())
        return REAL(shm_open)(name, flags, mode);
    point_begin(&p, &call_shm_open, CALLER, 0, flags, mode);
    int fd = REAL(shm_open)(name, flags, mode);
    long r = fd < 0 ? -*real_errno() : fd;
    if (r == -ENOENT)
        clock_acquire(*unlinked());
    if (r >= 0 && identity(fd, id, &size)) {
        p.args[2] = fd;
        p.object = object_get(KIND_SHM, id[0], id[1], &new);
        struct memory *m = object_memory(p.object, sizeof *m);
        if (new)
            object_name(p.object, name, 0, 0);
        object_at(p.object)->size = size;
        clock_acquire(m->made);
        if (new &&flags & O_CREAT)
            clock_release(&m->made);
    }
    /* Not to find what is not there yet is polling. */
    return (int)(r == -ENOENT ? point_end_idle(&p, r) : point_end(&p, r));
}

EXPORT int shm_unlink(const char *name)
{
    struct point p;

    if (!probe_on())
        return REAL(shm_unlink)(name);
    point_begin(&p, &call_shm_unlink, CALLER, 0);
    long r = REAL(shm_unlink)(name) < 0 ? -*real_errno() : 0;
    if (r == 0)
        clock_release(unlinked());
    return (int)point_end(&p, r);
}

static int truncate_to(const void *site, int fd, off_t length)
{
    uint32_t object = probe_on() ? file_object(fd) : 0;
    struct point p;

    if (!object)
        return (int)probe_result(sys(SYS_ftruncate, fd, length));
    point_begin(&p, &call_ftruncate, site, object, fd, length);
    long r = sys(SYS_ftruncate, fd, length);
    if (r == 0) {
        object_at(object)->size = (uint64_t)length;
        file_changed(fd);
    }
    return (int)point_end(&p, r);
}

EXPORT int ftruncate(int fd, off_t length)
{
    return truncate_to(CALLER, fd, length);
}

EXPORT int ftruncate64(int fd, off64_t length)
{
    return truncate_to(CALLER, fd, length);
}

/* No points: they change nothing that another task could see, unless it is the region. */
EXPORT int mprotect(void *at, size_t length, int protection)
{
    region_guard(at, length);
    return (int)probe_result(sys(SYS_mprotect, at, length, protection));
}

EXPORT int madvise(void *at, size_t length, int advice)
{
    region_guard(at, length);
    return (int)probe_result(sys(SYS_madvise, at, length, advice));
}
