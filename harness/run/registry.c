/*
 * registry.c - finds assignments and loads their scenarios (see registry.h).
 *
 * An assignment is a shared object: make builds those of the repository, one elsewhere is compiled
 * here, with this compiler and this scenario.h. Its calls (start, expect_exit, ...) are bound to
 * the harness's own functions when it is loaded.
 */
#include "run/registry.h"

#include <ctype.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/die.h"
#include "base/fs.h"

enum { MAX_ASSIGNMENTS = 1000, MAX_COMPILER_SAYS = 64 << 10 };

struct source { /* where an assignment's scenarios come from */
    struct arena *arena;
    const char *root;
    const char *scratch;
    const char *name;   /* the folder's */
    const char *folder; /* absolute */
    const char *file;   /* its scenarios.c */
};

/* ---- the repository -------------------------------------------------------------------------- */

static const char *folder_of_executable(struct arena *arena)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n < 0)
        die_errno("/proc/self/exe");
    path[n] = '\0';
    return fs_parent(arena, path);
}

const char *repository_root(struct arena *arena)
{
    const char *from = folder_of_executable(arena);
    for (const char *at = from; strcmp(at, "/") != 0; at = fs_parent(arena, at))
        if (fs_is_folder(fs_join(arena, at, "assignments")) &&
            fs_is_file(fs_join(arena, at, "harness/run/scenario.h")))
            return at;
    die(from, "no folder above it holds assignments/ and harness/run/scenario.h");
}

const char *const *assignment_names(struct arena *arena, const char *root)
{
    const char *folder = fs_join(arena, root, "assignments");
    cleanup_fd int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int count, kept = 0;
    char **names = fd < 0 ? NULL : fs_entries(arena, fd, MAX_ASSIGNMENTS, &count);
    if (!names)
        die_errno("%s", folder);
    const char **list = arena_array(arena, const char *, count + 1);
    for (int i = 0; i < count; i++) {
        const char *file = fs_join(arena, names[i], "scenarios.c");
        if (fs_is_file(fs_join(arena, folder, file)))
            list[kept++] = names[i];
    }
    return list;
}

static bool is_name(const char *s)
{
    for (const char *c = s; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
            return false;
    return *s != '\0';
}

const char *assignment_recognise(struct arena *arena, const char *folder)
{
    cleanup_fd int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *mark = fd < 0 ? NULL : fs_read(arena, fd, ASSIGNMENT_MARK, 4096, NULL);
    if (!mark)
        return NULL;
    mark[strcspn(mark, "\r\n")] = '\0';
    return is_name(mark) ? mark : NULL;
}

/* ---- which folder ---------------------------------------------------------------------------- */

static const char *names_in_a_row(struct arena *arena, const char *root)
{
    const char *row = "";
    for (const char *const *n = assignment_names(arena, root); *n; n++)
        row = arena_printf(arena, "%s%s%s", row, *row ? ", " : "", *n);
    return row;
}

static struct source find_source(struct arena *arena, const char *root, const char *which,
                                 const char *scratch)
{
    const char *folder = fs_join(arena, fs_join(arena, root, "assignments"), which);
    if (!is_name(which) || !fs_is_folder(folder))
        folder = which;
    if (!fs_is_folder(folder))
        die(which, "no such assignment; there are %s (or name a folder that holds scenarios.c)",
            names_in_a_row(arena, root));
    char *real = realpath(folder, NULL);
    if (!real)
        die_errno("%s", folder);
    folder = arena_strdup(arena, real);
    free(real);
    const char *file = fs_join(arena, folder, "scenarios.c");
    if (!fs_is_file(file))
        die(which, "not an assignment: the folder holds no scenarios.c");
    return (struct source){arena, root, scratch, fs_last_part(arena, folder), folder, file};
}

/* ---- the object ------------------------------------------------------------------------------ */

/* The object that make built for this folder, if it is of today's source: looked for above the
 * executable (build/ipcgrade, build/asan/ipcgrade, build/tests/unit/test_x), so that each build
 * uses its own. */
static const char *ready_object(const struct source *s)
{
    const char *ours = fs_join(s->arena, fs_join(s->arena, s->root, "assignments"), s->name);
    if (strcmp(ours, s->folder) != 0)
        return NULL;
    const char *below = arena_printf(s->arena, "assignments/%s.so", s->name);
    const char *header = fs_join(s->arena, s->root, "harness/run/scenario.h");
    const char *at = folder_of_executable(s->arena);
    for (; strcmp(at, s->root) != 0 && strcmp(at, "/") != 0; at = fs_parent(s->arena, at)) {
        const char *object = fs_join(s->arena, at, below);
        if (fs_newer(object, s->file) && fs_newer(object, header))
            return object;
    }
    return NULL;
}

static _Noreturn void exec_compiler(const char *const *argv, int says)
{
    prctl(PR_SET_PDEATHSIG,
          SIGKILL); /* it must not go on writing to a scratch folder that is being removed */
    dup2(says, STDOUT_FILENO);
    dup2(says, STDERR_FILENO);
    setenv("LC_ALL", "C", 1);
    execvp(argv[0], (char *const *)argv);
    dprintf(says, "%s: error: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* True, or `says` (MAX_COMPILER_SAYS + 1 bytes) holds what the compiler said: in memory, as the disk may be
 * what is full. */
static bool compile(const char *const *argv, char *says)
{
    cleanup_fd int fd = memfd_create("compiler", MFD_CLOEXEC);
    pid_t pid = fd < 0 ? -1 : fork();
    if (pid < 0)
        die_errno("starting the compiler");
    if (pid == 0)
        exec_compiler(argv, fd);
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            die_errno("waiting for the compiler");
    ssize_t n = pread(fd, says, MAX_COMPILER_SAYS, 0);
    says[n > 0 ? n : 0] = '\0';
    return status == 0;
}

/* `ipcgrade: path/scenarios.c:12:5: expected ';' …`: the first error the compiler printed. */
static _Noreturn void die_of_compiler(const struct source *s, char *says)
{
    static const char word[] = "error: ";
    char *error = strstr(says, word), *line = error ? error : says;
    while (line > says && line[-1] != '\n')
        line--;
    line[strcspn(line, "\n")] = '\0';
    if (!error || strncmp(line, s->file, strlen(s->file)) != 0)
        die(s->file, "does not compile: %s", line);
    line[strcspn(line + strlen(s->file), " ") + strlen(s->file) - 1] =
        '\0'; /* ends the place: 12:5 */
    die(line, "%s", error + strlen(word));
}

/* The same as in the Makefile; see peer.c. */
#define PEER_WRAPS                                                             \
    ("-Wl,--wrap=msgrcv,--wrap=msgsnd,--wrap=semop,--wrap=read,--wrap=msgctl," \
     "--wrap=shmctl,--wrap=mq_send,--wrap=mq_receive,--wrap=sem_wait")

static const char *compiled_object(const struct source *s)
{
    const char *object = arena_printf(s->arena, "%s/%s.so", s->scratch, s->name);
    const char *include = arena_printf(s->arena, "-I%s/harness/run", s->root);
    const char *const argv[] = {"gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1",      "-g",
                                "-w",  "-fPIC",      "-shared",       PEER_WRAPS, include,
                                "-o",  object,       s->file,         NULL};
    char *says = arena_alloc(s->arena, MAX_COMPILER_SAYS + 1);
    if (!compile(argv, says))
        die_of_compiler(s, says);
    return object;
}

/* ---- what it says ---------------------------------------------------------------------------- */

static const struct assignment_record *load(const struct source *s, const char *object)
{
    void *loaded = dlopen(object, RTLD_NOW | RTLD_LOCAL);
    if (!loaded) {
        const char *why = dlerror(), *symbol = strstr(why, "undefined symbol: ");
        if (symbol)
            die(s->file, "calls %s, which scenario.h does not declare", strchr(symbol, ':') + 2);
        die(s->file, "%s", why);
    }
    const struct assignment_record *record = dlsym(loaded, "ipcgrade_assignment");
    if (!record)
        die(s->file, "states no ASSIGNMENT(...)");
    if (record->assignment_size != sizeof(struct assignment) ||
        record->scenario_size != sizeof(struct scenario))
        die(s->file, "was compiled with another version of scenario.h; run make");
    return record;
}

static void check_assignment(const struct source *s, const struct assignment *a)
{
    struct shares h = a->shares;
    unsigned sum = h.correctness + h.race_freedom + h.cleanup + h.memory;
    if (!a->title || !*a->title)
        die(s->file, "ASSIGNMENT has no .title");
    if (!a->programs[0])
        die(s->file, "ASSIGNMENT names no .programs");
    for (int i = 0; i < MAX_PROGRAMS && a->programs[i]; i++)
        if (!*a->programs[i] || strchr(a->programs[i], '/'))
            die(s->file, "\"%s\" in .programs is not the name of a file", a->programs[i]);
    if (sum != 0 && sum != 100)
        die(s->file, "the .shares add up to %u, not 100", sum);
}

static void check_scenario(const struct source *s, const struct scenario *one)
{
    if (one->points == 0)
        die(s->file, "scenario %s has no .points", one->name);
    if (!one->title || !*one->title)
        die(s->file, "scenario %s has no .title", one->name);
}

static int by_line(const void *a, const void *b)
{
    return (*(const struct scenario *const *)a)->line - (*(const struct scenario *const *)b)->line;
}

/* The linker's order is not the file's (gcc emits a section's records backwards). */
static const struct scenario **in_order(const struct source *s,
                                        const struct assignment_record *record, int count)
{
    const struct scenario **list = arena_array(s->arena, const struct scenario *, count);
    for (int i = 0; i < count; i++) {
        list[i] = record->first + i;
        check_scenario(s, list[i]);
    }
    qsort(list, (size_t)count, sizeof *list, by_line);
    return list;
}

struct assignment_set assignment_load(struct arena *arena, const char *root, const char *which,
                                      const char *scratch)
{
    struct source s = find_source(arena, root, which, scratch);
    const char *object = ready_object(&s);
    const struct assignment_record *record = load(&s, object ? object : compiled_object(&s));
    int count = (int)(record->end - record->first);
    if (count == 0)
        die(s.file, "holds no SCENARIO(...)");
    check_assignment(&s, record->assignment);
    return (struct assignment_set){.name = s.name,
                                   .folder = s.folder,
                                   .assignment = record->assignment,
                                   .scenarios = in_order(&s, record, count),
                                   .scenario_count = count};
}
