/*
 * bench_grade.c - what grading the reference of bounded_buffer costs (build, every scenario), next to its
 * mere building by make and gcc without a box, interleaved.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"

enum { ROUNDS = 5 };

extern char **environ;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Runs a line of shell, in seconds; what it says is thrown away. */
static double seconds_of(const char *line)
{
    char *argv[] = {"sh", "-c", (char *)line, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    double from = now();
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) < 0)
        die_errno("sh");
    double took = now() - from;
    posix_spawn_file_actions_destroy(&actions);
    if (status != 0)
        die("bench", "this failed: %s", line);
    return took;
}

static int ascending(const void *a, const void *b)
{
    double d = *(const double *)a - *(const double *)b;
    return d < 0 ? -1 : d > 0;
}

static double median(double *times)
{
    qsort(times, ROUNDS, sizeof *times, ascending);
    return times[ROUNDS / 2];
}

int main(void)
{
    static const char grade[] =
        "\"${BUILD:-build}/ipcgrade\" grade --quiet -a bounded_buffer reference/bounded_buffer";
    static const char make[] =
        "t=$(mktemp -d) && trap 'rm -rf \"$t\"' EXIT && cp reference/bounded_buffer/* "
        "assignments/bounded_buffer/starter/Makefile \"$t\" && env -u MAKEFLAGS make -s -C \"$t\"";
    double graded[ROUNDS], made[ROUNDS];

    for (int round = 0; round < ROUNDS; round++) {
        graded[round] = seconds_of(grade);
        made[round] = seconds_of(make);
    }
    double whole = median(graded), build = median(made);
    printf(
        "bench grade of bounded_buffer's reference: %.2f s, make of the same: %.2f s, ratio %.2f\n",
        whole, build, whole / build);
    return 0;
}
