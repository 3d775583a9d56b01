/*
 * switches.c - where a shrunk schedule switches (see switches.h).
 *
 * A switch at step N takes the turn from whose call step N - 1 was; what that task does next is what it was kept
 * from. Both are in the log. A switch before anybody has made a call is no place: that is only who comes first.
 */
#include "run/switches.h"

#include "run/symbol.h"
#include "run/told.h"

enum { FEW_SWITCHES = 4 };

/* The call that step was; NULL: none. */
static const struct probe_event *call_at(const struct world_result *r, uint32_t step)
{
    for (size_t i = 0; i < r->events; i++)
        if (r->event[i].step == step)
            return &r->event[i];
    return NULL;
}

/* What the task did next after that step; NULL: nothing. */
static const struct probe_event *next_call(const struct world_result *r, uint32_t task,
                                           uint32_t step)
{
    for (size_t i = 0; i < r->events; i++)
        if (r->event[i].task == task && r->event[i].step > step)
            return &r->event[i];
    return NULL;
}

static const struct probe_event *kept_from(const struct world_result *r,
                                           const struct probe_decision *d)
{
    const struct probe_event *before = d->task < r->tasks ? call_at(r, d->step - 1) : NULL;
    return before && before->task != d->task ? next_call(r, before->task, d->step) : NULL;
}

static bool place(struct arena *arena, struct run *run, const struct world_result *r,
                  const struct probe_decision *d, struct site *site)
{
    const struct probe_event *e = kept_from(r, d);
    if (!e)
        return false;
    const struct probe_task *first = &r->task[d->task];
    *site = (struct site){
        .process = arena_strdup(arena, r->task[e->task].name),
        .access = arena_printf(arena, "%s, before which %s goes on",
                               call_told(arena, r, e->call, e->object, e->args),
                               first->flags & PROBE_DRIVER ? "the scenario" : first->name)};
    symbol_site(arena, run->symbols, r, e->site, site);
    return site->file != NULL;
}

void switches_place(struct arena *arena, struct run *run, const struct probe_decision *list,
                    int count, struct finding *f)
{
    struct world_result r;
    if (count > FEW_SWITCHES || !world_read(run->world, &r))
        return;
    for (int i = 0; i < count && r.tasks && !r.tampered; i++)
        f->site_count += place(arena, run, &r, &list[i], &f->sites[f->site_count]);
    world_forget(&r);
}
