/* start.c - `list` and `start`: the assignments there are, and handing one out. */
#include <fcntl.h>
#include <string.h>

#include "base/die.h"
#include "base/fs.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/verbs.h"
#include "run/registry.h"

enum { MOST_FILES = 1000 };
static const off_t largest_file = (off_t)64 << 20;

int verb_list(const struct call *call)
{
    const char *const *names = assignment_names(call->arena, call->options->root);
    for (; *names; names++) {
        struct assignment_set set =
            assignment_load(call->arena, call->options->root, *names, call->scratch);
        unsigned points = 0;
        for (int i = 0; i < set.scenario_count; i++)
            points += set.scenarios[i]->points;
        printf("%-20s %s (%d scenarios, %u points)\n", set.name, set.assignment->title,
               set.scenario_count, points);
    }
    output_finish();
    return EXIT_PASSED;
}

/* ---- handing out ----------------------------------------------------------------------------- */

struct handed { /* one file of an assignment, and where it goes */
    const char *from;
    const char *name; /* below the student's folder; ends in a slash: a folder */
};

struct handout {
    struct arena *arena;
    struct handed *files;
    int count;
};

static void add(struct handout *out, const char *from, const char *name)
{
    out->files = arena_grow(out->arena, out->files, out->count, sizeof *out->files);
    out->files[out->count++] = (struct handed){.from = from, .name = name};
}

static void add_folder(struct handout *out, const char *folder, const char *below)
{
    cleanup_fd int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int count;
    char **names = fd < 0 ? NULL : fs_entries(out->arena, fd, MOST_FILES, &count);
    if (!names)
        die_errno("%s", folder);
    for (int i = 0; i < count; i++) {
        const char *from = fs_join(out->arena, folder, names[i]);
        const char *name = fs_join(out->arena, below, names[i]);
        if (fs_is_folder(from)) {
            name = fs_join(out->arena, name, "");
            add(out, from, name);
            add_folder(out, from, name);
        } else {
            add(out, from, name);
        }
    }
}

static bool names_folder(const char *name)
{
    return name[strlen(name) - 1] == '/';
}

/* All or nothing: a student's work is never written over, and never mixed with half a handout. */
static void refuse_to_overwrite(const struct handout *out, const char *folder)
{
    const char *there = "";
    for (int i = 0; i < out->count; i++) {
        struct stat st;
        const char *name = out->files[i].name;
        const char *path = fs_join(out->arena, folder, name);
        if (!names_folder(name) && lstat(path, &st) == 0)
            there = arena_printf(out->arena, "%s%s%s", there, *there ? ", " : "", name);
    }
    if (*there)
        die(folder, "would overwrite %s; nothing was changed", there);
}

static int create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        die_errno("%s", path);
    return fd;
}

static void copy_out(const struct handout *out, const char *folder)
{
    for (int i = 0; i < out->count; i++) {
        const struct handed *file = &out->files[i];
        const char *path = fs_join(out->arena, folder, file->name);
        if (names_folder(file->name)) {
            if (mkdir(path, 0777) != 0 && errno != EEXIST)
                die_errno("%s", path);
            continue;
        }
        cleanup_fd int from = open(file->from, O_RDONLY | O_CLOEXEC);
        if (from < 0)
            die_errno("%s", file->from);
        cleanup_fd int to = create(path);
        if (fs_copy(from, to, largest_file) < 0)
            die_errno("%s", path);
    }
}

static void leave_mark(struct arena *arena, const char *folder, const char *name)
{
    const char *path = fs_join(arena, folder, ASSIGNMENT_MARK);
    const char *text =
        arena_printf(arena, "%s\nThis tells ipcgrade check what it looks at.\n", name);
    cleanup_fd int fd = create(path);
    if (!fs_write_all(fd, text, strlen(text)))
        die_errno("%s", path);
}

int verb_start(const struct call *call)
{
    struct arena *arena = call->arena;
    struct assignment_set set =
        assignment_load(arena, call->options->root, call->arguments[0], call->scratch);
    const char *folder = call->count > 1 ? call->arguments[1] : set.name;
    struct handout out = {.arena = arena};
    add(&out, fs_join(arena, set.folder, "README.md"), "README.md");
    add_folder(&out, fs_join(arena, set.folder, "starter"), "");
    add(&out, NULL, ASSIGNMENT_MARK);
    refuse_to_overwrite(&out, folder);
    out.count--; /* the mark is written, not copied */

    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        die_errno("%s", folder);
    copy_out(&out, folder);
    leave_mark(arena, folder, set.name);
    const char *const try[] = {"ipcgrade", "check", folder, NULL};
    printf("%s: %s. Read %s, and try your work with:\n\n    %s\n", folder, set.assignment->title,
           fs_join(arena, folder, "README.md"), words_typed(arena, try));
    output_finish();
    return EXIT_PASSED;
}
