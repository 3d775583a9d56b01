/*
 * bench.h - what the benches share: contenders that take turns, commands that are timed, and rows of the table
 * that `make bench` prints.
 *
 * Times are milliseconds. None means anything but beside another of the same run: the contenders of a round
 * follow each other closely, in an order that changes from round to round, and what is reported of many rounds
 * is a median. A ratio is the median of the rounds' ratios, since a machine that is busy for a while slows
 * a whole round down.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stdbool.h>

/* FULL=1: everything that was asked for, however long it takes; else a part that shows the same. */
bool bench_full(void);

/* From here on, this process and all that it starts share the core that it happens to run on. */
void bench_stay_on_one_core(void);

double bench_now(void);
/* What all processes that have ended and been waited for have used of the CPU: less noisy, but blind for waits. */
double bench_cpu(void);
double bench_median(double *values, int count); /* sorts them */

enum { BENCH_CONTENDERS = 6, BENCH_ROUNDS = 99 };

struct contender {
    double (*once)(void *arg); /* does it once, and says how long that took */
    void *arg;
};

struct bench_times {
    int contenders, rounds;
    double time[BENCH_CONTENDERS][BENCH_ROUNDS];
};

/* Plays `rounds` rounds; `what` is shown as progress. Nothing is freed or printed. */
void bench_interleave(const char *what, const struct contender *contenders, int count, int rounds,
                      struct bench_times *times);
double bench_time(const struct bench_times *times, int contender);
/* How many times as long as `than` took `contender`? */
double bench_ratio(const struct bench_times *times, int contender, int than);
/* What `more` took beyond `less`. */
double bench_difference(const struct bench_times *times, int more, int less);

/* A folder for programs, removed with all it holds at exit. */
const char *bench_folder(void);
/* Runs a program, its output thrown away, in `folder` (NULL: here). Ends the bench if it exits with other
 * than `status`. */
double bench_run(const char *folder, int status, const char *const argv[]);
/* The command, build/ipcgrade, as an absolute path. */
const char *bench_command(void);
/* Compiles tests/bench/programs/NAME.c to FOLDER/OUTPUT with this compiler and flags. */
void bench_compile(const char *compiler, const char *name, const char *output);

/* On a terminal, one line that the next replaces. */
void bench_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One row of the table. What does not apply is "-". */
struct bench_row {
    const char *figure, *asked, *measured, *rival;
};
void bench_row(const struct bench_row *row);
/* For a row: lives until the bench ends. */
const char *bench_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
