/* bench.c - see bench.h. */
#include "tests/support/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "base/fs.h"
#include "tests/support/command.h"

extern char **environ;

bool bench_full(void)
{
    const char *full = getenv("FULL");
    return full && *full && strcmp(full, "0") != 0;
}

void bench_stay_on_one_core(void)
{
    cpu_set_t here;
    int core = sched_getcpu();
    CPU_ZERO(&here);
    CPU_SET((unsigned)(core < 0 ? 0 : core), &here);
    if (sched_setaffinity(0, sizeof here, &here) != 0)
        die_errno("one core");
}

/* ---- times ------------------------------------------------------------------------------------- */

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time)
{
    return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

double bench_cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

static int ascending(const void *a, const void *b)
{
    double d = *(const double *)a - *(const double *)b;
    return d < 0 ? -1 : d > 0;
}

double bench_median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

void bench_interleave(const char *what, const struct contender *contenders, int count, int rounds,
                      struct bench_times *times)
{
    times->contenders = count;
    times->rounds = rounds;
    for (int round = 0; round < rounds; round++) {
        bench_progress("%s: round %d of %d", what, round + 1, rounds);
        for (int i = 0; i < count; i++) {
            int which = (round + i) % count;
            times->time[which][round] = contenders[which].once(contenders[which].arg);
        }
    }
}

double bench_time(const struct bench_times *times, int contender)
{
    double sorted[BENCH_ROUNDS];
    memcpy(sorted, times->time[contender], sizeof sorted);
    return bench_median(sorted, times->rounds);
}

double bench_ratio(const struct bench_times *times, int contender, int than)
{
    double ratio[BENCH_ROUNDS] = {0};
    for (int i = 0; i < times->rounds; i++)
        ratio[i] = times->time[contender][i] / times->time[than][i];
    return bench_median(ratio, times->rounds);
}

double bench_difference(const struct bench_times *times, int more, int less)
{
    double difference[BENCH_ROUNDS] = {0};
    for (int i = 0; i < times->rounds; i++)
        difference[i] = times->time[more][i] - times->time[less][i];
    return bench_median(difference, times->rounds);
}

/* ---- commands ---------------------------------------------------------------------------------- */

const char *bench_folder(void)
{
    static const char *folder;
    if (!folder)
        folder = scratch_folder();
    return folder;
}

const char *bench_command(void)
{
    static char path[PATH_MAX];
    const char *build = getenv("BUILD");
    if (!path[0] && !realpath(bench_text("%s/ipcgrade", build ? build : "build"), path))
        die_errno("the command (benches run in the repository's folder)");
    return path;
}

double bench_run(const char *folder, int status, const char *const argv[])
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int ended, error;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (folder)
        posix_spawn_file_actions_addchdir_np(&actions, folder);
    double from = bench_now();
    error = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
    if (error)
        die(argv[0], "%s", strerror(error));
    if (waitpid(pid, &ended, 0) != pid)
        die_errno("%s", argv[0]);
    double took = bench_now() - from;
    posix_spawn_file_actions_destroy(&actions);
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != status)
        die(argv[0], "ended with wait status 0x%x, not with exit status %d", ended, status);
    return took;
}

void bench_compile(const char *compiler, const char *name, const char *output)
{
    const char *line = bench_text("%s -g -pthread -o '%s/%s' 'tests/bench/programs/%s.c'", compiler,
                                  bench_folder(), output, name);
    bench_run(NULL, 0, (const char *const[]){"sh", "-c", line, NULL});
}

/* ---- what is shown ----------------------------------------------------------------------------- */

static bool line_shown;

void bench_progress(const char *format, ...)
{
    va_list args;
    if (!isatty(STDERR_FILENO))
        return;
    fputs("\r\033[K", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fflush(stderr);
    line_shown = true;
}

const char *bench_text(const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        die_errno("a text");
    va_end(args);
    return text;
}

void bench_row(const struct bench_row *row)
{
    const char *path = getenv("BENCH_ROWS");
    if (line_shown)
        fputs("\r\033[K", stderr);
    printf("%s: %s (asked: %s; beside it: %s)\n", row->figure, row->measured, row->asked,
           row->rival);
    fflush(stdout);
    if (!path)
        return;
    cleanup_file FILE *rows = fopen(path, "ae");
    if (!rows ||
        fprintf(rows, "%s\t%s\t%s\t%s\n", row->figure, row->asked, row->measured, row->rival) < 0)
        die_errno("%s", path);
}
