/*
 * verdict.c - evidence to findings to a verdict (see verdict.h).
 *
 * Nobody is accused of what cannot be defended:
 *   - Evidence that is not complete is the harness's fault: no finding, nothing judged, no points
 * lost.
 *   - When an expectation failed, the driver ended the scenario there and killed every process.
 * What is left then (objects, processes) is no finding: the student's code had no chance to remove
 * it.
 *   - A failure that does not come back when the scenario is played again is for the instructor's eye.
 *   - A finding for the instructor's eye, or one that says it could not be decided, leaves its
 * quality out of the score, and everything with it if that quality is correctness.
 */
#include "judge/verdict.h"

#include <assert.h>
#include <string.h>

#include "judge/leftovers.h"
#include "judge/rules.h"

const char *const verdict_names[] = {
    [VERDICT_PASS] = "pass",
    [VERDICT_FINDINGS] = "findings",
    [VERDICT_BUILD_ERROR] = "build_error",
    [VERDICT_INCONCLUSIVE] = "inconclusive",
    [VERDICT_HARNESS_ERROR] = "harness_error",
};
static_assert(sizeof verdict_names / sizeof *verdict_names == VERDICTS, "a name a verdict");

const char *const quality_names[] = {
    [QUALITY_CORRECTNESS] = "correctness",
    [QUALITY_RACE_FREEDOM] = "race_freedom",
    [QUALITY_CLEANUP] = "cleanup",
    [QUALITY_MEMORY] = "memory",
};
static_assert(sizeof quality_names / sizeof *quality_names == QUALITIES, "a name a quality");

const char *const lens_names[] = {
    [LENS_PLAIN] = "plain",
    [LENS_SCHEDULES] = "schedules",
    [LENS_MEMORY] = "memory",
};
static_assert(sizeof lens_names / sizeof *lens_names == LENSES, "a name a lens");

/* The single place that says which qualities a lens decides: a new lens fills in its line, and what
 * no lens decides is "not judged". */
static const bool lens_decides[LENSES][QUALITIES] = {
    [LENS_PLAIN] = {[QUALITY_CORRECTNESS] = true, [QUALITY_CLEANUP] = true},
    [LENS_SCHEDULES] = {[QUALITY_RACE_FREEDOM] = true},
    [LENS_MEMORY] = {0},
};

bool quality_is_judged(enum quality quality, bool schedules_lens)
{
    for (int lens = 0; lens < LENSES; lens++)
        if (lens_decides[lens][quality] && (lens == LENS_PLAIN || schedules_lens))
            return true;
    return false;
}

/* ---- findings ------------------------------------------------------------------------------- */

static struct finding *append(struct arena *arena, struct grade *grade, struct finding finding)
{
    grade->findings =
        arena_grow(arena, grade->findings, grade->finding_count, sizeof *grade->findings);
    struct finding *place = &grade->findings[grade->finding_count++];
    *place = finding;
    return place;
}

/* ---- the schedules lens ----------------------------------------------------------------------- */

/* A failed expectation, as against what the probe itself names: the rule for one that fails on some
 * schedules only is schedule-dependent, whatever it was that failed. */
static bool has_rule_of_its_own(const struct finding *f)
{
    static const char *const own[] = {
        "deadlock",          "livelock",     "lost-wakeup", "orphaned-blocking",
        "waiting-for-input", "inconclusive", NULL};
    for (const char *const *rule = own; *rule; rule++)
        if (strcmp(f->rule, *rule) == 0)
            return true;
    return f->by_probe;
}

/* How many schedules ended in a failed expectation: each has at most one. */
static int expectations_failed(const struct evidence *e)
{
    int n = 0;
    for (int i = 0; i < e->failure_count; i++)
        if (!e->failures[i].by_probe)
            n += e->failures[i].schedules_failed;
    return n;
}

/* A failure on every schedule is no matter of the schedule: `plain` has told it. */
static bool fails_always(const struct evidence *schedules)
{
    return expectations_failed(schedules) >= schedules->schedules_run;
}

static void tell_schedules(struct arena *arena, struct grade *grade, const char *scenario,
                           const struct evidence *e, bool failed_plainly)
{
    for (int i = 0; i < e->failure_count; i++) {
        struct finding f = e->failures[i];
        if (failed_plainly && !f.by_probe && fails_always(e))
            continue;
        if (!has_rule_of_its_own(&f))
            f.rule = "schedule-dependent";
        f.scenario = scenario;
        append(arena, grade, f);
    }
    if (e->inconclusive && !failed_plainly) /* what has failed earns no race-freedom anyway */
        append(arena, grade,
               (struct finding){.rule = "inconclusive",
                                .scenario = scenario,
                                .lens = LENS_SCHEDULES,
                                .quality = QUALITY_RACE_FREEDOM,
                                .message = e->inconclusive});
}

static void tell_failures(struct arena *arena, struct grade *grade, const char *scenario,
                          const struct evidence *e)
{
    for (int i = 0; i < e->failure_count; i++)
        append(arena, grade, e->failures[i])->scenario = scenario;
}

/* Objects and processes: told by leftovers.c. */
static void tell_leftovers(struct arena *arena, struct grade *grade, const char *scenario,
                           unsigned persists, const struct evidence *e)
{
    struct finding *told;
    int count = leftovers_told(arena, e, persists, &told);
    for (int i = 0; i < count; i++)
        append(arena, grade, told[i])->scenario = scenario;
}

/* ---- the verdict of a scenario -------------------------------------------------------------- */

static bool is_undecided(const struct finding *f)
{
    return f->for_review || strcmp(f->rule, "inconclusive") == 0;
}

static void leave_out(struct scenario_result *result, enum quality quality)
{
    for (int q = 0; q < QUALITIES; q++)
        if (q == (int)quality || quality == QUALITY_CORRECTNESS)
            result->judged[q] = false;
}

/* The gravest finding gives the word: qualities are listed in the order of their gravity. */
static void conclude(struct scenario_result *result, const struct finding *findings, int count)
{
    const struct finding *gravest = NULL;
    bool undecided = false;
    for (int i = 0; i < count; i++) {
        const struct finding *f = &findings[i];
        if (is_undecided(f)) {
            leave_out(result, f->quality);
            undecided = true;
        } else if (!gravest || f->quality < gravest->quality) {
            gravest = f;
        }
    }
    result->verdict = gravest ? VERDICT_FINDINGS : undecided ? VERDICT_INCONCLUSIVE : VERDICT_PASS;
    result->word = gravest ? gravest->rule : verdict_names[result->verdict];
}

static void blame_harness(struct scenario_result *result, const char *fault)
{
    result->verdict = VERDICT_HARNESS_ERROR;
    result->word = verdict_names[VERDICT_HARNESS_ERROR];
    result->fault = fault;
    for (int q = 0; q < QUALITIES; q++)
        result->judged[q] = false;
}

/* What makes evidence unfit to judge anybody by; NULL: nothing. */
static const char *fault_of(struct arena *arena, const struct evidence *e)
{
    if (!e->complete)
        return e->fault ? e->fault : "the run did not come to its end, and nobody said why";
    if (!e->played_through && e->failure_count == 0 && e->schedules_run == 0)
        return "the scenario ended early, and nobody said why";
    for (int i = 0; i < e->failure_count; i++)
        if (!e->failures[i].rule || !rule_find(e->failures[i].rule))
            return arena_printf(arena, "a finding of unknown rule: %s",
                                e->failures[i].rule ? e->failures[i].rule : "(none)");
    return NULL;
}

/* ---- luck ----------------------------------------------------------------------------------- */

/* What took a budget to find is no luck, and repeating it would cost that budget again. */
static bool is_costly(const struct finding *f)
{
    static const char *const costly[] = {"spin",         "timeout",       "too-much-output",
                                         "memory-limit", "process-limit", NULL};
    for (const char *const *rule = costly; *rule; rule++)
        if (strcmp(f->rule, *rule) == 0)
            return true;
    return false;
}

bool verdict_may_be_luck(const struct evidence *plain, const struct evidence *schedules)
{
    if (!plain->complete || plain->played_through || plain->failure_count == 0 ||
        !plain->failures[0].rule || is_undecided(&plain->failures[0]))
        return false;
    bool shown_again = schedules && schedules->complete && expectations_failed(schedules) > 0;
    return !shown_again && !is_costly(&plain->failures[0]);
}

/* Which of two failed runs to tell of: any order would do, so long as it is always the same. */
static bool is_before(const struct evidence *a, const struct evidence *b)
{
    int order = strcmp(a->failures[0].rule, b->failures[0].rule);
    return order ? order < 0 : strcmp(a->failures[0].message, b->failures[0].message) < 0;
}

static const struct evidence *for_the_eye(struct arena *arena, const struct evidence *failed)
{
    struct evidence *copy = arena_alloc(arena, sizeof *copy);
    *copy = *failed;
    copy->failures = arena_array(arena, struct finding, failed->failure_count);
    for (int i = 0; i < failed->failure_count; i++) {
        copy->failures[i] = failed->failures[i];
        copy->failures[i].for_review = true;
    }
    struct finding *f = &copy->failures[0];
    f->message = arena_printf(
        arena,
        "%s; but the same scenario, played again, went well: it hangs on chance, or on "
        "who happens to run first, and so no points hang on it",
        f->message);
    return copy;
}

const struct evidence *verdict_of_repetitions(struct arena *arena,
                                              const struct evidence *const *runs, int count)
{
    const struct evidence *told = runs[0];
    bool always = true;
    for (int i = 0; i < count; i++) {
        if (fault_of(arena, runs[i]))
            return runs[i];
        always &= !runs[i]->played_through;
        if (!runs[i]->played_through && is_before(runs[i], told))
            told = runs[i];
    }
    return always ? told : for_the_eye(arena, told);
}

void verdict_scenario(struct arena *arena, struct grade *grade, struct scenario_result *result,
                      const struct evidence *plain, const struct evidence *schedules)
{
    const struct scenario *scenario = result->scenario;
    const char *fault = fault_of(arena, plain);
    if (!fault && schedules)
        fault = fault_of(arena, schedules);
    int first = grade->finding_count;
    result->evidence = plain;
    if (fault) {
        blame_harness(result, fault);
        return;
    }
    for (int q = 0; q < QUALITIES; q++)
        result->judged[q] =
            lens_decides[LENS_PLAIN][q] || (schedules && lens_decides[LENS_SCHEDULES][q]);
    bool by_chance = schedules && !plain->played_through && expectations_failed(schedules) &&
                     !fails_always(schedules);
    if (!by_chance)
        tell_failures(arena, grade, scenario->name, plain);
    if (schedules) {
        result->schedules_run = schedules->schedules_run;
        result->schedules_failed = schedules->schedules_failed;
        tell_schedules(arena, grade, scenario->name, schedules, !plain->played_through);
    }
    if (plain->played_through) {
        tell_leftovers(arena, grade, scenario->name,
                       scenario->persists | grade->set->assignment->persists, plain);
    }
    conclude(result, grade->findings + first, grade->finding_count - first);
}

/* ---- the build, the whole ------------------------------------------------------------------- */

void verdict_build(struct arena *arena, struct grade *grade)
{
    const struct built *built = grade->built;
    struct finding *f = append(
        arena, grade,
        (struct finding){.rule = "build-error",
                         .quality = QUALITY_CORRECTNESS,
                         .message = built->failure ? built->failure : "the programs do not build"});
    for (int i = 0; i < built->diagnostic_count && f->site_count < MAX_SITES; i++) {
        const struct diagnostic *d = &built->diagnostics[i];
        if (d->error)
            f->sites[f->site_count++] =
                (struct site){.file = d->file, .line = d->line, .access = d->message};
    }
    for (int i = 0; i < grade->result_count; i++) {
        struct scenario_result *result = &grade->results[i];
        result->verdict = VERDICT_BUILD_ERROR;
        result->word = f->rule;
        for (int q = 0; q < QUALITIES; q++)
            result->judged[q] = quality_is_judged(q, grade->schedules_lens);
    }
}

enum verdict verdict_whole(const struct grade *grade)
{
    if (grade->fault || (grade->built && grade->built->fault))
        return VERDICT_HARNESS_ERROR;
    bool found[VERDICTS] = {false};
    for (int i = 0; i < grade->result_count; i++)
        found[grade->results[i].verdict] = true;
    if (found[VERDICT_HARNESS_ERROR])
        return VERDICT_HARNESS_ERROR;
    if (found[VERDICT_BUILD_ERROR] || (grade->built && !grade->built->ok))
        return VERDICT_BUILD_ERROR;
    if (found[VERDICT_FINDINGS])
        return VERDICT_FINDINGS;
    for (int i = 0; i < grade->finding_count; i++)
        if (!grade->findings[i].scenario && is_undecided(&grade->findings[i]))
            return VERDICT_INCONCLUSIVE;
    return found[VERDICT_INCONCLUSIVE] ? VERDICT_INCONCLUSIVE : VERDICT_PASS;
}

void verdict_without_schedules(struct arena *arena, struct grade *grade, const char *why)
{
    append(arena, grade,
           (struct finding){.rule = "inconclusive",
                            .lens = LENS_SCHEDULES,
                            .quality = QUALITY_RACE_FREEDOM,
                            .message =
                                arena_printf(arena, "races were not looked for, since %s", why)});
}

/* ---- a command without an assignment ------------------------------------------------------------ */

static bool is_ending(const struct finding *f)
{
    return strcmp(f->rule, "wrong-exit") == 0 || strcmp(f->rule, "crash") == 0;
}

/* How many schedules did not end well; each has one such failure at most. */
static int ended_badly(const struct evidence *e)
{
    int n = 0;
    for (int i = 0; i < e->failure_count; i++) {
        enum quality quality = e->failures[i].quality;
        bool whole = e->failures[i].by_probe || quality == QUALITY_CLEANUP;
        n += whole ? 0 : e->failures[i].schedules_failed;
    }
    return n;
}

void verdict_command(struct arena *arena, struct grade *grade, const struct evidence *e)
{
    struct scenario_result result = {.verdict = VERDICT_HARNESS_ERROR};
    grade->fault = fault_of(arena, e);
    grade->verdict = VERDICT_HARNESS_ERROR;
    if (grade->fault)
        return;
    grade->schedules_run = e->schedules_run;
    grade->schedules_failed = e->schedules_failed;
    bool always = ended_badly(e) >= e->schedules_run;
    for (int i = 0; i < e->failure_count; i++) {
        struct finding *f = append(arena, grade, e->failures[i]);
        f->scenario = NULL;
        if (is_ending(f) && !always)
            f->rule = "schedule-dependent";
    }
    if (e->inconclusive)
        append(arena, grade,
               (struct finding){
                   .rule = "inconclusive", .lens = LENS_SCHEDULES, .message = e->inconclusive});
    conclude(&result, grade->findings, grade->finding_count);
    grade->verdict = result.verdict;
}
