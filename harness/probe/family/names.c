/*
 * names.c - names in the file system: a file that appears or goes is how programs say "ready", and how
 * they lock (O_EXCL, mkdir, link).
 *
 * Making, replacing and removing a name are ordered before whoever sees that it is there, or not. A name is
 * known by its last component alone, so that every path to it - absolute, relative, by a folder's
 * descriptor - is the same: two of that name in different folders share a clock, which may hide a race and
 * never invents one. What a file holds is ordered by descriptors (fd.c); its size is part of that.
 */
#include "../fd.h"
#include "../names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAMILY_NAME "files"

CALL(open, FAMILY_NAME, "flags");
CALL(access, FAMILY_NAME, "mode");
CALL(stat, FAMILY_NAME, "");
CALL(readlink, FAMILY_NAME, "");
CALL(opendir, FAMILY_NAME, "");
CALL(readdir, FAMILY_NAME, "");
CALL(mkdir, FAMILY_NAME, "mode");
CALL(mknod, FAMILY_NAME, "mode");
CALL(rmdir, FAMILY_NAME, "");
CALL(unlink, FAMILY_NAME, "");
CALL(rename, FAMILY_NAME, "");
CALL(link, FAMILY_NAME, "");
CALL(symlink, FAMILY_NAME, "");
CALL(truncate, FAMILY_NAME, "bytes");
FAMILY(names);

struct name {
    struct name *next;
    uint64_t hash;
    struct clock *changed;
};

struct names {
    struct name *bucket[64];
    struct clock *all; /* for who lists a folder */
};

static struct names *names(void)
{
    void **root = family_root(&family_names);
    if (!*root)
        *root = heap_get(sizeof(struct names));
    return *root;
}

/* Of the last component; slashes at the end do not count. */
static uint64_t hash_of(const char *path)
{
    size_t to = text_length(path), from;
    uint64_t hash = 14695981039346656037ull;

    while (to > 1 && path[to - 1] == '/')
        to--;
    for (from = to; from && path[from - 1] != '/';)
        from--;
    for (; from < to; from++)
        hash = (hash ^ (uint8_t)path[from]) * 1099511628211ull;
    return hash;
}

static struct name *name_of(const char *path, bool make)
{
    uint64_t hash = hash_of(path);
    struct name **n = &names()->bucket[hash % 64];

    while (*n && (*n)->hash != hash)
        n = &(*n)->next;
    if (!*n && make) {
        *n = heap_get(sizeof **n);
        (*n)->hash = hash;
    }
    return *n;
}

void name_seen(const char *path)
{
    const struct name *n = given(path) ? name_of(path, false) : NULL;
    if (n)
        clock_acquire(n->changed);
}

void name_changed(const char *path)
{
    if (!given(path))
        return;
    name_seen(path);
    clock_release(&name_of(path, true)->changed);
    clock_release(&names()->all);
}

static void key_text(char *text, size_t room, const char *what, uint64_t number)
{
    size_t n = text_put(text, room, what);
    text_put_number(text + n, room - n, number, 16);
}

void key_changed(const char *what, uint64_t number)
{
    char text[64];
    key_text(text, sizeof text, what, number);
    name_changed(text);
}

void key_seen(const char *what, uint64_t number)
{
    char text[64];
    key_text(text, sizeof text, what, number);
    name_seen(text);
}

void key_removed(const char *what, uint64_t id)
{
    key_changed(what, id);
    name_changed("System V removal");
}

/* Removing is by id, so that who finds none of this key is ordered after every removal. */
void key_got(const char *what, int key, long r, bool made)
{
    if (key == IPC_PRIVATE)
        return;
    if (made)
        key_changed(what, (uint32_t)key);
    else
        key_seen(what, (uint32_t)key);
    if (r == -ENOENT || made)
        name_seen("System V removal");
}

/* ---- opening --------------------------------------------------------------------------------- */

void opening_begin(struct opening *o, const void *site, const char *path, int flags)
{
    *o = (struct opening){.path = path, .site = site, .flags = flags};
    if (flags & O_CREAT)
        point_begin(&o->point, &call_open, site, 0, flags);
    o->existed = given(path) && sys(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
}

/* What was emptied has changed, and what was made is there. */
void opening_end(struct opening *o, long fd)
{
    bool made = fd >= 0 && o->flags & O_CREAT && !o->existed;

    if (fd >= 0)
        region_guard_file((int)fd, (o->flags & O_ACCMODE) != O_RDONLY);
    name_seen(o->path);
    if (made)
        name_changed(o->path);
    if (fd >= 0 && o->flags & O_TRUNC)
        file_changed((int)fd);
    if (fd < 0 && !o->point.call) /* a loop may wait for it */
        point_begin(&o->point, &call_open, o->site, 0, o->flags);
    if (!o->point.call)
        return;
    if (made)
        point_end(&o->point, fd);
    else
        point_end_idle(&o->point, fd);
}

/* ---- looking --------------------------------------------------------------------------------- */

/* A file whose size or times are looked at: all that was written to it so far. */
static void see_contents(uint64_t device, uint64_t inode)
{
    uint32_t object = object_find("file", device, inode);
    if (object)
        clock_acquire(fd_stream(object)->contents);
}

/* A loop may wait for it without any other call, so it is a point. `path` is NULL for a descriptor. */
#define LOOK(call, path, ...)                           \
    do {                                                \
        struct point p;                                 \
        if (!probe_on())                                \
            return (int)probe_result(sys(__VA_ARGS__)); \
        point_begin(&p, &call_##call, CALLER, 0);       \
        long r = sys(__VA_ARGS__);                      \
        name_seen(path);                                \
        return (int)point_end_idle(&p, r);              \
    } while (0)

EXPORT int access(const char *path, int mode)
{
    LOOK(access, path, SYS_access, path, mode);
}

EXPORT int faccessat(int folder, const char *path, int mode, int flags)
{
    if (flags)
        LOOK(access, path, SYS_faccessat2, folder, path, mode, flags);
    LOOK(access, path, SYS_faccessat, folder, path, mode);
}

EXPORT ssize_t readlink(const char *restrict path, char *restrict to, size_t n)
{
    struct point p;

    if (!probe_on())
        return probe_result(sys(SYS_readlink, path, to, n));
    point_begin(&p, &call_readlink, CALLER, 0);
    long r = sys(SYS_readlink, path, to, n);
    name_seen(path);
    if (r > 0 && is_shared(to))
        memory_check(to, (size_t)r, PROBE_WRITE | PROBE_RANGE, p.site);
    return point_end_idle(&p, r);
}

static int look(const void *site, int folder, const char *path, struct stat *to, int flags)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_newfstatat, folder, path, to, flags));
    point_begin(&p, &call_stat, site, 0);
    long r = sys(SYS_newfstatat, folder, path, to, flags);
    if (given(path) && *path)
        name_seen(path);
    if (r == 0) {
        see_contents(to->st_dev, to->st_ino);
        if (is_shared(to))
            memory_check(to, sizeof *to, PROBE_WRITE | PROBE_RANGE, p.site);
    }
    return (int)point_end_idle(&p, r);
}

/* struct stat64 is the same. */
#define STAT(name, type, parameters, folder, path, flags)     \
    EXPORT int name parameters;                               \
    EXPORT int name parameters                                \
    {                                                         \
        return look(CALLER, folder, path, (void *)to, flags); \
    }
STAT(stat, stat, (const char *restrict path, struct stat *restrict to), AT_FDCWD, path, 0)
STAT(lstat, stat, (const char *restrict path, struct stat *restrict to), AT_FDCWD, path,
     AT_SYMLINK_NOFOLLOW)
STAT(fstat, stat, (int fd, struct stat *to), fd, "", AT_EMPTY_PATH)
STAT(fstatat, stat, (int folder, const char *restrict path, struct stat *restrict to, int flags),
     folder, path, flags)
STAT(stat64, stat64, (const char *restrict path, struct stat64 *restrict to), AT_FDCWD, path, 0)
STAT(lstat64, stat64, (const char *restrict path, struct stat64 *restrict to), AT_FDCWD, path,
     AT_SYMLINK_NOFOLLOW)
STAT(fstat64, stat64, (int fd, struct stat64 *to), fd, "", AT_EMPTY_PATH)
STAT(fstatat64, stat64,
     (int folder, const char *restrict path, struct stat64 *restrict to, int flags), folder, path,
     flags)
/* What <sys/stat.h> made of them up to glibc 2.32: objects compiled then still call it so. */
STAT(__xstat, stat, (int version __attribute__((unused)), const char *path, struct stat *to),
     AT_FDCWD, path, 0)
STAT(__lxstat, stat, (int version __attribute__((unused)), const char *path, struct stat *to),
     AT_FDCWD, path, AT_SYMLINK_NOFOLLOW)
STAT(__fxstat, stat, (int version __attribute__((unused)), int fd, struct stat *to), fd, "",
     AT_EMPTY_PATH)

EXPORT int statx(int folder, const char *restrict path, int flags, unsigned mask,
                 struct statx *restrict to)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_statx, folder, path, flags, mask, to));
    point_begin(&p, &call_stat, CALLER, 0);
    long r = sys(SYS_statx, folder, path, flags, mask, to);
    if (given(path) && *path)
        name_seen(path);
    uint64_t device = (to->stx_dev_minor & 0xff) | to->stx_dev_major << 8 |
                      (uint64_t)(to->stx_dev_minor & ~0xffu) << 12;
    if (r == 0)
        see_contents(device, to->stx_ino);
    return (int)point_end_idle(&p, r);
}

/* Which names a folder holds is seen as of now, however often it is read. */
EXPORT DIR *opendir(const char *path)
{
    struct point p;

    if (!probe_on())
        return REAL(opendir)(path);
    point_begin(&p, &call_opendir, CALLER, 0);
    DIR *r = REAL(opendir)(path);
    name_seen(path);
    clock_acquire(names()->all);
    int kept = *real_errno();
    point_end_idle(&p, r ? 0 : -kept);
    *real_errno() = kept;
    return r;
}

static void read_folder(const void *site)
{
    struct point p;
    int kept = *real_errno();

    if (!probe_on())
        return;
    point_begin(&p, &call_readdir, site, 0);
    clock_acquire(names()->all);
    point_end_idle(&p, 0);
    *real_errno() = kept;
}

EXPORT struct dirent *readdir(DIR *folder)
{
    read_folder(CALLER);
    return REAL(readdir)(folder);
}

EXPORT struct dirent64 *readdir64(DIR *folder)
{
    read_folder(CALLER);
    return REAL(readdir64)(folder);
}

/* ---- changing -------------------------------------------------------------------------------- */

/* One that fails has seen the name as well: EEXIST and ENOENT are what loops wait for. */
static int change(const struct probe_call *call, const void *site, const char *path,
                  const char *other, long number, const long a[5])
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys6(number, a[0], a[1], a[2], a[3], a[4], 0));
    point_begin(&p, call, site, 0);
    long r = sys6(number, a[0], a[1], a[2], a[3], a[4], 0);
    if (r < 0) {
        name_seen(path);
        name_seen(other);
        return (int)point_end_idle(&p, r);
    }
    name_changed(path);
    name_changed(other);
    return (int)point_end(&p, r);
}

#define CHANGE(call, path, other, number, ...) \
    change(&call_##call, CALLER, path, other, number, (const long[5]){__VA_ARGS__})

EXPORT int mkdir(const char *path, mode_t mode)
{
    return CHANGE(mkdir, path, NULL, SYS_mkdir, (long)path, mode);
}

EXPORT int mkdirat(int folder, const char *path, mode_t mode)
{
    return CHANGE(mkdir, path, NULL, SYS_mkdirat, folder, (long)path, mode);
}

EXPORT int mknod(const char *path, mode_t mode, dev_t device)
{
    return CHANGE(mknod, path, NULL, SYS_mknod, (long)path, mode, (long)device);
}

EXPORT int mknodat(int folder, const char *path, mode_t mode, dev_t device)
{
    return CHANGE(mknod, path, NULL, SYS_mknodat, folder, (long)path, mode, (long)device);
}

EXPORT int mkfifoat(int folder, const char *path, mode_t mode)
{
    return CHANGE(mknod, path, NULL, SYS_mknodat, folder, (long)path, S_IFIFO | mode);
}

EXPORT int rmdir(const char *path)
{
    return CHANGE(rmdir, path, NULL, SYS_rmdir, (long)path);
}

EXPORT int unlink(const char *path)
{
    return CHANGE(unlink, path, NULL, SYS_unlink, (long)path);
}

EXPORT int unlinkat(int folder, const char *path, int flags)
{
    return CHANGE(unlink, path, NULL, SYS_unlinkat, folder, (long)path, flags);
}

EXPORT int remove(const char *path)
{
    struct stat st;
    bool folder = sys(SYS_lstat, path, &st) == 0 && S_ISDIR(st.st_mode);
    return CHANGE(unlink, path, NULL, folder ? SYS_rmdir : SYS_unlink, (long)path);
}

EXPORT int rename(const char *from, const char *to)
{
    return CHANGE(rename, from, to, SYS_rename, (long)from, (long)to);
}

EXPORT int renameat(int folder, const char *from, int other, const char *to)
{
    return CHANGE(rename, from, to, SYS_renameat, folder, (long)from, other, (long)to);
}

EXPORT int renameat2(int folder, const char *from, int other, const char *to, unsigned flags)
{
    return CHANGE(rename, from, to, SYS_renameat2, folder, (long)from, other, (long)to, flags);
}

EXPORT int link(const char *from, const char *to)
{
    return CHANGE(link, to, NULL, SYS_link, (long)from, (long)to);
}

EXPORT int linkat(int folder, const char *from, int other, const char *to, int flags)
{
    return CHANGE(link, to, NULL, SYS_linkat, folder, (long)from, other, (long)to, flags);
}

EXPORT int symlink(const char *from, const char *to)
{
    return CHANGE(symlink, to, NULL, SYS_symlink, (long)from, (long)to);
}

EXPORT int symlinkat(const char *from, int folder, const char *to)
{
    return CHANGE(symlink, to, NULL, SYS_symlinkat, (long)from, folder, (long)to);
}

/* Its size is part of what it holds. */
EXPORT int truncate(const char *path, off_t length)
{
    struct stat st;
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_truncate, path, length));
    point_begin(&p, &call_truncate, CALLER, 0, length);
    long r = sys(SYS_truncate, path, length);
    name_seen(path);
    uint32_t object = r == 0 && sys(SYS_stat, path, &st) == 0 ? file_object_of(&st) : 0;
    if (object)
        clock_release(&fd_stream(object)->contents);
    return (int)point_end(&p, r);
}
