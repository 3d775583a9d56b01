/*
 * grade.c - the straight line:
 *
 *     submission -> build -> box -> run (scenario x lens x schedule) -> evidence -> verdict -> score
 *
 * The report is main's. Scenarios are played side by side, a box each, but judged in the order of
 * scenarios.c: the grade does not show who was faster.
 */
#include "grade.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "judge/score.h"
#include "judge/verdict.h"
#include "run/driver.h"
#include "submit/build.h"
#include "submit/source.h"
#include "submit/submission.h"
#include "submit/unseen.h"

enum { MOST_AT_ONCE = 256, REPETITIONS = 2 };

/* ---- progress: one line on a terminal's standard error --------------------------------------- */

static void show_progress(const struct options *options, const struct grade *grade,
                          const char *what)
{
    if (!options->quiet && isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%.20s: %.50s", grade->set->name, what);
}

static void clear_progress(const struct options *options)
{
    if (!options->quiet && isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
}

/* ---- run: the plays, some at once ------------------------------------------------------------ */

struct stage { /* what is being played right now */
    struct play *plays[MOST_AT_ONCE];
    struct pollfd descriptors[MOST_AT_ONCE];
    int scenarios[MOST_AT_ONCE]; /* index of each */
    int count;
};

static int boxes_at_once(const struct options *options)
{
    cpu_set_t cores;
    int n = options->jobs;
    if (n == 0 && sched_getaffinity(0, sizeof cores, &cores) == 0)
        n = CPU_COUNT(&cores);
    return n < 1 ? 1 : n > MOST_AT_ONCE ? MOST_AT_ONCE : n;
}

static void enter(struct stage *stage, struct play *play, int scenario)
{
    int i = stage->count++;
    stage->plays[i] = play;
    stage->descriptors[i] = (struct pollfd){.fd = play_descriptor(play), .events = POLLIN};
    stage->scenarios[i] = scenario;
}

static void leave(struct stage *stage, int i)
{
    int last = --stage->count;
    stage->plays[i] = stage->plays[last];
    stage->descriptors[i] = stage->descriptors[last];
    stage->scenarios[i] = stage->scenarios[last];
}

/* Of all scenarios: how many have been played, and on the schedules lens how many schedules of them. */
static void show_played(const struct options *options, const struct grade *grade,
                        const struct stage *stage, const struct evidence *const *evidence, int done)
{
    char what[64];
    int schedules = 0;
    for (int i = 0; i < stage->count; i++)
        schedules += play_schedules(stage->plays[i]);
    for (int i = 0; i < grade->set->scenario_count; i++)
        schedules += evidence[i] ? evidence[i]->schedules_run : 0;
    int n = snprintf(what, sizeof what, "%d of %d scenarios", done, grade->set->scenario_count);
    if (schedules)
        snprintf(what + n, sizeof what - (size_t)n, ", %d schedules", schedules);
    show_progress(options, grade, what);
}

/* Waits until at least one has ended or it is time to show progress, and collects what has ended. Returns how
 * many that were. */
static int collect(struct stage *stage, const struct evidence **evidence)
{
    enum { TICK_MS = 200 };
    int ended = 0;
    while (poll(stage->descriptors, (nfds_t)stage->count, TICK_MS) < 0)
        if (errno != EINTR)
            die_errno("waiting for a box");
    for (int i = stage->count - 1; i >= 0; i--) {
        if (!stage->descriptors[i].revents)
            continue;
        evidence[stage->scenarios[i]] = play_finish(stage->plays[i]);
        leave(stage, i);
        ended++;
    }
    return ended;
}

/* Plays the scenarios that are `wanted` (NULL: all). Evidence of the others is NULL. */
static const struct evidence **run(struct arena *arena, const struct options *options,
                                   const struct grade *grade, const struct built *built,
                                   enum lens lens, const bool *wanted)
{
    const struct assignment_set *set = grade->set;
    const struct evidence **evidence =
        arena_array(arena, const struct evidence *, set->scenario_count);
    struct stage stage = {.count = 0};
    int most = boxes_at_once(options), next = 0, done = 0;
    while (done < set->scenario_count) {
        for (; next < set->scenario_count && stage.count < most; next++)
            if (!wanted || wanted[next])
                enter(&stage, play_start(arena, options, set, set->scenarios[next], built, lens),
                      next);
            else
                done++;
        if (stage.count > 0)
            done += collect(&stage, evidence);
        show_played(options, grade, &stage, evidence, done);
    }
    return evidence;
}

/* A failure must come back to be scored: what failed is played again, unless it cannot be bad luck. */
static void repeat_failed(struct arena *arena, const struct options *options,
                          const struct grade *grade, const struct evidence **plain,
                          const struct evidence *const *schedules)
{
    int n = grade->set->scenario_count;
    bool *wanted = arena_array(arena, bool, n);
    const struct evidence **runs[1 + REPETITIONS] = {plain};
    for (int i = 0; i < n; i++)
        wanted[i] = verdict_may_be_luck(plain[i], schedules ? schedules[i] : NULL);
    for (int r = 1; r <= REPETITIONS; r++) {
        runs[r] = run(arena, options, grade, grade->built, LENS_PLAIN, wanted);
        for (int i = 0; i < n; i++)
            wanted[i] = wanted[i] && !runs[r][i]->played_through; /* once is enough to know luck */
    }
    for (int i = 0; i < n; i++) {
        const struct evidence *all[1 + REPETITIONS];
        int count = 0;
        for (int r = 0; r <= REPETITIONS; r++)
            if (runs[r][i])
                all[count++] = runs[r][i];
        if (count > 1)
            plain[i] = verdict_of_repetitions(arena, all, count);
    }
}

/* Why the schedules lens would prove nothing, a clause; NULL: it may. */
static const char *why_not(struct arena *arena, const struct grade *grade,
                           const struct built *built_so)
{
    const char *failure = built_so->fault ? built_so->fault : built_so->failure;
    if (failure)
        return arena_printf(arena, "with the probe the programs do not build: %s", failure);
    return unseen(arena, grade->set->assignment, grade->submission, built_so);
}

/* The schedules lens: a build of its own, and every scenario again. NULL: it was not asked for, cannot be
 * built, or would not see what they do; that costs no points, since the sources build as they were handed in,
 * and earns none. */
static const struct evidence **explore_all(struct arena *arena, const struct options *options,
                                           struct grade *grade, const char *scratch)
{
    if (options->plain_only)
        return NULL;
    show_progress(options, grade, "build with the probe");
    struct built built_so =
        build(arena, options, grade->set, grade->submission, LENS_SCHEDULES, scratch);
    const char *why = why_not(arena, grade, &built_so);
    grade->schedules_lens = !why;
    if (grade->schedules_lens)
        return run(arena, options, grade, &built_so, LENS_SCHEDULES, NULL);
    verdict_without_schedules(arena, grade, why);
    return NULL;
}

/* ---- verdict and score ----------------------------------------------------------------------- */

static void prepare_results(struct arena *arena, struct grade *grade)
{
    int n = grade->set->scenario_count;
    grade->results = arena_array(arena, struct scenario_result, n);
    grade->result_count = n;
    for (int i = 0; i < n; i++)
        grade->results[i].scenario = grade->set->scenarios[i];
}

static void judge(struct arena *arena, struct grade *grade, const struct evidence **plain,
                  const struct evidence **schedules)
{
    for (int i = 0; i < grade->result_count; i++) {
        struct scenario_result *result = &grade->results[i];
        verdict_scenario(arena, grade, result, plain[i], schedules ? schedules[i] : NULL);
        score_scenario(grade->set->assignment, result, grade->findings, grade->finding_count);
    }
}

static bool cannot_be_graded(struct grade *grade, const char *why)
{
    grade->verdict = VERDICT_HARNESS_ERROR;
    grade->fault = why;
    return false;
}

bool grade_submission(struct arena *arena, const struct options *options,
                      const struct assignment_set *set, const char *folder, const char *scratch,
                      struct grade *grade, const char **why)
{
    struct submission *submission = arena_alloc(arena, sizeof *submission);
    struct built *built = arena_alloc(arena, sizeof *built);
    *grade = (struct grade){.set = set, .submission = submission, .built = built};
    prepare_results(arena, grade);

    if (!submission_take(arena, folder, scratch, submission, why))
        return cannot_be_graded(grade, *why);
    show_progress(options, grade, "build");
    *built = build(arena, options, set, submission, LENS_PLAIN, scratch);
    if (built->fault)
        return cannot_be_graded(grade, *why = built->fault);

    if (built->ok) {
        const struct evidence **plain = run(arena, options, grade, built, LENS_PLAIN, NULL);
        const struct evidence **schedules = explore_all(arena, options, grade, scratch);
        repeat_failed(arena, options, grade, plain, schedules);
        judge(arena, grade, plain, schedules);
    } else {
        verdict_build(arena, grade);
    }
    source_show(arena, submission->staged, grade->findings, grade->finding_count);
    score_whole(grade);
    grade->verdict = verdict_whole(grade);
    clear_progress(options);
    return true;
}

/* ---- one schedule again ------------------------------------------------------------------------ */

static const struct scenario *scenario_named(const struct assignment_set *set, const char *name)
{
    for (int i = 0; i < set->scenario_count; i++)
        if (strcmp(set->scenarios[i]->name, name) == 0)
            return set->scenarios[i];
    return NULL;
}

const struct evidence *grade_replay(struct arena *arena, const struct options *options,
                                    const struct assignment_set *set, const char *folder,
                                    const char *scratch, const char **why)
{
    struct submission submission;
    const struct scenario *scenario = scenario_named(set, options->replay->scenario);
    if (!scenario) {
        *why = arena_printf(arena, "the assignment %s has no scenario %s", set->name,
                            options->replay->scenario);
        return NULL;
    }
    if (!submission_take(arena, folder, scratch, &submission, why))
        return NULL;
    struct built built = build(arena, options, set, &submission, LENS_SCHEDULES, scratch);
    if (built.fault || !built.ok) {
        *why = built.fault ? built.fault : built.failure;
        return NULL;
    }
    struct options with_sources = *options;
    struct debug debug;
    if (options->debug) {
        debug = *options->debug;
        debug.sources = submission.staged;
        with_sources.debug = &debug;
    }
    const struct evidence *evidence =
        play_finish(play_start(arena, &with_sources, set, scenario, &built, LENS_SCHEDULES));
    *why = evidence->fault;
    return evidence->complete ? evidence : NULL;
}

/* ---- exit status ------------------------------------------------------------------------------- */

int grade_exit_status(const struct grade *grade)
{
    switch (grade->verdict) {
    case VERDICT_PASS:
        return EXIT_PASSED;
    case VERDICT_FINDINGS:
    case VERDICT_BUILD_ERROR:
        return EXIT_FINDINGS;
    case VERDICT_INCONCLUSIVE:
        return EXIT_INCONCLUSIVE;
    default:
        return EXIT_HARNESS;
    }
}

int graver_status(int a, int b)
{
    static const int gravity[] = {
        [EXIT_PASSED] = 0, [EXIT_INCONCLUSIVE] = 1, [EXIT_FINDINGS] = 2, [EXIT_HARNESS] = 3};
    return gravity[a] > gravity[b] ? a : b;
}
