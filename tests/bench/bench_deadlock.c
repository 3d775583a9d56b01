/*
 * bench_deadlock.c - how long after a deadlock has come into being it is known.
 *
 * programs/deadlock.c prints the monotonic clock just before each call that may close the circle; the last one
 * printed is that of the call that did. From there to the moment at which the supervisor sees the end of the
 * world is an upper bound of the first row: the call itself and the way to it are in it. The second row is
 * the whole way to a report: `replay` of one schedule, beside the same of a program that takes its locks in one
 * order and ends. In neither does anybody wait for some time to pass: that is why no row hangs on a limit.
 *
 * The rivals get the same program. tests/cases/boxed.sh ends what has been asleep for four seconds, with status 137.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "tests/support/bench.h"
#include "tests/support/command.h"
#include "tests/support/probe_world.h"

enum { ROUNDS = 25 };

static double last_clock(const char *output)
{
    const char *last = NULL;
    for (const char *at = output; at && *at; at = strchr(at, '\n'), at += at != NULL)
        last = at;
    if (!last)
        die("deadlock.c", "printed no clock");
    return strtod(last, NULL) / 1e6;
}

/* Milliseconds from the deadlock to the end of the world. */
static double to_the_end(void *arg)
{
    struct trial *t = arg;
    static unsigned schedule;
    struct probe_config config = {.seed = 1, .schedule = schedule++, .strategy = PROBE_PORTFOLIO};
    struct world_result result;
    trial_run(t, &config, NULL, 0, &result);
    if (result.end != PROBE_STUCK)
        die("deadlock.c", "ended otherwise: %d", result.end);
    world_forget(&result);
    return trial_ended_at(t) - last_clock(trial_output(t));
}

static double replay(void *arg)
{
    const char *program = arg;
    bool stuck = strcmp(program, "./crosswise") == 0;
    return bench_run(
        bench_folder(), stuck ? 1 : 0,
        (const char *const[]){bench_command(), "replay", "run@0", "--", program, NULL});
}

/* Ends the bench if one of them ends by itself, with a report or without. */
static void rivals_hang(void)
{
    enum { TOOLS = 3 };
    static const char *const tools[TOOLS] = {"setarch -R", "valgrind -q --tool=helgrind",
                                             "valgrind -q --tool=drd"};
    const char *boxed = realpath("tests/cases/boxed.sh", NULL);
    bench_compile("gcc -O1 -DCROSSWISE", "deadlock", "plain");
    bench_compile("gcc -O1 -DCROSSWISE -fsanitize=thread", "deadlock", "tsan");
    for (int i = 0; i < TOOLS; i++) {
        bench_progress("deadlock: %s", tools[i]);
        const char *line = bench_text("exec '%s' -i 20 %s '%s/%s' 2>&1", boxed, tools[i],
                                      bench_folder(), i ? "plain" : "tsan");
        bench_run(NULL, 137, (const char *const[]){"sh", "-c", line, NULL});
    }
}

int main(void)
{
    enum { WORLD, STUCK, ENDS, ALL };
    static char crosswise[] = "./crosswise", ordered[] = "./ordered";
    own_host_ipc();
    bench_compile(bench_text("'%s' cc -DCROSSWISE", bench_command()), "deadlock", crosswise);
    bench_compile(bench_text("'%s' cc", bench_command()), "deadlock", ordered);
    struct trial *t = trial_compile("tests/bench/programs/deadlock.c", "-DCROSSWISE");
    struct contender contenders[ALL] = {
        [WORLD] = {to_the_end, t}, [STUCK] = {replay, crosswise}, [ENDS] = {replay, ordered}};
    struct bench_times times;
    bench_interleave("deadlock", contenders, ALL, ROUNDS, &times);
    trial_close(t);
    rivals_hang();
    double end = bench_time(&times, WORLD), report = bench_difference(&times, STUCK, ENDS);
    bench_row(&(struct bench_row){"ms from the deadlock to its verdict", "< 50, no time limit",
                                  bench_text("%.2f", end),
                                  "TSan, Helgrind, DRD: asleep until ended, after 4000"});
    bench_row(&(struct bench_row){"ms that the report of a deadlock takes longer", "< 50",
                                  bench_text("%.1f", report),
                                  bench_text("a run that ends: %.1f", bench_time(&times, ENDS))});
    return 0;
}
