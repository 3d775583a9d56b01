/*
 * bench_speed.c - schedules a second on one core, and one schedule beside one plain run of the same program.
 *
 * Four processes: forked by one program (`run`), and started one by one by a scenario (`grade`). What a schedule
 * costs is the difference of many schedules and one, so that the box, the build and the start of the command do
 * not count. A plain run is the same program compiled by gcc, started and waited for; of the scenario's, four of
 * them at once. All on the same core.
 */
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "tests/support/bench.h"
#include "tests/support/command.h"
#include "tests/support/probe_world.h"

enum { ROUNDS = 9, SCHEDULES = 151, PLAIN_RUNS = 40 };

extern char **environ;

/* ---- the contenders: milliseconds of one ------------------------------------------------------- */

static double run_schedules(int schedules)
{
    const char *number = bench_text("%d", schedules);
    return bench_run(bench_folder(), 0,
                     (const char *const[]){bench_command(), "run", "--quiet", "--schedules", number,
                                           "--", "./probed", NULL});
}

static double grade_schedules(int schedules)
{
    const char *number = bench_text("%d", schedules);
    const char *submission = bench_text("%s/four", bench_folder());
    return bench_run(NULL, 0,
                     (const char *const[]){bench_command(), "grade", "--quiet", "--schedules",
                                           number, "-a", "tests/bench/four", submission, NULL});
}

struct sample {
    double (*schedules)(int); /* of the schedules' */
    int at_once;              /* of the plain runs' */
    double cpu[ROUNDS];
    int rounds;
};

static double one_schedule(void *arg)
{
    struct sample *sample = arg;
    double before = bench_cpu(), many = sample->schedules(SCHEDULES), between = bench_cpu(),
           one = sample->schedules(1), after = bench_cpu();
    sample->cpu[sample->rounds++] = ((between - before) - (after - between)) / (SCHEDULES - 1);
    return (many - one) / (SCHEDULES - 1);
}

/* `at_once` processes, started and waited for. */
static double one_plain_run(void *arg)
{
    struct sample *sample = arg;
    char program[] = "./plain", one[] = "one";
    char *argv[] = {program, sample->at_once > 1 ? one : NULL, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, bench_folder());
    double cpu = bench_cpu(), from = bench_now();
    for (int i = 0; i < PLAIN_RUNS; i++) {
        for (int k = 0; k < sample->at_once; k++)
            if (posix_spawn(&pid, program, &actions, NULL, argv, environ) != 0)
                die_errno("%s", program);
        for (int k = 0; k < sample->at_once; k++)
            if (wait(&status) < 0 || status != 0)
                die(program, "wait status 0x%x", status);
    }
    double took = bench_now() - from;
    sample->cpu[sample->rounds++] = (bench_cpu() - cpu) / PLAIN_RUNS;
    posix_spawn_file_actions_destroy(&actions);
    return took / PLAIN_RUNS;
}

/* ---- the rows ---------------------------------------------------------------------------------- */

static void measure(const char *what, double (*schedules)(int), int at_once, int points)
{
    struct bench_times times;
    struct sample probed = {.schedules = schedules}, plain = {.at_once = at_once};
    struct contender contenders[] = {{one_schedule, &probed}, {one_plain_run, &plain}};
    bench_interleave(what, contenders, 2, ROUNDS, &times);
    double ms = bench_time(&times, 0), plain_ms = bench_time(&times, 1);
    double cpu = bench_median(probed.cpu, ROUNDS), plain_cpu = bench_median(plain.cpu, ROUNDS);
    bench_row(&(struct bench_row){
        bench_text("schedules a second on one core: four processes %s, %d points", what, points),
        ">= 400", bench_text("%.0f (a CPU second: %.0f)", 1e3 / ms, 1e3 / cpu),
        bench_text("plain runs: %.0f (%.0f)", 1e3 / plain_ms, 1e3 / plain_cpu)});
    bench_row(&(struct bench_row){
        bench_text("one schedule / one plain run, %s", what), "<= 1",
        bench_text("%.1f (CPU time: %.1f)", bench_ratio(&times, 0, 1), cpu / plain_cpu),
        bench_text("%.2f ms / %.2f ms", ms, plain_ms)});
}

/* Without a driver's, of as many processes side by side. */
static int points_of(unsigned at_once)
{
    struct trial *t = trial_compile("tests/bench/programs/four.c", at_once > 1 ? "" : "-DFORKS=1");
    struct probe_config config = {.seed = 1, .strategy = PROBE_RUN_TO_BLOCK};
    struct world_result result;
    trial_instances(t, at_once);
    trial_run(t, &config, NULL, 0, &result);
    int points = (int)result.steps;
    world_forget(&result);
    trial_close(t);
    return points;
}

static void prepare(void)
{
    const char *submission = bench_text("%s/four", bench_folder());
    bench_compile(bench_text("'%s' cc", bench_command()), "four", "probed");
    bench_compile("gcc -O1", "four", "plain");
    bench_run(NULL, 0, (const char *const[]){"mkdir", submission, NULL});
    bench_run(NULL, 0,
              (const char *const[]){"cp", "tests/bench/programs/four.c", submission, NULL});
}

int main(void)
{
    own_host_ipc();
    bench_stay_on_one_core();
    prepare();
    measure("forked by one program", run_schedules, 1, points_of(1));
    measure("started by a scenario", grade_schedules, 4, points_of(4));
    return 0;
}
