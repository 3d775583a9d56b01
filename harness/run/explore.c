/*
 * explore.c - the schedules lens: plays one scenario under many interleavings, in one box.
 *
 * Each schedule starts from the same state: an empty world, the programs in the work folder, no IPC object.
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
#include "run/merge.h"
#include "run/play.h"
#include "run/symbol.h"

enum { OUTPUT_KB = 64 };
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

static void tidy(struct run *run, struct census pristine)
{
    struct census left = census_new(run->arena, pristine, census_take(run->arena, BOX_WORK));
    for (int i = left.count - 1; i >= 0; i--)
        remove_object(&left.objects[i]);
}

static void clear_run(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    for (int i = 0; i < run->process_count; i++) {
        struct process *p = run->processes[i];
        capture_close(&p->out);
        capture_close(&p->err);
        if (p->listener >= 0)
            close(p->listener);
    }
    run->process_count = run->member_count = run->timer_count = run->creation_count = 0;
    run->reaped_cpu_ms = run->cpu_ms = run->slept_ms = 0;
    run->names_made = 0;
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

static void play_schedule(struct run *run, const struct probe_config *config,
                          struct census pristine)
{
    clear_run(run);
    created_begin(run);
    run->at_start = pristine;
    world_reset(run->world, config, NULL, 0);
    world_add_driver(run->world);
    play_scenario(run);
    play_to_the_end(run);
    box_kill_rest(NULL, NULL);
}

/* ---- all of them ------------------------------------------------------------------------------- */

static struct world *open_world(void)
{
    struct world *world = world_create(BOX_PROBE "/region");
    if (!world)
        die_errno("the probe's region");
    return world;
}

void explore(struct run *run, int schedules)
{
    struct arena *kept = run->arena;
    struct evidence *total = run->evidence;
    struct census pristine = census_take(kept, BOX_WORK);
    struct merge merge = {.arena = kept, .run = run, .total = total};
    run->symbols = symbols_new(kept);
    pthread_mutex_lock(&run->lock);
    run->arena = arena_new(SCHEDULE_BYTES);
    run->world = open_world();
    pthread_mutex_unlock(&run->lock);
    cpu_set_t allowed;
    bool pins = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    for (int i = 0; i < schedules; i++) {
        if (pins)
            stay_here();
        struct probe_config config = {
            .seed = run->options->seed, .schedule = (uint32_t)i, .strategy = PROBE_PORTFOLIO};
        play_schedule(run, &config, pristine);
        if (pins)
            go_anywhere(&allowed);
        merge_schedule(&merge, i);
        tidy(run, pristine);
        total->schedules_run++;
    }
    merge_finish(&merge);
    world_destroy(run->world);
    symbols_free(run->symbols);
    run->arena = kept;
    run->evidence = total;
}
