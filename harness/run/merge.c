/* merge.c - findings of many schedules, told once (see merge.h). */
#include "run/merge.h"

#include <stdio.h>
#include <string.h>

#include "run/symbol.h"

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

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
    copy.after = kept(m, f->after);
    for (int i = 0; i < f->site_count; i++)
        copy.sites[i] = (struct site){.file = kept(m, f->sites[i].file),
                                      .line = f->sites[i].line,
                                      .function = kept(m, f->sites[i].function),
                                      .process = kept(m, f->sites[i].process),
                                      .access = kept(m, f->sites[i].access)};
    return copy;
}

static void take(struct merge *m, const struct finding *f, int schedule)
{
    struct evidence *total = m->total;
    for (int i = 0; i < total->failure_count; i++)
        if (same_finding(&total->failures[i], f)) {
            total->failures[i].schedules_failed++;
            return;
        }
    total->failures =
        arena_grow(m->arena, total->failures, total->failure_count, sizeof *total->failures);
    struct finding *new = &total->failures[total->failure_count++];
    *new = copied(m, f);
    new->quality = QUALITY_RACE_FREEDOM;
    new->lens = LENS_SCHEDULES;
    new->schedules_failed = 1;
    new->replay = arena_printf(m->arena, "%s@%d", m->run->scenario->name, schedule);
}

/* ---- data races -------------------------------------------------------------------------------- */

static struct site access_site(struct merge *m, const struct world_result *r,
                               const struct probe_access *a)
{
    struct arena *arena = m->run->arena;
    struct site site = {.process =
                            a->task < r->tasks ? arena_strdup(arena, r->task[a->task].name) : "?",
                        .access = a->flags & PROBE_WRITE ? "write" : "read"};
    symbol_site(arena, m->run->symbols, r, a->site, &site);
    return site;
}

static const char *place(struct arena *arena, const struct site *s)
{
    return s->file ? arena_printf(arena, "%s (%s:%d)", s->process, s->file, s->line) : s->process;
}

/* A race between two lines of which one is not known cannot be defended: it says nothing. */
static bool race(struct merge *m, const struct world_result *r, const struct probe_finding *p,
                 struct finding *f)
{
    struct arena *arena = m->run->arena;
    *f = (struct finding){.rule = "data-race",
                          .site_count = 2,
                          .sites = {access_site(m, r, &p->first), access_site(m, r, &p->second)}};
    if (!f->sites[0].file || !f->sites[1].file)
        return false;
    const struct probe_object *o = &r->object[p->object];
    bool both = p->first.flags & p->second.flags & PROBE_WRITE;
    f->process = f->sites[0].process;
    f->message = arena_printf(
        arena,
        "%s and %s %s the same %u byte%s (offset %llu of %s %s) and nothing orders the two%s",
        place(arena, &f->sites[0]), place(arena, &f->sites[1]), both ? "both write" : "touch",
        p->second.size, p->second.size == 1 ? "" : "s", (unsigned long long)p->offset,
        arena_strdup(arena, o->kind), arena_strdup(arena, o->name),
        (p->first.flags | p->second.flags) & PROBE_VOLATILE
            ? "; volatile makes the compiler read it anew, but it orders nothing"
            : "");
    return true;
}

/* ---- a schedule -------------------------------------------------------------------------------- */

/* Why nothing can be concluded from this schedule; NULL: something can. */
static const char *doubt(const struct run *run, const struct world_result *r)
{
    if (r->tampered)
        return "the probe's memory was written to by a program";
    if (r->doubts & (PROBE_STATIC | PROBE_UNKNOWN | PROBE_RAW_FORK))
        return "a process took part that the probe could not follow (linked statically, or made by "
               "a raw "
               "system call)";
    if (r->doubts & (PROBE_NO_TASKS | PROBE_NO_MEMORY))
        return "there were more processes or more shared memory than the probe can follow";
    if (run->rest == STRAYED)
        return "a process waited in a call that the probe does not follow";
    return NULL;
}

void merge_schedule(struct merge *m, int schedule)
{
    struct run *run = m->run;
    const struct evidence *e = run->evidence;
    struct world_result r;
    if (!world_read(run->world, &r)) {
        m->silent++;
        m->why_silent = "there was no memory to read what the probe saw";
        return;
    }
    const char *why = doubt(run, &r);
    bool failed = false;
    if (why) {
        m->silent++;
        m->why_silent = why;
    } else {
        for (int i = 0; i < e->failure_count; i++)
            take(m, &e->failures[i], schedule);
        failed = e->failure_count > 0;
        for (size_t i = 0; i < r.findings; i++) {
            struct finding f;
            if (r.finding[i].rule == PROBE_DATA_RACE && race(m, &r, &r.finding[i], &f)) {
                take(m, &f, schedule);
                failed = true;
            }
        }
    }
    m->total->schedules_failed += failed;
    world_forget(&r);
}

void merge_finish(struct merge *m)
{
    struct evidence *total = m->total;
    if (m->silent && total->failure_count == 0)
        total->inconclusive = m->why_silent;
    total->played_through = total->failure_count == 0;
    for (int i = 0; i < total->failure_count; i++) {
        struct finding *f = &total->failures[i];
        if (strcmp(f->rule, "data-race") == 0)
            continue;
        f->message = arena_printf(m->arena, "on %d of %d schedules: %s", f->schedules_failed,
                                  total->schedules_run, f->message);
    }
}
