/*
 * bench_sleep.c - a program that sleeps for 45 seconds in all: 200 schedules of it, beside one plain run, which
 * sleeps meanwhile.
 */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/die.h"
#include "tests/support/bench.h"

enum { ROUNDS = 5 };

extern char **environ;

static double two_hundred_schedules(void *arg)
{
    (void)arg;
    return bench_run(bench_folder(), 0,
                     (const char *const[]){bench_command(), "run", "--quiet", "--schedules", "200",
                                           "--", "./probed", NULL});
}

int main(void)
{
    struct bench_times times;
    struct contender contenders[] = {{two_hundred_schedules, NULL}};
    char name[] = "sleeper", *argv[] = {name, NULL};
    pid_t plain;
    int status;

    bench_compile(bench_text("'%s' cc", bench_command()), "sleeper", "probed");
    bench_compile("gcc", "sleeper", "plain");
    double from = bench_now();
    int error =
        posix_spawn(&plain, bench_text("%s/plain", bench_folder()), NULL, NULL, argv, environ);
    if (error)
        die("the plain run", "%s", strerror(error));
    bench_interleave("200 schedules of a program that sleeps", contenders, 1, ROUNDS, &times);
    bench_progress("waiting for the plain run, which sleeps");
    if (waitpid(plain, &status, 0) != plain || status != 0)
        die("the plain run", "wait status 0x%x", status);
    double slept = (bench_now() - from) / 1e3;
    bench_row(&(struct bench_row){
        "seconds for 200 schedules of a program that sleeps for 45 s", "< 5",
        bench_text("%.2f", bench_time(&times, 0) / 1e3),
        bench_text("one plain run, three processes at once: %.0f, 200 of them: %.0f", slept,
                   200 * slept)});
    return 0;
}
