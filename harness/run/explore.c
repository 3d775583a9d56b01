/*
 * explore.c - the schedules lens: plays one scenario under many interleavings, in one box.
 *
 * Each schedule starts from the same state: an empty world, the work folder as it was, an empty /tmp, no IPC
 * object.
 * What a schedule shows is merged into what others have shown: the same rule at the same lines is one
 * finding, counted. Memory of a schedule lies in an arena of its own and is forgotten with it.
 */
#include "run/explore.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "probe/host/strategies.h"
#include "run/debug.h"
#include "run/furnish.h"
#include "run/merge.h"
#include "run/play.h"
#include "run/shrink.h"
#include "run/switches.h"
#include "run/symbol.h"
#include "run/template.h"
#include "run/token.h"
#include "run/trace.h"

#define SCHEDULE_BYTES ((size_t)256 << 20) /* reserved, hardly used */

/* ---- from one schedule to the next ------------------------------------------------------------- */

static void remove_object(const struct object *o)
{
    char name[300];
    snprintf(name, sizeof name, "/%.255s", o->name);
    switch (o->kind) {
    case OBJECT_SYSV_SHM:
        shmctl((int)o->id, IPC_RMID, NULL);
        break;
    case OBJECT_SYSV_QUEUE:
        msgctl((int)o->id, IPC_RMID, NULL);
        break;
    case OBJECT_SYSV_SEMAPHORE:
        semctl((int)o->id, 0, IPC_RMID);
        break;
    case OBJECT_POSIX_QUEUE:
        mq_unlink(name);
        break;
    case OBJECT_POSIX_SHM:
    case OBJECT_POSIX_SEMAPHORE:
        shm_unlink(name);
        break;
    default:
        if (unlink(o->name) != 0)
            rmdir(o->name);
    }
}

struct explorer {
    struct run *run;
    struct census pristine;
    struct furnished *furnished;
    struct merge merge;
    int tries; /* that are left for shrinking */
};

static void tidy(struct explorer *x)
{
    struct run *run = x->run;
    struct census now = run->at_end_valid ? run->at_end : census_take(run->arena, BOX_WORK);
    struct census left = census_new(run->arena, x->pristine, now);
    for (int i = left.count - 1; i >= 0; i--)
        remove_object(&left.objects[i]);
    furnish_restore(x->furnished);
}

static void clear_run(struct run *run)
{
    attendant_collect(run); /* what the last schedule has left to be told */
    pthread_mutex_lock(&run->lock);
    for (int i = 0; i < run->process_count; i++) {
        struct process *p = run->processes[i];
        capture_recycle(run, &p->out);
        capture_recycle(run, &p->err);
        if (p->listener >= 0)
            close(p->listener);
    }
    run->process_count = run->member_count = run->timer_count = run->creation_count = 0;
    run->reaped_cpu_ms = run->cpu_ms = run->slept_ms = 0;
    run->names_made = 0;
    run->debugging = NULL;
    run->took_part = false;
    run->rest = MOVING;
    run->last_event = "the beginning";
    arena_reset(run->arena);
    run->seen = arena_alloc(run->arena, sizeof *run->seen);
    run->before = arena_alloc(run->arena, sizeof *run->before);
    run->watched = arena_alloc(run->arena, sizeof *run->watched);
    run->evidence = arena_alloc(run->arena, sizeof *run->evidence);
    pthread_mutex_unlock(&run->lock);
}

/* A hand-over from task to task costs eight times as much between two cores as on one. So each schedule
 * stays on the core that the kernel has chosen for it by now; the attendant's thread is free. */
static void stay_here(void)
{
    cpu_set_t here;
    int core = sched_getcpu();
    if (core < 0)
        return;
    CPU_ZERO(&here);
    CPU_SET((unsigned)core, &here);
    sched_setaffinity(0, sizeof here, &here);
}

static void go_anywhere(const cpu_set_t *allowed)
{
    sched_setaffinity(0, sizeof *allowed, allowed);
}

/* ---- one schedule ------------------------------------------------------------------------------ */

static uint32_t strategy_of(const struct run *run)
{
    const char *name = run->options->strategy;
    int strategy = name ? strategy_named(name) : PROBE_PORTFOLIO;
    return strategy < 0 ? PROBE_PORTFOLIO : (uint32_t)strategy;
}

static void play_schedule(struct explorer *x, uint32_t schedule,
                          const struct probe_decision *forced, int count)
{
    struct run *run = x->run;
    struct probe_config config = {.seed = run->options->seed,
                                  .schedule = schedule,
                                  .strategy = forced ? PROBE_RUN_TO_BLOCK : strategy_of(run)};
    if (run->options->debug)
        snprintf(config.debugged, sizeof config.debugged, "%s", run->options->debug->process);
    cpu_set_t allowed;
    bool pins = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    if (pins)
        stay_here();
    clear_run(run);
    run->schedule = schedule;
    created_begin(run);
    run->at_start = x->pristine;
    world_reset(run->world, &config, forced, (size_t)count);
    world_add_driver(run->world);
    play_scenario(run);
    play_to_the_end(run);
    debug_finish(run);
    pthread_mutex_lock(&run->lock);
    templates_note(run);
    run->at_end_valid = !templates_kill_others(run);
    pthread_mutex_unlock(&run->lock);
    if (pins)
        go_anywhere(&allowed);
}

/* ---- shrinking --------------------------------------------------------------------------------- */

/* Schedules played to shrink one finding, and all of a scenario: who shares without any order races at every
 * line. The first are causes; the others have their schedule's number. */
enum { TRIES = 60, TRIES_OF_ALL = 600 };
enum { MOST_SWITCHES = 24 }; /* of a story that a person follows */

struct suspect {
    struct explorer *explorer;
    const struct finding *finding;
    uint32_t schedule; /* the first that showed it */
};

static bool found_again(void *arg, const struct probe_decision *list, int count)
{
    const struct suspect *s = arg;
    s->explorer->tries--;
    play_schedule(s->explorer, s->schedule, list, count);
    bool found = merge_shows(&s->explorer->merge, s->finding);
    tidy(s->explorer);
    return found;
}

/* A failed expectation is told as the schedule of its token shows it. One that says what went wrong, and not
 * where, has the places of the switches. */
static void tell_finding(struct explorer *x, struct finding *f, uint32_t schedule,
                         const struct probe_decision *list, int count)
{
    x->run->tells_callers = true;
    play_schedule(x, schedule, list, count);
    x->run->tells_callers = false;
    merge_tell_again(&x->merge, f);
    if (f->site_count == 0)
        switches_place(x->merge.arena, x->run, list, count, f);
    tidy(x);
}

/* The finding's token becomes a short list of switches that shows it, if there is one. */
static void shrink_finding(struct explorer *x, struct finding *f, uint32_t schedule,
                           struct probe_decision *list, int count)
{
    struct suspect suspect = {x, f, schedule};
    if (!found_again(&suspect, list, count))
        return; /* the list is not all there is to it (it overflowed): the number stays the token */
    int tries = x->tries < TRIES ? x->tries : TRIES;
    int left = shrink(list, count, tries, found_again, &suspect);
    if (!f->by_probe && f->quality != QUALITY_CLEANUP)
        tell_finding(x, f, schedule, list, left);
    if (left > MOST_SWITCHES)
        return; /* its number shows the same, and can be typed */
    struct turn_switch *switches = arena_array(x->merge.arena, struct turn_switch, left + 1);
    for (int i = 0; i < left; i++)
        switches[i] = (struct turn_switch){list[i].step, list[i].task};
    struct replay replay = {.scenario = x->run->scenario->name,
                            .schedule = schedule,
                            .forced = true,
                            .switches = switches,
                            .switch_count = left};
    f->replay = token_of(x->merge.arena, &replay);
    f->message =
        arena_printf(x->merge.arena, "%s%s", f->message, merge_switches_told(&x->merge, left));
}

/* ---- all of them ------------------------------------------------------------------------------- */

static struct world *open_world(void)
{
    struct world *world = world_create(BOX_PROBE "/region");
    if (!world)
        die_errno("the probe's region");
    return world;
}

static bool was_costly(enum rest rest)
{
    return rest == SPUN || rest == OVERSLEPT || rest == FLOODED || rest == SWOLLEN ||
           rest == STRAYED;
}

/* More schedules would teach nothing, and cost much: every one has failed, or so many took seconds as they do of
 * a program that spins. */
static bool is_enough(int played, int failed, int costly)
{
    enum { FAILURES = 10, COSTLY = 2, COSTLY_AMONG_OTHERS = 10 };
    return (failed == played && failed >= FAILURES) || (costly == played && costly >= COSTLY) ||
           costly >= COSTLY_AMONG_OTHERS;
}

static void play_all(struct explorer *x, int schedules)
{
    int failed = 0, costly = 0;
    for (int i = 0; i < schedules; i++) {
        play_schedule(x, (uint32_t)i, NULL, 0);
        failed += !x->run->evidence->played_through;
        costly += was_costly(x->run->rest);
        merge_schedule(&x->merge, i);
        tidy(x);
        x->merge.total->schedules_run++;
        if (is_enough(i + 1, failed, costly))
            break;
    }
}

static void play_again(struct explorer *x, const struct replay *replay)
{
    struct probe_decision *forced = NULL;
    if (replay->forced) {
        forced = arena_array(x->merge.arena, struct probe_decision, replay->switch_count + 1);
        for (int i = 0; i < replay->switch_count; i++)
            forced[i] = (struct probe_decision){replay->switches[i].step, replay->switches[i].task};
    }
    x->run->tells_callers = true;
    play_schedule(x, replay->schedule, forced, replay->switch_count);
    merge_schedule(&x->merge, (int)replay->schedule);
    trace_record(x->merge.arena, x->run, x->merge.total);
    tidy(x);
    x->merge.total->schedules_run++;
}

static void shrink_all(struct explorer *x)
{
    x->tries = TRIES_OF_ALL;
    int count = x->merge.decisions ? x->merge.total->failure_count : 0;
    for (int i = 0; i < count && x->tries > 0; i++) {
        struct decisions *d = &x->merge.decisions[i];
        if (d->list)
            shrink_finding(x, &x->merge.total->failures[i], (uint32_t)d->first, d->list, d->count);
    }
}

void explore(struct run *run, int schedules, int programs)
{
    struct explorer x = {.run = run,
                         .pristine = census_take(run->arena, BOX_WORK),
                         .furnished = furnish_note(run->arena, programs),
                         .merge = {.arena = run->arena, .run = run, .total = run->evidence}};
    const struct command *command = run->options->command;
    run->symbols = symbols_new(run->arena, command ? command->folder : NULL);
    pthread_mutex_lock(&run->lock);
    run->arena = arena_new(SCHEDULE_BYTES);
    run->idle.arena = arena_new(SCHEDULE_BYTES);
    run->world = open_world();
    run->templates = templates_new(x.merge.arena);
    pthread_mutex_unlock(&run->lock);
    if (run->options->replay) {
        play_again(&x, run->options->replay);
    } else {
        play_all(&x, schedules);
        shrink_all(&x);
        merge_finish(&x.merge);
    }
    world_destroy(run->world);
    symbols_free(run->symbols);
    run->arena = x.merge.arena;
    run->evidence = x.merge.total;
}
