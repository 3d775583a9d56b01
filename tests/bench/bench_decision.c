/*
 * bench_decision.c - what one decision costs: the time of a point beyond that of the call itself.
 *
 * A program with many points beside the same with few, under the probe and by itself, all on one core. What the
 * many took longer, divided by how many points more they were, is a point; a native call's time, measured in the
 * same way, is taken off. Schedules 1, 2, 3, … of the portfolio, so that all strategies have their share, and
 * hand-overs from process to process are in it as often as they happen.
 */
#include <stdio.h>

#include "tests/support/bench.h"
#include "tests/support/command.h"
#include "tests/support/probe_world.h"

enum { ROUNDS = 25, FEW = 10, MANY = 510, POINTS_A_ROUND = 2 };

struct probed {
    struct trial *many, *few;
    unsigned schedule;
    double cpu[ROUNDS]; /* a point's, of each round */
};

struct cost {
    double time, cpu, points;
};

struct native {
    const char *kind, *processes;
    int round;
    double cpu[ROUNDS];
};

static struct cost schedule_cost(struct trial *t, unsigned schedule)
{
    struct probe_config config = {
        .seed = 1, .schedule = schedule, .strategy = PROBE_PORTFOLIO, .expected_steps = 1000};
    struct world_result result;
    double cpu = bench_cpu(), from = bench_now();
    trial_run(t, &config, NULL, 0, &result);
    struct cost cost = {bench_now() - from, bench_cpu() - cpu, result.steps};
    world_forget(&result);
    return cost;
}

/* Microseconds a point. */
static double one_point(void *arg)
{
    struct probed *p = arg;
    struct cost many = schedule_cost(p->many, p->schedule),
                few = schedule_cost(p->few, p->schedule);
    double points = many.points - few.points;
    p->cpu[p->schedule++ % ROUNDS] = (many.cpu - few.cpu) * 1e3 / points;
    return (many.time - few.time) * 1e3 / points;
}

static struct cost native_cost(const struct native *n, int rounds)
{
    double cpu = bench_cpu();
    double time = bench_run(
        bench_folder(), 0,
        (const char *const[]){"./native", n->kind, n->processes, bench_text("%d", rounds), NULL});
    return (struct cost){time, bench_cpu() - cpu,
                         (double)rounds * POINTS_A_ROUND * (n->processes[0] - '0')};
}

/* Microseconds. */
static double one_native_call(void *arg)
{
    enum { MORE = 20000 }; /* a call is short */
    struct native *n = arg;
    struct cost many = native_cost(n, MORE), few = native_cost(n, FEW);
    double points = many.points - few.points;
    n->cpu[n->round++ % ROUNDS] = (many.cpu - few.cpu) * 1e3 / points;
    return (many.time - few.time) * 1e3 / points;
}

static struct trial *compile(const char *kind, const char *processes, int rounds)
{
    return trial_compile(
        "tests/bench/programs/points.c",
        bench_text("-DKIND='\"%s\"' -DPROCESSES=%s -DROUNDS=%d", kind, processes, rounds));
}

static void measure(const char *what, const char *kind, const char *processes)
{
    struct bench_times times;
    struct native native = {kind, processes, 0, {0}};
    struct probed probed = {compile(kind, processes, MANY), compile(kind, processes, FEW), 0, {0}};
    struct contender contenders[] = {{one_point, &probed}, {one_native_call, &native}};
    bench_interleave(what, contenders, 2, ROUNDS, &times);
    double cpu = bench_median(probed.cpu, ROUNDS), native_cpu = bench_median(native.cpu, ROUNDS);
    trial_close(probed.many);
    trial_close(probed.few);
    bench_row(&(struct bench_row){
        bench_text("microseconds a decision, %s", what), "<= 5",
        bench_text("%.1f (CPU time: %.1f)", bench_difference(&times, 0, 1), cpu - native_cpu),
        bench_text("the call itself: %.2f (%.2f)", bench_time(&times, 1), native_cpu)});
}

int main(void)
{
    own_host_ipc();
    bench_stay_on_one_core();
    bench_compile("gcc -O1", "points", "native");
    measure("one process, semop", "call", "1");
    measure("four processes, semop", "call", "4");
    measure("four processes, shared memory", "access", "4");
    return 0;
}
