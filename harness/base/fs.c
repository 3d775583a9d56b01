/* fs.c - files and folders (see fs.h). */
#include "base/fs.h"

#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/die.h"

/* ---- paths ----------------------------------------------------------------------------------- */

char *fs_join(struct arena *arena, const char *folder, const char *name)
{
    if (!*folder)
        return arena_strdup(arena, name);
    bool slash = folder[strlen(folder) - 1] == '/';
    return arena_printf(arena, "%s%s%s", folder, slash ? "" : "/", name);
}

static size_t length_without_slashes(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n;
}

static size_t start_of_last_part(const char *path, size_t end)
{
    size_t at = end;
    while (at > 0 && path[at - 1] != '/')
        at--;
    return at;
}

char *fs_last_part(struct arena *arena, const char *path)
{
    size_t end = length_without_slashes(path), at = start_of_last_part(path, end);
    return arena_bytes(arena, path + at, end - at);
}

char *fs_parent(struct arena *arena, const char *path)
{
    size_t end = start_of_last_part(path, length_without_slashes(path));
    if (end == 0)
        return arena_strdup(arena, ".");
    while (end > 1 && path[end - 1] == '/')
        end--;
    return arena_bytes(arena, path, end);
}

bool fs_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void fs_need_folder(const char *path)
{
    if (!fs_is_folder(path))
        die(path, access(path, F_OK) == 0 ? "not a folder" : "no such folder");
}

bool fs_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool fs_newer(const char *path, const char *other)
{
    struct stat a, b;
    if (stat(path, &a) != 0 || stat(other, &b) != 0)
        return false;
    if (a.st_mtim.tv_sec != b.st_mtim.tv_sec)
        return a.st_mtim.tv_sec > b.st_mtim.tv_sec;
    return a.st_mtim.tv_nsec > b.st_mtim.tv_nsec;
}

/* ---- reading and writing --------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void dir_cleanup(DIR **dir)
{
    int kept = errno;
    if (*dir)
        closedir(*dir);
    errno = kept;
}

char **fs_entries(struct arena *arena, int folder, int most, int *count)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* an offset of its own */
    if (fd < 0)
        return NULL;
    __attribute__((cleanup(dir_cleanup))) DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return NULL;
    }
    char **names = arena_alloc(arena, sizeof *names);
    *count = 0;
    errno = 0;
    for (struct dirent *e; (e = readdir(dir)); errno = 0) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (*count == most) {
            errno = E2BIG;
            return NULL;
        }
        names = arena_grow(arena, names, *count, sizeof *names);
        names[(*count)++] = arena_strdup(arena, e->d_name);
    }
    if (errno != 0)
        return NULL;
    qsort(names, (size_t)*count, sizeof *names, by_bytes);
    return names;
}

char *fs_text(struct arena *arena, int from, size_t most)
{
    char *text = arena_alloc(arena, most + 1);
    size_t length = 0;
    for (ssize_t n = 1; n > 0 && length<most; length += n> 0 ? (size_t)n : 0)
        n = read(from, text + length, most - length);
    return text;
}

int fs_open_regular(int folder, const char *name, struct stat *st)
{
    /* Asked before it is opened: opening alone can wait (FIFO) or do something (a device). Asked
     * again afterwards: it may have been exchanged in between. */
    if (fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (!S_ISREG(st->st_mode)) {
        errno = S_ISLNK(st->st_mode) ? ELOOP : EINVAL;
        return -1;
    }
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode)) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

int fs_open_below(int folder, const char *path, struct stat *st)
{
    struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    if (fstatat(folder, path, st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st->st_mode)) {
        errno = EINVAL; /* opening a device may do something */
        return -1;
    }
    int fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
    if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

char *fs_read(struct arena *arena, int folder, const char *name, size_t most, size_t *length)
{
    struct stat st;
    cleanup_fd int fd = fs_open_regular(folder, name, &st);
    if (fd < 0)
        return NULL;
    if ((size_t)st.st_size > most) {
        errno = EFBIG;
        return NULL;
    }
    size_t size = (size_t)st.st_size, got = 0;
    char *bytes = arena_alloc(arena, size + 1);
    while (got < size) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return NULL;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    bytes[got] = '\0';
    if (length)
        *length = got;
    return bytes;
}

bool fs_write_all(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t written = write(fd, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        at += written;
        n -= (size_t)written;
    }
    return true;
}

off_t fs_copy(int from, int to, off_t most)
{
    char buffer[65536];
    off_t copied = 0;
    for (;;) {
        ssize_t n = read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? copied : -1;
        copied += n;
        if (copied > most) {
            errno = EFBIG;
            return -1;
        }
        if (!fs_write_all(to, buffer, (size_t)n))
            return -1;
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

bool fs_remove_tree(const char *path)
{
    return nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT;
}
