/* build.c - compiles a staged submission inside a box, and says what came of it (see build.h). */
#include "submit/build.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

#include "base/die.h"
#include "base/fs.h"
#include "box/box.h"
#include "run/registry.h"
#include "submit/diagnose.h"
#include "submit/lens_flags.h"
#include "submit/make.h"

/* The probe is found where the box keeps it. Of warnings the plain lens has told. */
static const char *first_flags(struct arena *arena, enum lens lens)
{
    if (lens != LENS_SCHEDULES)
        return lens_flags[lens].first;
    return arena_printf(arena, "%s -L" BOX_PROBE, lens_flags[lens].first);
}

static const char *last_flags(struct arena *arena, enum lens lens)
{
    if (lens != LENS_SCHEDULES)
        return lens_flags[lens].last;
    return arena_printf(arena, "%s -w", lens_flags[lens].last);
}

/* Enough for a C++ source with the larger headers; a student's programs are small. */
static const struct limits build_limits = {
    .cpu_seconds = 60,
    .sleep_seconds = 20,
    .memory_mb = 768,
    .processes = 64,
    .open_files = 256,
    .file_mb = 64,
    .output_kb = 256,
};

/* ---- the box --------------------------------------------------------------------------------- */

static int open_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        die_errno("%s", path);
    return fd;
}

/* Anybody may write to it who gets there; nobody but us can, as the scratch folder around it is
 * private. The guest has another uid, and comes by a descriptor. */
static const char *make_out_folder(struct arena *arena, const char *scratch)
{
    char *path = fs_join(arena, scratch, "build.XXXXXX");
    if (!mkdtemp(path) || chmod(path, 0777) != 0)
        die_errno("%s", path);
    return path;
}

static const char *run_in_box(struct make_job *job, struct box_spec *spec)
{
    int keep[] = {job->staged, job->starter, job->out, job->probe, -1};
    spec->keep = keep;
    job->spec = spec;
    struct box box = box_start(spec, make_in_box, job, job->fault, sizeof job->fault);
    int status = box_wait(&box, true);
    if (*job->fault)
        return job->fault;
    if (WIFSIGNALED(status))
        return arena_printf(job->arena, "the sandbox of the build was killed: %s",
                            strsignal(WTERMSIG(status)));
    return status == 0 ? NULL : "the sandbox of the build failed without saying why";
}

/* ---- what came of it ------------------------------------------------------------------------- */

static const char *sentence_of_errors(struct arena *arena, const struct diagnosis *diagnosis)
{
    const struct diagnostic *first = diagnosis_first_error(diagnosis);
    if (!first)
        return "`make` failed without saying why";
    if (!first->file && strstr(first->message, "out of memory"))
        return arena_printf(
            arena,
            "the compiler needs more than the %u MB of memory that a build may use; "
            "is something endless included?",
            build_limits.memory_mb);
    const char *where = !first->file  ? ""
                        : first->line ? arena_printf(arena, "%s:%d: ", first->file, first->line)
                                      : arena_printf(arena, "%s: ", first->file);
    if (diagnosis->errors == 1)
        return arena_printf(arena, "`make` failed: %s%s", where, first->message);
    return arena_printf(arena, "`make` failed with %d errors, the first: %s%s", diagnosis->errors,
                        where, first->message);
}

/* One sentence for the student; NULL: the programs are there. */
static const char *failure_of(struct arena *arena, const struct make_job *job,
                              const struct diagnosis *diagnosis)
{
    if (job->stopped)
        return arena_printf(arena, "the build %s and was ended", job->stopped);
    if (WIFSIGNALED(job->status))
        return arena_printf(arena, "`make` was ended by a signal: %s",
                            strsignal(WTERMSIG(job->status)));
    if (job->status != 0)
        return sentence_of_errors(arena, diagnosis);
    if (job->missing && strcmp(job->why_missing, "no such file") == 0)
        return arena_printf(arena, "`make` made no program `%s`", job->missing);
    if (job->missing)
        return arena_printf(arena, "the program `%s` that `make` made is %s", job->missing,
                            job->why_missing);
    return NULL;
}

/* ---- data files: what the programs may want to read ------------------------------------------ */

static bool is_data(const char *path, const char *const *programs)
{
    static const char *const no_data[] = {".c",  ".h",   ".cc", ".cpp", ".cxx", ".c++",
                                          ".hh", ".hpp", ".s",  ".md",  ".mk",  NULL};
    static const char *const nor_named[] = {"Makefile", "makefile", "GNUmakefile", ASSIGNMENT_MARK,
                                            NULL};
    const char *dot = strrchr(path, '.');
    for (const char *const *e = no_data; dot && *e; e++)
        if (strcasecmp(dot, *e) == 0)
            return false;
    for (const char *const *n = nor_named; *n; n++)
        if (strcmp(path, *n) == 0)
            return false;
    for (; *programs; programs++)
        if (strcmp(path, *programs) == 0)
            return false;
    return true;
}

static void make_parents(struct arena *arena, int folder, const char *path)
{
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        const char *parent = arena_bytes(arena, path, (size_t)(slash - path));
        if (mkdirat(folder, parent, 0755) != 0 && errno != EEXIST)
            die_errno("%s", parent);
    }
}

static void copy_data(struct arena *arena, const struct submission *submission,
                      const struct make_job *job)
{
    for (int i = 0; i < submission->file_count; i++) {
        struct stat st;
        const char *path = submission->files[i].path;
        if (!is_data(path, job->programs))
            continue;
        make_parents(arena, job->out, path);
        cleanup_fd int from = fs_open_regular(job->staged, path, &st);
        cleanup_fd int to = openat(job->out, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (from < 0 || to < 0 || fs_copy(from, to, submission->files[i].size) < 0)
            die_errno("%s", path);
    }
}

int probe_open(const struct options *options)
{
    char path[4096];
    (void)options;
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    if (n < 0 || n == sizeof path)
        die_errno("/proc/self/exe");
    while (n > 0 && path[n - 1] != '/')
        n--;
    snprintf(path + n, sizeof path - (size_t)n, "libipcprobe.so");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        die("the probe", "%s: %s; `make` builds it", path, strerror(errno));
    return fd;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* NULL-terminated, whatever the assignment's array is. */
static const char *const *programs_of(struct arena *arena, const struct assignment *assignment)
{
    const char **list = arena_array(arena, const char *, MAX_PROGRAMS + 1);
    for (int i = 0; i < MAX_PROGRAMS && assignment->programs[i]; i++)
        list[i] = assignment->programs[i];
    return list;
}

static struct make_job *new_job(struct arena *arena, const struct assignment *assignment)
{
    struct make_job *job = arena_alloc(arena, sizeof *job);
    job->arena = arena;
    job->programs = programs_of(arena, assignment);
    job->own_makefile = assignment->own_makefile;
    job->log = arena_alloc(arena, ((size_t)build_limits.output_kb << 10) + 1);
    return job;
}

struct built build(struct arena *arena, const struct options *options,
                   const struct assignment_set *set, const struct submission *submission,
                   enum lens lens, const char *scratch)
{
    struct built built = {
        .folder = make_out_folder(arena, scratch), .sources = submission->staged, .log = ""};
    struct make_job *job = new_job(arena, set->assignment);
    cleanup_fd int staged = job->staged = open_folder(submission->staged);
    cleanup_fd int starter = job->starter = open_folder(fs_join(arena, set->folder, "starter"));
    cleanup_fd int probe = job->probe = lens == LENS_SCHEDULES ? probe_open(options) : -1;
    cleanup_fd int out = job->out = open_folder(built.folder);
    struct box_spec spec = {.kind = BOX_BUILD,
                            .limits = limits_complete(build_limits, limits_default),
                            .hide = options->root,
                            .wrapper_flags = first_flags(arena, lens),
                            .probe = lens == LENS_SCHEDULES,
                            .wrapper_last = last_flags(arena, lens)};
    if (!spec.wrapper_flags) {
        built.fault = "this lens has no build yet";
        return built;
    }
    built.fault = run_in_box(job, &spec);
    if (built.fault)
        return built;

    struct diagnosis diagnosis = diagnose(arena, job->log, BOX_WORK);
    built.log = job->log;
    built.diagnostics = diagnosis.list;
    built.diagnostic_count = diagnosis.count;
    built.failure = failure_of(arena, job, &diagnosis);
    built.ok = !built.failure;
    if (built.ok)
        copy_data(arena, submission, job);
    return built;
}
