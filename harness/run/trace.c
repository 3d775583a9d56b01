/* trace.c - the event log as lines for a person (see trace.h). */
#include "run/trace.h"

#include "run/symbol.h"
#include "run/told.h"

static struct trace_line line_of(struct arena *arena, struct run *run, const struct world_result *r,
                                 const struct probe_event *e)
{
    struct site site = {0};
    symbol_site(arena, run->symbols, r, e->site, &site);
    return (struct trace_line){.step = e->step,
                               .process = arena_strdup(arena, r->task[e->task].name),
                               .call = call_told(arena, r, e->call, e->object, e->args),
                               .result = result_told(arena, r, e->call, e->result),
                               .file = site.file,
                               .line = site.line};
}

void trace_record(struct arena *arena, struct run *run, struct evidence *evidence)
{
    struct world_result r;
    if (!world_read(run->world, &r))
        return;
    evidence->trace = arena_array(arena, struct trace_line, r.events + 1);
    for (size_t i = 0; i < r.events && r.tasks; i++)
        evidence->trace[evidence->trace_count++] = line_of(arena, run, &r, &r.event[i]);
    world_forget(&r);
}
