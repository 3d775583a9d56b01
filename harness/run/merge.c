/* merge.c - findings of many schedules, told once (see merge.h). */
#include "run/merge.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "judge/rules.h"
#include "run/misuse.h"
#include "run/race.h"
#include "run/standstill.h"
#include "run/symbol.h"
#include "run/token.h"

static bool same_place(const struct site *a, const struct site *b)
{
    return a->line == b->line && same_text(a->file, b->file) &&
           (a->file || same_text(a->access, b->access));
}

/* Which of several consumers it was does not matter; the lines do. Two sites may come in either order. */
static bool same_finding(const struct finding *a, const struct finding *b)
{
    if (strcmp(a->rule, b->rule) != 0 || a->site_count != b->site_count)
        return false;
    if (a->site_count == 0)
        return same_text(a->message, b->message);
    if (a->site_count == 2 && same_place(&a->sites[0], &b->sites[1]) &&
        same_place(&a->sites[1], &b->sites[0]))
        return true;
    for (int i = 0; i < a->site_count; i++)
        if (!same_place(&a->sites[i], &b->sites[i]))
            return false;
    return true;
}

static const char *kept(struct merge *m, const char *s)
{
    return s ? arena_strdup(m->arena, s) : NULL;
}

static struct finding copied(struct merge *m, const struct finding *f)
{
    struct finding copy = *f;
    copy.rule = kept(m, f->rule);
    copy.scenario = m->run->scenario->name;
    copy.process = kept(m, f->process);
    copy.message = kept(m, f->message);
    copy.expected = kept(m, f->expected);
    copy.came = kept(m, f->came);
    copy.after = m->run->options->command ? NULL : kept(m, f->after);
    for (int i = 0; i < f->site_count; i++)
        copy.sites[i] = (struct site){.file = kept(m, f->sites[i].file),
                                      .line = f->sites[i].line,
                                      .function = kept(m, f->sites[i].function),
                                      .called_from = kept(m, f->sites[i].called_from),
                                      .process = kept(m, f->sites[i].process),
                                      .access = kept(m, f->sites[i].access),
                                      .program = kept(m, f->sites[i].program)};
    return copy;
}

/* Beyond this, the schedule is no story that anybody could follow, and its number does. */
enum { DECISIONS_KEPT = 2000 };

static struct decisions decisions_of(struct merge *m, const struct world_result *r)
{
    if (r->decisions > DECISIONS_KEPT)
        return (struct decisions){.list = NULL};
    struct probe_decision *list = arena_array(m->arena, struct probe_decision, r->decisions + 1);
    memcpy(list, r->decision, sizeof *list * r->decisions);
    return (struct decisions){.list = list, .count = (int)r->decisions};
}

static void take(struct merge *m, const struct finding *f, int schedule,
                 const struct world_result *r, const struct probe_finding *seen)
{
    struct evidence *total = m->total;
    int n = total->failure_count;
    for (int i = 0; i < n; i++)
        if (same_finding(&total->failures[i], f)) {
            total->failures[i].schedules_failed += m->decisions[i].latest != schedule;
            m->decisions[i].latest = schedule;
            return;
        }
    total->failures = arena_grow(m->arena, total->failures, n, sizeof *total->failures);
    m->decisions = arena_grow(m->arena, m->decisions, n, sizeof *m->decisions);
    m->decisions[n] = decisions_of(m, r);
    m->decisions[n].first = m->decisions[n].latest = schedule;
    struct finding *new = &total->failures[n];
    *new = copied(m, f);
    if (!new->message) /* it is worth its while only once */
        race_tell(m->arena, m->run, r, seen, new);
    const struct rule *rule = rule_find(f->rule);
    bool own =
        rule && (m->run->options->command || (f->by_probe && rule->quality == QUALITY_CLEANUP));
    new->quality = own ? rule->quality : QUALITY_RACE_FREEDOM;
    new->lens = LENS_SCHEDULES;
    new->schedules_failed = 1;
    struct replay replay = {.scenario = m->run->scenario->name,
                            .schedule = (uint32_t)schedule,
                            .strategy = m->run->options->strategy};
    new->replay = token_of(m->arena, &replay);
    total->failure_count++;
}

/* ---- a schedule -------------------------------------------------------------------------------- */

/* Whether it would ever end nobody knows: it is long, or a loop without end in which all make progress. */
static const char *cut_off(struct run *run, const struct world_result *r)
{
    const struct probe_task *most = r->task;
    for (size_t i = 0; i < r->tasks; i++)
        if (r->task[i].steps > most->steps)
            most = &r->task[i];
    struct site site = {0};
    symbol_site(run->arena, run->symbols, r, most->site, &site);
    return text(run,
                "a schedule was cut off after %u points, %u of them made by %s, the last%s%s: more "
                "than can be explored, or a loop that does not end",
                r->steps, most->steps, most->name, site.file ? " at " : "",
                site.file ? text(run, "%s:%d", site.file, site.line) : "");
}

static const char strayed[] = "a process waited in a call that the probe does not follow";

/* Why nothing can be concluded from this schedule; NULL: something can. Every doubt counts, but for a list
 * of switches that was too long to keep. */
static const char *doubt(const struct merge *m, const struct world_result *r)
{
    unsigned doubts = r->doubts & ~(unsigned)PROBE_LOG_FULL;
    if (r->tampered || doubts & PROBE_REACHED)
        return "a program reached for the memory in which the probe keeps what it sees";
    if (doubts & (PROBE_STATIC | PROBE_UNKNOWN | PROBE_RAW_FORK))
        return "a process took part that the probe could not follow (linked statically, or made by "
               "a raw "
               "system call)";
    if (doubts & (PROBE_NO_TASKS | PROBE_NO_MEMORY))
        return "there were more processes or more shared memory than the probe can follow";
    if (doubts & PROBE_UNFOLLOWED)
        return arena_printf(m->arena, "a program used what the probe does not follow: %s",
                            r->unfollowed);
    if (r->end == PROBE_STEP_CAP)
        return cut_off(m->run, r);
    if (m->run->rest == SPUN || m->run->rest == OVERSLEPT)
        return arena_printf(
            m->arena,
            "with the probe, which makes them slower, the programs took more than the %u "
            "seconds of processor time that they may use; it may be a loop that does not "
            "end, or work for fewer items",
            m->run->spec->limits.cpu_seconds);
    if (m->run->rest == SWOLLEN)
        return "with the probe, which makes them larger, the programs took more memory than they "
               "may use";
    if (doubts || m->run->rest == STRAYED)
        return strayed;
    return NULL;
}

static bool stands_at(const struct finding *f, const struct site *place)
{
    for (int i = 0; i < f->site_count; i++)
        if (place->file && same_place(&f->sites[i], place))
            return true;
    return false;
}

static bool is_standstill(const struct finding *f)
{
    return strcmp(f->rule, "deadlock") == 0 || strcmp(f->rule, "orphaned-blocking") == 0;
}

/* A signal that came before its pause() leaves a process that waits for ever: that is its name, then. The
 * probe says so whenever all are at rest; it counts only where the schedule ended in that very wait. */
static void name_lost_wakeups(struct merge *m, const struct world_result *r)
{
    struct evidence *e = m->run->evidence;
    for (size_t i = 0; i < r->findings; i++) {
        struct site place = {0};
        if (r->finding[i].rule == PROBE_LOST_WAKEUP)
            symbol_site(m->run->arena, m->run->symbols, r, r->finding[i].first.site, &place);
        for (int k = 0; k < e->failure_count; k++)
            if (is_standstill(&e->failures[k]) && stands_at(&e->failures[k], &place)) {
                const char *told = standstill_lost(m->run, r, &r->finding[i]);
                e->failures[k].rule = "lost-wakeup";
                e->failures[k].message = told ? told : e->failures[k].message;
            }
    }
}

/* A race whose lines are not known cannot, though what has it is not right, either; nor one in a program whose
 * locks may not have been seen. */
static bool can_be_defended(struct merge *m, const struct world_result *r,
                            const struct probe_finding *seen, struct finding *f)
{
    bool has_lines = race_sites(m->run, r, seen, f);
    m->lineless |= !has_lines && race_is_students(r, seen);
    return has_lines && !m->probed.assembly;
}

/* Calls `each` for every finding of the schedule that has just been played, until it says stop. A race has no
 * message yet, but what the probe has `seen`. */
typedef bool each_finding(void *arg, const struct finding *f, const struct world_result *r,
                          const struct probe_finding *seen);

static void for_each(struct merge *m, const struct world_result *r, each_finding *each, void *arg)
{
    const struct evidence *e = m->run->evidence;
    name_lost_wakeups(m, r);
    for (size_t i = 0; i < r->findings; i++) { /* causes before what may have come of them */
        const struct probe_finding *seen = &r->finding[i];
        struct finding f;
        bool known = seen->rule == PROBE_DATA_RACE ? can_be_defended(m, r, seen, &f)
                     : seen->rule == PROBE_MISUSE  ? misuse_told(m->run, r, seen, &f)
                                                   : false;
        if (known && !each(arg, &f, r, seen))
            return;
    }
    for (uint32_t i = 1; i < r->sites; i++) {
        struct finding f;
        if (msgsz_told(m->run, r, i, &f) && !each(arg, &f, r, NULL))
            return;
    }
    for (int i = 0; i < e->failure_count; i++)
        if (!each(arg, &e->failures[i], r, NULL))
            return;
}

struct taking {
    struct merge *merge;
    int schedule;
    bool any;
};

static bool take_each(void *arg, const struct finding *f, const struct world_result *r,
                      const struct probe_finding *seen)
{
    struct taking *taking = arg;
    take(taking->merge, f, taking->schedule, r, seen);
    taking->any = true;
    return true;
}

void merge_schedule(struct merge *m, int schedule)
{
    struct world_result r;
    if (!world_read(m->run->world, &r)) {
        m->silent++;
        m->why_silent = "there was no memory to read what the probe saw";
        return;
    }
    probed_note(m->arena, &m->probed, m->run, &r);
    const char *why = doubt(m, &r);
    struct taking taking = {m, schedule, false};
    if (why == strayed) {
        m->strayed++;
    } else if (why) {
        if (!m->silent++)
            m->why_silent = arena_strdup(m->arena, why);
    } else {
        for_each(m, &r, take_each, &taking);
    }
    m->total->schedules_failed += taking.any;
    world_forget(&r);
}

struct seeking {
    const struct finding *sought;
    bool found;
};

static bool compare_each(void *arg, const struct finding *f, const struct world_result *r,
                         const struct probe_finding *seen)
{
    (void)r, (void)seen;
    struct seeking *seeking = arg;
    seeking->found = same_finding(seeking->sought, f);
    return !seeking->found;
}

bool merge_shows(struct merge *m, const struct finding *finding)
{
    struct world_result r;
    if (!world_read(m->run->world, &r))
        return false;
    struct seeking seeking = {finding, false};
    if (!doubt(m, &r))
        for_each(m, &r, compare_each, &seeking);
    world_forget(&r);
    return seeking.found;
}

struct retelling {
    struct merge *merge;
    struct finding *finding;
};

static bool retell_each(void *arg, const struct finding *f, const struct world_result *r,
                        const struct probe_finding *seen)
{
    (void)r, (void)seen;
    struct retelling *retelling = arg;
    struct finding *old = retelling->finding;
    if (!same_finding(old, f))
        return true;
    struct finding new = copied(retelling->merge, f);
    new.lens = old->lens;
    new.quality = old->quality;
    new.schedules_failed = old->schedules_failed;
    new.replay = old->replay;
    *old = new;
    return false;
}

void merge_tell_again(struct merge *m, struct finding *finding)
{
    struct world_result r;
    if (!world_read(m->run->world, &r))
        return;
    struct retelling retelling = {m, finding};
    if (!doubt(m, &r))
        for_each(m, &r, retell_each, &retelling);
    world_forget(&r);
}

const char *merge_switches_told(struct merge *m, int switches)
{
    if (switches == 0)
        return "; it shows even if everybody runs on until he has to wait";
    return arena_printf(m->arena, "; %d switch%s enough to show it", switches,
                        switches == 1 ? " is" : "es are");
}

/* A call of that kind is made on many schedules. That one of very many strays is the machine's doing: somebody
 * was kept from going on for so long that he seemed asleep. It says nothing, and the others do. */
enum { FEW = 50 };

void merge_finish(struct merge *m)
{
    struct evidence *total = m->total;
    bool many_strayed = m->strayed * FEW > total->schedules_run;
    if ((m->silent || many_strayed) && total->failure_count == 0)
        total->inconclusive = m->silent ? m->why_silent : strayed;
    else if (m->lineless && total->failure_count == 0)
        total->inconclusive =
            "two accesses to the same memory were not ordered, but in which lines "
            "is not known, since a program was built without -g";
    else if (total->failure_count == 0)
        total->inconclusive = probed_doubt(&m->probed, m->run->options->command);
    total->played_through = total->failure_count == 0;
    for (int i = 0; i < total->failure_count; i++) {
        struct finding *f = &total->failures[i];
        f->message = arena_printf(m->arena, "on %d of %d schedules: %s", f->schedules_failed,
                                  total->schedules_run, f->message);
    }
}
