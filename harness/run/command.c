/*
 * command.c - plays a command (see command.h): starts it, waits for its end and for everybody else's, and
 * tells what is left.
 *
 * Objects count as left behind only when the schedule ended by itself, with exit status 0 and nobody alive:
 * until then somebody may have removed them yet.
 */
#include "run/command.h"

#include <string.h>

#include "judge/leftovers.h"
#include "run/symbol.h"
#include "run/world.h"

/* ---- findings of the schedule as a whole ------------------------------------------------------- */

static void note(struct run *run, struct finding finding)
{
    struct evidence *e = run->evidence;
    e->failures = arena_grow(run->arena, e->failures, e->failure_count, sizeof *e->failures);
    e->failures[e->failure_count++] = finding;
}

static bool is_alive(const struct task *t)
{
    return t->activity != TASK_ZOMBIE;
}

/* Processes, not threads: each by the first of its tasks. */
static void note_orphans(struct run *run)
{
    struct finding f = {.rule = "orphan"};
    int alive = 0;
    pid_t last = 0;
    for (int i = 0; i < run->seen->count; i++) {
        const struct task *t = &run->seen->tasks[i];
        if (!is_alive(t) || t->pid == last)
            continue;
        last = t->pid;
        alive++;
        if (f.site_count < MAX_SITES)
            f.sites[f.site_count++] = turn_site(run, t);
    }
    if (!alive)
        return;
    const struct site *first = &f.sites[0];
    f.process = first->process;
    f.message =
        text(run, "%s was still there when the command had ended, and waits in %s%s for ever%s",
             first->process, first->access,
             first->file ? text(run, " at %s:%d", first->file, first->line) : "",
             alive > 1 ? text(run, " (and %d more with it)", alive - 1) : "");
    note(run, f);
}

/* ---- what is left ------------------------------------------------------------------------------ */

/* A file may be what the command is for. */
static void note_leaks(struct run *run)
{
    struct census left = census_new(run->arena, run->at_start, census_take(run->arena, BOX_WORK));
    for (int i = 0; i < left.count && i < MAX_CREATIONS; i++)
        object_find_creator(run, &left.objects[i]);
    struct evidence e = {.left = left.objects, .left_count = left.count};
    struct finding *findings;
    int count = leftovers_told(run->arena, &e, PERSISTS(OBJECT_FILE), &findings);
    for (int i = 0; i < count; i++)
        note(run, findings[i]);
}

/* ---- the scenario ------------------------------------------------------------------------------ */

static void play(struct run *run)
{
    const struct command *command = run->options->command;
    struct process *p = start_command(run, command);
    expect_exit(p, 0);
    settle(run);
    note_orphans(run);
    if (run->evidence->failure_count == 0)
        note_leaks(run);
}

struct assignment_set command_set(struct arena *arena, off_t bytes)
{
    enum { ROOM_MB = 64 };
    struct assignment *assignment = arena_alloc(arena, sizeof *assignment);
    struct scenario *scenario = arena_alloc(arena, sizeof *scenario);
    const struct scenario **list = arena_array(arena, const struct scenario *, 1);
    unsigned megabytes = (unsigned)(bytes >> 20) + 1;
    *scenario = (struct scenario){
        .name = COMMAND_SCENARIO,
        .limits = {.file_mb = ROOM_MB + megabytes,
                   .memory_mb = limits_default.memory_mb + megabytes}, /* files count as memory */
        .play = play};
    list[0] = scenario;
    return (struct assignment_set){
        .name = COMMAND_SCENARIO, .assignment = assignment, .scenarios = list, .scenario_count = 1};
}
