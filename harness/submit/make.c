/*
 * make.c - the guest of a build's box: copies the sources in, runs make, copies the programs out.
 *
 * PID 1 of the box, trusted. make and all that it starts are not: `#include "/dev/zero"`, a
 * Makefile that sleeps, a compiler that is led to print for ever. So their output is kept up to a
 * cap, and what they use all together is looked at ten times a second, in CPU time and in time
 * asleep, never in time on the wall.
 */
#include "submit/make.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/die.h"
#include "base/fs.h"
#include "run/observe.h"
#include "run/registry.h"
#include "submit/submission.h"

enum { TICK_MS = 100, FLOOD_FACTOR = 16, MAX_ENVIRONMENT = 32 };
static const off_t largest_program = (off_t)32 << 20;

/* All files get this time, so that make finds nothing up to date, and every build finds the same.
 */
static const struct timespec file_times[2] = {{.tv_sec = 1577836800}, {.tv_sec = 1577836800}};

/* ---- copying in ------------------------------------------------------------------------------ */

static const char *const makefiles[] = {"GNUmakefile", "makefile", "Makefile", NULL};

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Files that would stand in the way of what is built here: a program's own name (make would take it
 * for up to date), and Makefiles where the assignment's is used. */
static bool in_the_way(const struct make_job *job, const char *name)
{
    return is_one_of(name, job->programs) || strcmp(name, ASSIGNMENT_MARK) == 0 ||
           (!job->own_makefile && is_one_of(name, makefiles));
}

/* To the owner of the work folder, who is the student under whatever id. */
static void give_to_student(int fd, int work)
{
    struct stat st;
    if (fstat(work, &st) != 0 || fchown(fd, st.st_uid, st.st_gid) != 0)
        die_errno("copying sources into the sandbox");
}

static void copy_file_in(int from, int to, const char *name, int work)
{
    struct stat st;
    cleanup_fd int in = fs_open_regular(from, name, &st);
    cleanup_fd int out = openat(to, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (in < 0 || out < 0 || fs_copy(in, out, SUBMISSION_BYTES) < 0)
        die_errno("copying sources into the sandbox");
    give_to_student(out, work);
    futimens(out, file_times);
}

static void copy_folder_in(struct make_job *job, int from, int to, int work)
{
    int count;
    char **names = fs_entries(job->arena, from, SUBMISSION_FILES, &count);
    if (!names)
        die_errno("copying sources into the sandbox");
    for (int i = 0; i < count; i++) {
        struct stat st;
        if (to == work && in_the_way(job, names[i]))
            continue;
        if (fstatat(from, names[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode)) {
            copy_file_in(from, to, names[i], work);
            continue;
        }
        mkdirat(to, names[i], 0755);
        cleanup_fd int below = openat(from, names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cleanup_fd int into = openat(to, names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (below < 0 || into < 0)
            die_errno("copying sources into the sandbox");
        give_to_student(into, work);
        copy_folder_in(job, below, into, work);
    }
}

static void copy_in(struct make_job *job, int work)
{
    copy_folder_in(job, job->staged, work, work);
    bool has_own = job->own_makefile;
    for (int i = 0; has_own && makefiles[i]; i++)
        if (faccessat(work, makefiles[i], F_OK, 0) == 0)
            return;
    copy_file_in(job->starter, work, "Makefile", work);
}

/* ---- make ------------------------------------------------------------------------------------ */

static pid_t start_make(struct make_job *job, int out)
{
    static const char *const argv[] = {"make", NULL};
    const char *env[MAX_ENVIRONMENT] = {NULL};
    int n = 0;
    for (; n < MAX_ENVIRONMENT - 2 && box_environment[n]; n++)
        env[n] = box_environment[n];
    env[n] = "LC_ALL=C"; /* diagnose.c reads English */
    cleanup_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct box_command command = {
        .argv = argv, .env = env, .in = null, .out = out, .err = out, .session = true};
    struct box_child child;
    if (!box_spawn(job->spec, &command, &child))
        die_errno("starting make");
    return child.pid;
}

/* Takes what is there. False: nobody holds the other end any more. */
static bool take_output(struct make_job *job, int from)
{
    char buffer[16384];
    ssize_t n;
    size_t room = (size_t)job->spec->limits.output_kb << 10;
    while ((n = read(from, buffer, sizeof buffer)) > 0) {
        size_t keep = room - job->log_length < (size_t)n ? room - job->log_length : (size_t)n;
        memcpy(job->log + job->log_length, buffer, keep);
        job->log_length += keep;
        job->log_printed += (size_t)n;
        if (job->log_printed > FLOOD_FACTOR * room)
            break;
    }
    return n != 0;
}

struct usage { /* of the box as a whole */
    uint64_t cpu_ms, rss_kb, slept_ms;
    struct timespec looked;
};

static uint64_t ms_since(struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms = (now.tv_sec - then->tv_sec) * 1000 + (now.tv_nsec - then->tv_nsec) / 1000000;
    *then = now;
    return ms > 0 ? (uint64_t)ms : 0;
}

static void look(struct usage *usage, struct snapshot *snapshot)
{
    struct rusage reaped;
    getrusage(RUSAGE_CHILDREN, &reaped);
    usage->cpu_ms = (uint64_t)(reaped.ru_utime.tv_sec + reaped.ru_stime.tv_sec) * 1000;
    usage->rss_kb = 0;
    snapshot_take(snapshot);
    bool asleep = snapshot->count > 0;
    for (int i = 0; i < snapshot->count; i++) {
        usage->cpu_ms += snapshot->tasks[i].cpu_ms;
        usage->rss_kb += snapshot->tasks[i].rss_kb;
        asleep = asleep && snapshot->tasks[i].activity != TASK_RUNS;
    }
    uint64_t passed = ms_since(&usage->looked);
    if (asleep)
        usage->slept_ms += passed;
}

/* Why the build must not go on; NULL: it may. */
static const char *beyond_limits(struct make_job *job, const struct usage *usage)
{
    const struct limits *l = &job->spec->limits;
    if (usage->cpu_ms > 1000ull * l->cpu_seconds)
        return arena_printf(job->arena, "used more than %u s of CPU time", l->cpu_seconds);
    if (usage->slept_ms > 1000ull * l->sleep_seconds)
        return arena_printf(job->arena, "slept for more than %u s", l->sleep_seconds);
    /* A single process meets its own limit first, and always at the same point. */
    if (usage->rss_kb > 2 * 1024ull * l->memory_mb)
        return arena_printf(job->arena, "used more than %u MB of memory", 2 * l->memory_mb);
    if (job->log_printed > (size_t)FLOOD_FACTOR * l->output_kb << 10)
        return arena_printf(job->arena, "printed more than %u KB", FLOOD_FACTOR * l->output_kb);
    return NULL;
}

/* Reaps whoever has ended; true once make has. */
static bool make_ended(struct make_job *job, pid_t make)
{
    int status;
    pid_t pid;
    bool ended = false;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == make) {
            job->status = status;
            ended = true;
        }
    return ended;
}

/* Until make has ended. A process that it left behind may hold the pipe open: nobody waits for
 * that. */
static void watch(struct make_job *job, pid_t make, int output)
{
    struct snapshot *snapshot = arena_alloc(job->arena, sizeof *snapshot);
    struct usage usage = {0};
    ms_since(&usage.looked);
    struct pollfd pipe_end = {.fd = output, .events = POLLIN};
    struct timespec next = usage.looked;
    uint64_t since = 0;
    while (!make_ended(job, make)) {
        bool open = pipe_end.fd >= 0;
        poll(&pipe_end, 1, open ? TICK_MS : 5);
        if (open && !take_output(job, output))
            pipe_end.fd = -1;
        since += ms_since(&next);
        if (since < TICK_MS)
            continue;
        since = 0;
        look(&usage, snapshot);
        job->stopped = beyond_limits(job, &usage);
        if (job->stopped)
            return;
    }
}

static void run_make(struct make_job *job)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        die_errno("a pipe for make");
    pid_t make = start_make(job, ends[1]);
    close(ends[1]);
    watch(job, make, ends[0]);
    box_kill_rest(NULL, NULL);
    take_output(job, ends[0]);
    close(ends[0]);
    for (size_t i = 0; i < job->log_length; i++) /* it is a string from here on */
        if (job->log[i] == '\0')
            job->log[i] = '?';
}

/* ---- copying out ----------------------------------------------------------------------------- */

static const char *copy_program(const struct make_job *job, int work, const char *name)
{
    struct stat st;
    cleanup_fd int from = fs_open_regular(work, name, &st);
    if (from < 0)
        return errno == ENOENT ? "no such file" : "not a regular file";
    if (!(st.st_mode & S_IXUSR))
        return "not executable";
    if (st.st_size > largest_program)
        return "too large";
    cleanup_fd int to = openat(job->out, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (to < 0 || fs_copy(from, to, largest_program) < 0)
        die_errno("keeping program %s", name);
    return NULL;
}

static void copy_out(struct make_job *job, int work)
{
    for (const char *const *p = job->programs; *p; p++) {
        const char *why = copy_program(job, work, *p);
        if (why) {
            job->missing = *p;
            job->why_missing = why;
            return;
        }
    }
}

static void provide_probe(const struct make_job *job)
{
    cleanup_fd int to = open(BOX_PROBE "/libtsan.so", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (to < 0 || fs_copy(job->probe, to, largest_program) < 0)
        die_errno("copying the probe into the sandbox");
}

int make_in_box(void *arg)
{
    struct make_job *job = arg;
    cleanup_fd int work = open(BOX_WORK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (work < 0)
        die_errno(BOX_WORK);
    copy_in(job, work);
    if (job->probe >= 0)
        provide_probe(job);
    run_make(job);
    if (!job->stopped && job->status == 0)
        copy_out(job, work);
    return 0;
}
