/*
 * bench_same.c - the same seed gives the same run: each of many seeds twice, every point compared; and by the
 * whole command: `replay` of many schedules, twice, every byte of what it prints.
 *
 * FULL=1: 10,000 seeds, otherwise 1,000, shared among programs of several families.
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/bench.h"
#include "tests/support/command.h"
#include "tests/support/probe_same.h"
#include "tests/support/probe_world.h"

static const struct {
    const char *source, *flags;
} programs[] = {
    {"tests/probe/bounded_buffer.c", ""},
    {"tests/probe/bounded_buffer.c", "-DRACY"},
    {"tests/probe/bounded_buffer.c", "-DINVERTED"},
    {"tests/probe/pipes.c", ""},
    {"tests/cases/sysv_msg/reply_type_wrong.c", ""},
    {"tests/cases/posix_mq/handoff_right.c", ""},
    {"tests/cases/signal/ping_pong_right.c", ""},
    {"tests/cases/thread/cond_if_wrong.c", ""},
    {"tests/cases/socket/merged_wrong.c", ""},
    {"tests/bench/programs/four.c", "-DFORKS=1"},
};
enum { PROGRAMS = sizeof programs / sizeof *programs, REPLAYS = 100 };

struct count {
    unsigned long long points;
    int seeds, different;
};

static void run_twice(struct trial *t, int seed, const char *source, struct count *count)
{
    struct probe_config config = {
        .seed = (uint64_t)seed, .schedule = (uint32_t)seed % 7, .strategy = PROBE_PORTFOLIO};
    struct world_result a, b;
    trial_run(t, &config, NULL, 0, &a);
    trial_run(t, &config, NULL, 0, &b);
    const char *difference = worlds_differ(&a, &b);
    if (difference)
        printf("  %s, seed %d: %s\n", source, seed, difference);
    count->seeds++;
    count->different += difference != NULL;
    count->points += a.steps;
    world_forget(&a);
    world_forget(&b);
}

static void all_seeds(int seeds)
{
    struct count count = {0};
    for (int i = 0; i < PROGRAMS; i++) {
        struct trial *t = trial_compile(programs[i].source, programs[i].flags);
        for (int k = 1; k <= seeds / PROGRAMS; k++) {
            bench_progress("determinism: %s, seed %d of %d", programs[i].source, k,
                           seeds / PROGRAMS);
            run_twice(t, k, programs[i].source, &count);
        }
        trial_close(t);
    }
    bench_row(&(struct bench_row){
        bench_text("seeds of %d, run twice, that gave different points", count.seeds), "0",
        bench_text("%d (of %llu points in %d programs)", count.different, count.points, PROGRAMS),
        "-"});
}

static struct answer replay(int schedule)
{
    const char *token = bench_text("run@%d", schedule);
    return ask_as((struct manner){.folder = bench_folder()},
                  (const char *const[]){"replay", token, "--", "./four", NULL});
}

static void all_replays(int replays)
{
    size_t bytes = 0;
    int different = 0;
    bench_compile(bench_text("'%s' cc", bench_command()), "four", "four");
    for (int i = 0; i < replays; i++) {
        bench_progress("determinism: replay %d of %d", i + 1, replays);
        struct answer one = replay(i), other = replay(i);
        bool same = one.status == 0 && other.status == 0 && one.out_length == other.out_length &&
                    memcmp(one.out, other.out, one.out_length) == 0;
        if (!same)
            printf("  run@%d differs\n", i);
        different += !same;
        bytes += one.out_length;
        answer_free(&one);
        answer_free(&other);
    }
    bench_row(&(struct bench_row){
        bench_text("replays of %d schedules, twice, that printed something else", replays), "0",
        bench_text("%d (of %zu bytes)", different, bytes), "-"});
}

int main(void)
{
    int seeds = bench_full() ? 10000 : 1000;
    own_host_ipc();
    bench_stay_on_one_core();
    all_seeds(seeds);
    all_replays(REPLAYS);
    return 0;
}
