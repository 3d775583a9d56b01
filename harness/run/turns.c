/*
 * turns.c - the schedules lens's way to wait, to look, and to say who stands where.
 *
 * In the probe's world the driver is a task like any other, which acts only when nobody else can go on
 * (probe/host/driver.h). So a wait is one yield: when the turn comes back, the world is at rest, and the
 * condition holds or never will. What the tasks stand in is read from the region - evidence, bounded by the
 * supervisor - and put into the same snapshot that the kernel fills in on the plain lens.
 */
#include <stdio.h>
#include <string.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/debug.h"
#include "run/standstill.h"
#include "run/symbol.h"
#include "run/told.h"
#include "run/world.h"

enum { SLICE_MS = 5, SILENCE_MS = 3000, DEATH_MS = 5000 };

void turn_become(void *arg)
{
    struct run *run = arg;
    world_become(run->world, run->next_task);
}

/* A task that has left may still be on its way out of the kernel: its status is wanted. */
static void await_deaths(struct run *run)
{
    int pids[PROBE_TASKS];
    int count = world_dying(run->world, pids);
    for (int i = 0; i < count; i++) {
        int fd = (int)syscall(SYS_pidfd_open, pids[i], 0);
        struct pollfd process = {.fd = fd, .events = POLLIN};
        if (fd >= 0) {
            poll(&process, 1, DEATH_MS);
            close(fd);
        }
        while (debug_goes_on(run) && process_is_traced(pids[i])) /* gdb knows of its end first */
            poll(NULL, 0, 1);
    }
}

static void see(struct run *run)
{
    struct world_task tasks[PROBE_TASKS];
    int count = world_tasks(run->world, tasks);
    struct snapshot *s = run->seen;
    s->count = 0;
    s->truncated = false;
    for (int i = 0; i < count && s->count < MAX_TASKS; i++) {
        const struct world_task *t = &tasks[i];
        if (t->driver || t->pid <= 1 || (t->dead && !t->zombie))
            continue;
        s->tasks[s->count++] = (struct task){
            .pid = t->process_pid,
            .tid = t->pid,
            .parent = t->parent_pid,
            .activity = t->zombie    ? TASK_ZOMBIE
                        : t->blocked ? TASK_BLOCKED
                                     : TASK_RUNS,
            .nr = -1,
            .turn_task = t->index + 1,
        };
    }
    *run->before = *s;
    run->seen_valid = run->before_valid = true;
    members_update(run, s);
}

static enum rest rest_of(enum probe_end end)
{
    switch (end) {
    case PROBE_RUNNING:
    case PROBE_DONE:
    case PROBE_STUCK:
        return AT_REST;
    case PROBE_LIVELOCKED:
        return CIRCLED;
    default:
        return STRAYED;
    }
}

/* The budgets of time and memory are for programs as they were handed in. The probe makes them slower and
 * larger, so that here a budget used up says nothing of them; the plain lens judges by it. */
bool rest_proves_nothing(const struct run *run)
{
    return run->rest == STRAYED ||
           (run->world && (run->rest == SPUN || run->rest == OVERSLEPT || run->rest == SWOLLEN));
}

static bool out_of_budget(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    bool over = run->rest != MOVING;
    pthread_mutex_unlock(&run->lock);
    return over;
}

/* Gives the turn away and waits for it. False: the world ended otherwise; run->rest says how. */
static bool turn_comes_back(struct run *run, enum world_wait wait)
{
    enum probe_end end = PROBE_RUNNING;
    run->waiting = true;
    run->rest = MOVING;
    if (world_yield(run->world, wait))
        while (!world_returned(run->world, SLICE_MS, &end)) {
            unsigned holder;
            debug_attend(run);
            if (out_of_budget(run))
                break;
            if (!debug_goes_on(run) && world_silence(run->world, &holder) > SILENCE_MS &&
                !world_holder_runs(run->world)) {
                run->rest = STRAYED; /* in a call that the probe does not know */
                break;
            }
        }
    run->waiting = false;
    await_deaths(run);
    attendant_collect(run);
    pthread_mutex_lock(&run->lock);
    if (run->rest == MOVING)
        run->rest = rest_of(end);
    run->ending = end;
    see(run);
    pthread_mutex_unlock(&run->lock);
    return run->rest == AT_REST;
}

/* On every other schedule the driver looks again and again while others go on, so that it acts as soon as
 * it may, and not always when all have come to rest. */
bool await_eagerly(struct run *run, bool (*holds)(void *arg), void *arg)
{
    enum { LOOKS = 200, ALONE = 8 };
    bool eager = run->world && run->schedule % 2;
    for (int i = 0, alone = 0; eager && i < LOOKS && alone < ALONE; i++) {
        unsigned before = world_steps(run->world);
        attendant_collect(run);
        if (holds(arg))
            return true;
        if (!turn_comes_back(run, WORLD_ANY_TIME))
            break;
        alone =
            world_steps(run->world) <= before + 1 ? alone + 1 : 0; /* chance, or all are at rest */
    }
    return await(run, holds, arg);
}

bool await_turn(struct run *run, bool (*holds)(void *arg), void *arg)
{
    run->seen_valid = run->before_valid = false;
    attendant_collect(run);
    if (holds(arg))
        return true;
    if (run->rest != MOVING && run->rest != AT_REST)
        return false;
    turn_comes_back(run, WORLD_REST);
    return holds(arg);
}

void turn_point_of_driver(struct run *run)
{
    if (run->world && (run->rest == MOVING || run->rest == AT_REST))
        turn_comes_back(run, WORLD_ANY_TIME);
}

/* ---- who stands where -------------------------------------------------------------------------- */

const char *turn_call_name(struct run *run, const struct task *task)
{
    struct world_task t;
    if (!world_task_at(run->world, task->turn_task - 1, &t))
        return NULL;
    /* calls.c names system calls; a wait for a semaphore or a lock of threads is a futex there */
    bool futex = strncmp(t.family, "POSIX sem", 9) == 0 || strncmp(t.family, "thread", 6) == 0;
    return text(run, "%s",
                futex                             ? "futex"
                : strncmp(t.call, "wait", 4) == 0 ? "wait"
                : strcmp(t.call, "openat") == 0   ? "open"
                                                  : t.call);
}

struct site turn_site(struct run *run, const struct task *task)
{
    struct world_result result;
    struct site site = {.process = process_label(run, task->pid), .access = "?"};
    if (!world_read(run->world, &result))
        return site;
    if (task->turn_task - 1 < result.tasks) {
        const struct probe_task *t = &result.task[task->turn_task - 1];
        site.process = arena_strdup(run->arena, t->name);
        site.access = text(run, "%s%s", call_told(run->arena, &result, t->call, t->object, t->args),
                           standstill_holds(run, &result, task->turn_task - 1));
        symbol_site(run->arena, run->symbols, &result, t->site, &site);
    }
    world_forget(&result);
    return site;
}
