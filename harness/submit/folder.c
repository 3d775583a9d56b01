/*
 * folder.c - copying a folder (see folder.h).
 *
 * The copy is read inside the box by another user than ours: everybody may read it, and nobody gets to it
 * but through a descriptor, as the scratch folder around it is private.
 */
#include "submit/folder.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/fs.h"

struct copying {
    struct arena *arena;
    off_t bytes;
    int files;
    const char *why;
};

static bool refuse(struct copying *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct copying *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    c->why = arena_vprintf(c->arena, format, args);
    va_end(args);
    return false;
}

static bool refuse_size(struct copying *c)
{
    return refuse(c,
                  "too large to be copied into the sandbox (%d MiB and %d files at most); run the "
                  "command from a folder that holds what it needs and little more",
                  (int)(FOLDER_BYTES >> 20), FOLDER_FILES);
}

static bool is_left_out(const char *name)
{
    static const char *const names[] = {".git", ".hg", ".svn", NULL};
    for (const char *const *n = names; *n; n++)
        if (strcmp(name, *n) == 0)
            return true;
    return false;
}

static bool copy_file(struct copying *c, int from, int to, const char *name)
{
    struct stat st;
    cleanup_fd int in = fs_open_regular(from, name, &st);
    if (in < 0 && (errno == EACCES || errno == ENOENT))
        return true; /* then the command cannot read it either */
    if (in < 0)
        return refuse(c, "%s: %s", name, strerror(errno));
    mode_t mode = (st.st_mode & 0777) | 0444; /* the box's own user must be able to read it */
    cleanup_fd int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    off_t n = out < 0 ? -1 : fs_copy(in, out, FOLDER_BYTES - c->bytes);
    if (n < 0 && errno == EFBIG)
        return refuse_size(c);
    const struct timespec times[] = {st.st_atim, st.st_mtim}; /* which is older says something */
    if (n < 0 || fchmod(out, mode) != 0 || futimens(out, times) != 0)
        die_errno("copying %s", name);
    c->bytes += n;
    return true;
}

static void copy_link(int from, int to, const char *name)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(from, name, target, sizeof target - 1);
    if (n < 0)
        return; /* gone meanwhile */
    target[n] = '\0';
    if (symlinkat(target, to, name) != 0)
        die_errno("copying %s", name);
}

static bool copy_entries(struct copying *c, int from, int to, int depth);

static bool copy_below(struct copying *c, int from, int to, const char *name, int depth)
{
    if (depth == FOLDER_DEPTH)
        return refuse(c, "%s: folders more than %d deep", name, FOLDER_DEPTH);
    cleanup_fd int below_from = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below_from < 0)
        return refuse(c, "%s: %s", name, strerror(errno));
    if (mkdirat(to, name, 0755) != 0)
        die_errno("copying %s", name);
    cleanup_fd int below_to = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below_to < 0 || fchmod(below_to, 0755) != 0)
        die_errno("copying %s", name);
    return copy_entries(c, below_from, below_to, depth + 1);
}

static bool copy_entries(struct copying *c, int from, int to, int depth)
{
    int count;
    char **names = fs_entries(c->arena, from, FOLDER_FILES, &count);
    if (!names)
        return errno == E2BIG ? refuse_size(c) : refuse(c, "%s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct stat st;
        if (is_left_out(names[i]) || fstatat(from, names[i], &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (++c->files > FOLDER_FILES)
            return refuse_size(c);
        if (S_ISDIR(st.st_mode) && !copy_below(c, from, to, names[i], depth))
            return false;
        if (S_ISREG(st.st_mode) && !copy_file(c, from, to, names[i]))
            return false;
        if (S_ISLNK(st.st_mode))
            copy_link(from, to, names[i]);
    }
    return true;
}

const char *folder_copy(struct arena *arena, const char *from, const char *scratch, off_t *bytes,
                        const char **why)
{
    struct copying c = {.arena = arena};
    char *path = fs_join(arena, scratch, "folder.XXXXXX");
    if (!mkdtemp(path) || chmod(path, 0755) != 0)
        die_errno("%s", path);
    cleanup_fd int in = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_fd int out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in < 0 || out < 0)
        die_errno("%s", in < 0 ? from : path);
    bool ok = copy_entries(&c, in, out, 0);
    *bytes = c.bytes;
    *why = c.why;
    return ok ? path : NULL;
}
