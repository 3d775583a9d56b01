/*
 * bench_cases.c - the paired cases under many schedules: false alarms on right programs, and how many of the wrong
 * ones are found; beside it gcc's ThreadSanitizer, Helgrind and DRD on the same programs (tests/cases/rivals.sh).
 *
 * A wrong program counts as found only when the finding is the expected one, on the expected lines; for the
 * rivals any report at all counts. They are given one run: they have no schedules.
 *
 * FULL=1: 1,000 schedules of the right programs and all cases for the rivals; otherwise 100, and every eighth pair.
 *
 * To look at a part without a table and rivals, in the environment: CASES, a part of the paths to try ("signal/");
 * WRONG, schedules of the wrong programs ("1 100"); RIGHT, of the right ones. What is not said of these is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/fs.h"
#include "tests/support/bench.h"
#include "tests/support/cases.h"

enum { EVERY = 8, RIVALS = 3 };

static struct tried_case *cases;
static int case_count;

/* ---- we ------------------------------------------------------------------------------------------ */

struct tally {
    int tried, passed, undecided, races, races_passed;
};

static void count(struct tally *t, const struct tried_case *c)
{
    bool race = strncmp(c->expected, "data-race", 9) == 0;
    t->tried++;
    t->passed += c->passed;
    t->undecided += !c->passed && strncmp(c->said, "findings", 8) != 0;
    t->races += race;
    t->races_passed += race && c->passed;
    if (!c->passed)
        printf("  %-36s %.110s\n", c->path, c->said);
}

static const char *asked(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

/* All right ones, or all wrong ones. */
static struct tally try_all(bool right, int schedules)
{
    struct tally t = {0};
    bench_progress("paired cases: the %s ones, schedules of each: %d", right ? "right" : "wrong",
                   schedules);
    for (int i = 0; i < case_count; i++)
        cases[i].wanted = cases[i].right == right && strstr(cases[i].path, asked("CASES"));
    cases_try(cases, case_count, schedules);
    printf("%s programs, schedules of each: %d\n", right ? "right" : "wrong", schedules);
    for (int i = 0; i < case_count; i++)
        if (cases[i].wanted)
            count(&t, &cases[i]);
    printf("%d of %d as they should be\n", t.passed, t.tried);
    fflush(stdout);
    return t;
}

static void look(bool right, const char *schedules)
{
    for (const char *at = schedules; *at; at += strcspn(at, " "), at += *at == ' ')
        try_all(right, atoi(at));
}

/* ---- the others ---------------------------------------------------------------------------------- */

struct rival {
    char tool[16];
    int right, alarms, wrong, found, races, races_found;
};

static const char *rivals_command(void)
{
    const char *command = "sh tests/cases/rivals.sh -s";
    for (int i = 0; i < case_count && !bench_full(); i++)
        if (i / 2 % EVERY == 0) /* sorted by path, a pair stands together */
            command = bench_text("%s tests/cases/%s", command, cases[i].path);
    return command;
}

static void ask_rivals(struct rival rivals[RIVALS])
{
    char line[256];
    int n = 0;
    bench_progress("paired cases: gcc's TSan, Helgrind and DRD");
    FILE *said = popen(rivals_command(), "r");
    if (!said)
        die_errno("rivals.sh");
    while (fgets(line, sizeof line, said)) {
        struct rival r;
        if (sscanf(line, "%15s %d %d %d %d %d %d", r.tool, &r.right, &r.alarms, &r.wrong, &r.found,
                   &r.races, &r.races_found) != 7)
            die("rivals.sh", "said: %s", line);
        if (strcmp(r.tool, "plain") != 0 && n < RIVALS)
            rivals[n++] = r;
    }
    if (pclose(said) != 0 || n != RIVALS)
        die("rivals.sh", "failed");
}

/* "tsan 0 of 19, helgrind 1 of 19, drd 1 of 19" */
static const char *told(const struct rival rivals[RIVALS], size_t part, size_t whole)
{
    const char *all = "";
    for (int i = 0; i < RIVALS; i++) {
        const char *r = (const char *)&rivals[i];
        int n, of;
        memcpy(&n, r + part, sizeof n);
        memcpy(&of, r + whole, sizeof of);
        all = bench_text("%s%s%s %d of %d", all, i ? ", " : "", rivals[i].tool, n, of);
    }
    return all;
}
#define TOLD(rivals, part, whole) \
    told(rivals, offsetof(struct rival, part), offsetof(struct rival, whole))

/* ---- the rows ------------------------------------------------------------------------------------ */

static const char *share(int n, int of)
{
    return bench_text("%d of %d (%.1f %%)", n, of, of ? 100.0 * n / of : 0);
}

static void all_figures(void)
{
    struct rival rivals[RIVALS];
    int schedules = bench_full() ? 1000 : 100;
    struct tally once = try_all(false, 1), often = try_all(false, 100),
                 right = try_all(true, schedules);
    ask_rivals(rivals);
    bench_row(&(struct bench_row){
        bench_text("right paired programs with a finding, %d schedules", schedules), "0",
        bench_text("%d of %d, %d undecided", right.tried - right.passed - right.undecided,
                   right.tried, right.undecided),
        TOLD(rivals, alarms, right)});
    bench_row(&(struct bench_row){"wrong paired programs found, 100 schedules", "all",
                                  share(often.passed, often.tried), TOLD(rivals, found, wrong)});
    bench_row(&(struct bench_row){"of these, data races, 100 schedules", "all",
                                  share(often.races_passed, often.races),
                                  TOLD(rivals, races_found, races)});
    bench_row(&(struct bench_row){"wrong paired programs found, 1 schedule", "-",
                                  share(once.passed, once.tried), "the same: they have one run"});
}

int main(void)
{
    cases = cases_list(&case_count);
    if (*asked("WRONG") || *asked("RIGHT") || *asked("CASES")) {
        look(false, asked("WRONG"));
        look(true, asked("RIGHT"));
    } else {
        all_figures();
    }
    free(cases);
    return 0;
}
