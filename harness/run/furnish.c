/*
 * furnish.c - fills the work folder, and puts it right between two schedules (see furnish.h).
 *
 * Whoever writes to a file, renames it or changes its mode changes its ctime, which nobody can set. So a look
 * at each file tells what is to be copied again, and a program that writes to none of them costs no copy.
 */
#include "run/furnish.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "base/fs.h"
#include "box/box.h"

enum { PROGRAM_BYTES = 64 << 20, MOST_ENTRIES = 10000 };

/* ---- copying --------------------------------------------------------------------------------- */

static void copy_file(int from_folder, int to_folder, const char *name, const struct stat *st)
{
    cleanup_fd int from = openat(from_folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    cleanup_fd int to = openat(to_folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (from < 0 || to < 0 || fs_copy(from, to, PROGRAM_BYTES) < 0 ||
        fchmod(to, st->st_mode & 0777) != 0 || !box_give(to))
        die_errno("copying %s into the box", name);
}

static void copy_link(int from, int to, const char *name)
{
    char target[4096];
    ssize_t n = readlinkat(from, name, target, sizeof target - 1);
    target[n > 0 ? n : 0] = '\0';
    if (n < 0 || symlinkat(target, to, name) != 0)
        die_errno("copying %s into the box", name);
}

void furnish_copy(struct arena *arena, int from, int to)
{
    int count;
    char **names = fs_entries(arena, from, MOST_ENTRIES, &count);
    if (!names)
        die_errno("what was built");
    for (int i = 0; i < count; i++) {
        struct stat st;
        if (fstatat(from, names[i], &st, AT_SYMLINK_NOFOLLOW) != 0)
            die_errno("what was built: %s", names[i]);
        if (S_ISREG(st.st_mode)) {
            copy_file(from, to, names[i], &st);
        } else if (S_ISLNK(st.st_mode)) {
            copy_link(from, to, names[i]);
        } else if (S_ISDIR(st.st_mode)) {
            mkdirat(to, names[i], 0755);
            cleanup_fd int below_from = openat(from, names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            cleanup_fd int below_to = openat(to, names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (below_from < 0 || below_to < 0 || !box_give(below_to))
                die_errno("copying %s into the box", names[i]);
            furnish_copy(arena, below_from, below_to);
        }
    }
}

/* ---- as it was ------------------------------------------------------------------------------- */

struct entry {
    const char *path; /* below the work folder; a folder comes before what it holds */
    struct stat st;   /* in the work folder, as furnished */
};

struct furnished {
    struct arena *arena;
    int from, work;
    struct entry *entries;
    int count;
};

static void note_below(struct furnished *f, int folder, const char *prefix)
{
    int count;
    char **names = fs_entries(f->arena, folder, MOST_ENTRIES, &count);
    for (int i = 0; names && i < count; i++) {
        struct entry e = {.path = arena_printf(f->arena, "%s%s", prefix, names[i])};
        if (fstatat(f->work, e.path, &e.st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        f->entries = arena_grow(f->arena, f->entries, f->count, sizeof *f->entries);
        f->entries[f->count++] = e;
        cleanup_fd int below =
            S_ISDIR(e.st.st_mode)
                ? openat(folder, names[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                : -1;
        if (below >= 0)
            note_below(f, below, arena_printf(f->arena, "%s/", e.path));
    }
}

struct furnished *furnish_note(struct arena *arena, int from)
{
    struct furnished *f = arena_alloc(arena, sizeof *f);
    *f = (struct furnished){.arena = arena, .from = from};
    f->work = open(BOX_WORK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->work < 0)
        die_errno(BOX_WORK);
    note_below(f, from, "");
    return f;
}

/* A file that was written to has another ctime; of a folder, what it holds is looked at by itself. */
static bool is_untouched(const struct furnished *f, const struct entry *e)
{
    struct stat now;
    if (fstatat(f->work, e->path, &now, AT_SYMLINK_NOFOLLOW) != 0 || now.st_mode != e->st.st_mode ||
        now.st_uid != e->st.st_uid)
        return false;
    return S_ISDIR(now.st_mode) ||
           (now.st_ino == e->st.st_ino && now.st_ctim.tv_sec == e->st.st_ctim.tv_sec &&
            now.st_ctim.tv_nsec == e->st.st_ctim.tv_nsec);
}

static void remove_whatever_is_there(int folder, const char *path)
{
    struct stat st;
    if (fstatat(folder, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    if (!S_ISDIR(st.st_mode)) {
        unlinkat(folder, path, 0);
        return;
    }
    char real[4096];
    snprintf(real, sizeof real, "/proc/self/fd/%d/%s", folder, path);
    fs_remove_tree(real);
}

static void restore_folder(const struct furnished *f, const struct entry *e)
{
    struct stat now;
    bool there = fstatat(f->work, e->path, &now, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && !S_ISDIR(now.st_mode))
        remove_whatever_is_there(f->work, e->path);
    mkdirat(f->work, e->path, 0755);
    cleanup_fd int folder = openat(f->work, e->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || fchmod(folder, e->st.st_mode & 0777) != 0 || !box_give(folder))
        die_errno("restoring %s", e->path);
}

static void restore(const struct furnished *f, struct entry *e)
{
    if (S_ISDIR(e->st.st_mode)) {
        restore_folder(f, e);
        return;
    }
    remove_whatever_is_there(f->work, e->path);
    if (S_ISLNK(e->st.st_mode))
        copy_link(f->from, f->work, e->path);
    else
        copy_file(f->from, f->work, e->path, &e->st);
    if (fstatat(f->work, e->path, &e->st, AT_SYMLINK_NOFOLLOW) != 0)
        die_errno("restoring %s", e->path);
}

static void empty(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *e; folder && (e = readdir(folder)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            remove_whatever_is_there(dirfd(folder), e->d_name);
    if (folder)
        closedir(folder);
}

void furnish_restore(struct furnished *f)
{
    for (int i = 0; i < f->count; i++)
        if (!is_untouched(f, &f->entries[i]))
            restore(f, &f->entries[i]);
    empty("/tmp");
}
