/*
 * bench_private.c - how much slower code gets that shares nothing, beside gcc's ThreadSanitizer.
 *
 * The same source and flags, -O1 as the assignments' own Makefiles have it: by gcc; by `ipcgrade cc`, under
 * `ipcgrade run`; by gcc -fsanitize=thread. All on one core. A round of work is what many rounds take beyond few,
 * divided, so that starting the program, a box or a sanitizer does not count; each does as many as give a time
 * that can be measured.
 */
#include <stdio.h>
#include <sys/personality.h>

#include "base/die.h"
#include "tests/support/bench.h"

enum { ROUNDS = 9, FEW = 1 };

static const char *threads;

struct program {
    const char *name;
    bool probed;
    int many; /* rounds */
};

static double run(const struct program *p, int rounds)
{
    const char *number = bench_text("%d", rounds);
    const char *const plain[] = {p->name, threads, number, NULL};
    const char *const probed[] = {bench_command(), "run",   "--quiet", "--schedules", "1", "--",
                                  p->name,         threads, number,    NULL};
    return bench_run(bench_folder(), 0, p->probed ? probed : plain);
}

static double round_of_work(void *arg)
{
    const struct program *p = arg;
    return (run(p, p->many) - run(p, FEW)) / (p->many - FEW);
}

static void measure(const char *what, const char *number, int many_probed)
{
    enum { NATIVE, NATIVE_O0, PROBED, TSAN, ALL };
    struct program programs[ALL] = {{"./native", false, 100},
                                    {"./native_O0", false, 60},
                                    {"./probed", true, many_probed},
                                    {"./tsan", false, 20}};
    struct contender contenders[ALL];
    for (int i = 0; i < ALL; i++)
        contenders[i] = (struct contender){round_of_work, &programs[i]};
    struct bench_times times;
    threads = number;
    bench_interleave(what, contenders, ALL, ROUNDS, &times);
    double ours = bench_ratio(&times, PROBED, NATIVE), theirs = bench_ratio(&times, TSAN, NATIVE);
    bench_row(&(struct bench_row){bench_text("slowdown of code that shares nothing, %s", what),
                                  "<= 10, and <= gcc's TSan", bench_text("%.1f", ours),
                                  bench_text("gcc's TSan: %.1f (gcc -O0: %.1f)", theirs,
                                             bench_ratio(&times, NATIVE_O0, NATIVE))});
}

int main(void)
{
    bench_stay_on_one_core();
    if (personality(ADDR_NO_RANDOMIZE) < 0) /* this TSan does not start otherwise */
        die_errno("personality");
    bench_compile("gcc -O1", "private", "native");
    bench_compile("gcc -O0", "private", "native_O0");
    bench_compile("gcc -O1 -fsanitize=thread", "private", "tsan");
    bench_compile(bench_text("'%s' cc -O1", bench_command()), "private", "probed");
    measure("one thread", "1", 20);
    measure("four threads", "4", 3);
    return 0;
}
