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
#include <sys/ipc.h>

#include "judge/census.h"
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
    static const char *const own[] = {"data-race",   "deadlock",          "livelock",
                                      "lost-wakeup", "orphaned-blocking", "inconclusive",
                                      NULL};
    for (const char *const *rule = own; *rule; rule++)
        if (strcmp(f->rule, *rule) == 0)
            return true;
    return false;
}

/* How many schedules ended in a failed expectation: each has at most one. */
static int expectations_failed(const struct evidence *e)
{
    int n = 0;
    for (int i = 0; i < e->failure_count; i++)
        if (strcmp(e->failures[i].rule, "data-race") != 0)
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
        if (failed_plainly && strcmp(f.rule, "data-race") != 0 && fails_always(e))
            continue;
        if (!has_rule_of_its_own(&f))
            f.rule = "schedule-dependent";
        f.scenario = scenario;
        append(arena, grade, f);
    }
    if (e->inconclusive)
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

static void tell_orphans(struct arena *arena, struct grade *grade, const char *scenario,
                         const struct evidence *e)
{
    for (int i = 0; i < e->orphan_count; i++) {
        const struct process_record *p = &e->orphans[i];
        append(arena, grade,
               (struct finding){
                   .rule = "orphan",
                   .scenario = scenario,
                   .quality = QUALITY_CLEANUP,
                   .process = p->name,
                   .message = arena_printf(arena,
                                           "%s (%s) was still running when every program that the "
                                           "scenario had started was over; it had to be killed",
                                           p->name, p->command ? p->command : "?"),
               });
    }
}

/* ---- leaks ---------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_known(const char *creator)
{
    return creator && strcmp(creator, "?") != 0;
}

/* Made by the same line of the same process: one bug, so one finding. */
static bool same_origin(const struct object *a, const struct object *b)
{
    return a->kind == b->kind && a->line == b->line && same_text(a->creator, b->creator) &&
           same_text(a->file, b->file);
}

static const char *plural(long n)
{
    return n == 1 ? "" : "s";
}

/* "id 4096, 3 messages (120 bytes) left in it": what ipcs or ls would show. But not the key: one from
 * ftok holds the number of the device the work folder is on, and would differ from run to run. */
static const char *details(struct arena *arena, const struct object *o)
{
    const char *size = arena_printf(arena, "%ld byte%s", o->size, plural(o->size));
    const char *left = "", *private = o->key == IPC_PRIVATE ? ", IPC_PRIVATE" : "";
    if (o->messages > 0)
        left = arena_printf(arena, ", %ld message%s (%s) left in it", o->messages,
                            plural(o->messages), size);
    switch (o->kind) {
    case OBJECT_SYSV_SHM:
        return arena_printf(arena, "id %ld%s, %s", o->id, private, size);
    case OBJECT_SYSV_QUEUE:
        return arena_printf(arena, "id %ld%s%s", o->id, private, left);
    case OBJECT_SYSV_SEMAPHORE:
        return arena_printf(arena, "id %ld%s, %ld semaphore%s", o->id, private, o->size,
                            plural(o->size));
    case OBJECT_POSIX_SHM:
    case OBJECT_FILE:
        return arena_printf(arena, "%s, %s", o->name, size);
    case OBJECT_POSIX_QUEUE:
        return arena_printf(arena, "%s%s", o->name, left);
    default:
        return o->name;
    }
}

/* How the student sees it at home. */
static const char *at_home(enum object_kind kind)
{
    static const char *const commands[] = {
        [OBJECT_SYSV_SHM] = "`ipcs -m`",
        [OBJECT_SYSV_QUEUE] = "`ipcs -q`",
        [OBJECT_SYSV_SEMAPHORE] = "`ipcs -s`",
        [OBJECT_POSIX_SHM] = "`ls /dev/shm`",
        [OBJECT_POSIX_QUEUE] = "`ls /dev/mqueue`",
        [OBJECT_POSIX_SEMAPHORE] = "`ls /dev/shm`",
        [OBJECT_FIFO] = "`ls -l`",
        [OBJECT_FILE] = "`ls -la`",
    };
    static_assert(sizeof commands / sizeof *commands == OBJECT_KINDS, "a command a kind");
    return commands[kind];
}

static const char *origin(struct arena *arena, const struct object *o)
{
    if (o->file && is_known(o->creator))
        return arena_printf(arena, "created by %s at %s:%d", o->creator, o->file, o->line);
    if (is_known(o->creator))
        return arena_printf(arena, "created by %s", o->creator);
    return "created by your programs";
}

/* "2 System V message queues were left behind (id …; id …), created by consumer#1 at consumer.c:31,
 * never removed; on your own machine `ipcs -q` would show them" */
static const char *leak_message(struct arena *arena, const struct object *const *same, int count)
{
    enum { SHOWN = 3 };
    const struct object *o = same[0];
    const char *list = details(arena, o), *kind = object_kind_names[o->kind];
    for (int i = 1; i < count && i < SHOWN; i++)
        list = arena_printf(arena, "%s; %s", list, details(arena, same[i]));
    if (count > SHOWN)
        list = arena_printf(arena, "%s; and %d more", list, count - SHOWN);
    const char *start = count == 1 ? arena_printf(arena, "a %s was", kind)
                                   : arena_printf(arena, "%d %ss were", count, kind);
    return arena_printf(arena,
                        "%s left behind (%s), %s, never removed; on your own machine %s would show "
                        "%s",
                        start, list, origin(arena, o), at_home(o->kind),
                        count == 1 ? "it" : "them");
}

static void tell_leak(struct arena *arena, struct grade *grade, const char *scenario,
                      const struct object *const *same, int count)
{
    const struct object *o = same[0];
    struct finding *f = append(arena, grade,
                               (struct finding){.rule = object_kind_rules[o->kind],
                                                .scenario = scenario,
                                                .quality = QUALITY_CLEANUP,
                                                .process = is_known(o->creator) ? o->creator : NULL,
                                                .message = leak_message(arena, same, count)});
    if (o->file) {
        f->site_count = 1;
        f->sites[0] = (struct site){.file = o->file,
                                    .line = o->line,
                                    .function = o->function,
                                    .called_from = o->called_from,
                                    .process = f->process,
                                    .access = "created here"};
    }
}

static void tell_leaks(struct arena *arena, struct grade *grade, const char *scenario,
                       unsigned persists, const struct evidence *e)
{
    bool *told = arena_array(arena, bool, e->left_count);
    const struct object **same = arena_array(arena, const struct object *, e->left_count);
    for (int i = 0; i < e->left_count; i++) {
        if (told[i] || persists & PERSISTS(e->left[i].kind))
            continue;
        int count = 0;
        for (int j = i; j < e->left_count; j++)
            if (!told[j] && same_origin(&e->left[i], &e->left[j])) {
                told[j] = true;
                same[count++] = &e->left[j];
            }
        tell_leak(arena, grade, scenario, same, count);
    }
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
    f->message =
        arena_printf(arena,
                     "%s; but when the same scenario was played again, nothing of the kind "
                     "came: it hangs on who happens to run first, so no points hang on it",
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
        tell_orphans(arena, grade, scenario->name, plain);
        tell_leaks(arena, grade, scenario->name,
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
    return found[VERDICT_INCONCLUSIVE] ? VERDICT_INCONCLUSIVE : VERDICT_PASS;
}
