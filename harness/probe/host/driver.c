/* driver.c - the driver's turns: see driver.h. */
#include "driver.h"

#include <errno.h>
#include <signal.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../turn_grant.h"
#include "inside.h"

enum { DRIVER = 0, TICK_NS = 1000000 };

void world_add_driver(struct world *w)
{
    unsigned task = world_add(w, "driver", PROBE_DRIVER | PROBE_ARRIVED);
    world_set_pid(w, task, getpid());
    __atomic_store_n(&w->region->world.holder, DRIVER, __ATOMIC_SEQ_CST);
}

/* The driver may have changed anything: whoever is blocked tries again. */
static void all_try_again(struct world *w)
{
    struct probe_region *r = w->region;
    uint32_t tasks = bounded(LOAD(r->world.tasks), PROBE_TASKS);
    r->world.progress++;
    r->world.barrier++;
    for (uint32_t i = 0; i < tasks; i++)
        if (i != DRIVER && LOAD(r->tasks[i].state) == PROBE_BLOCKED)
            __atomic_store_n(&r->tasks[i].state, PROBE_READY, __ATOMIC_SEQ_CST);
}

bool world_yield(struct world *w, enum world_wait wait)
{
    struct probe_region *r = w->region;
    uint32_t next = world_taker(w, DRIVER);
    if (next == PROBE_NOBODY)
        return false;
    all_try_again(w);
    r->tasks[DRIVER].granted = 0;
    __atomic_store_n(&r->tasks[DRIVER].state, wait == WORLD_REST ? PROBE_IDLE : PROBE_READY,
                     __ATOMIC_SEQ_CST);
    __atomic_store_n(&r->world.elect, 1, __ATOMIC_SEQ_CST);
    w->silent_ms = 0;
    turn_grant(r, next, world_wake);
    return true;
}

static bool has_turn(struct world *w, enum probe_end *end)
{
    struct probe_region *r = w->region;
    uint32_t ended = __atomic_load_n(&r->world.ended, __ATOMIC_SEQ_CST);
    *end = ended < PROBE_ENDS ? (enum probe_end)ended : PROBE_OUTSIDER;
    if (*end != PROBE_RUNNING)
        return true;
    if (!__atomic_load_n(&r->tasks[DRIVER].granted, __ATOMIC_SEQ_CST))
        return false;
    __atomic_store_n(&r->tasks[DRIVER].granted, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&r->tasks[DRIVER].state, PROBE_READY, __ATOMIC_SEQ_CST);
    return true;
}

bool world_returned(struct world *w, unsigned milliseconds, enum probe_end *end)
{
    uint32_t *granted = &w->region->tasks[DRIVER].granted;
    struct timespec tick = {.tv_nsec = TICK_NS};
    for (unsigned passed = 0; !has_turn(w, end); passed++) {
        if (passed >= milliseconds)
            return false;
        syscall(SYS_futex, granted, FUTEX_WAIT, 0, &tick, NULL, 0);
        if (world_moved(w)) {
            w->silent_ms = 0;
        } else if (++w->silent_ms) {
            world_look_at_holder(w);
        }
    }
    return true;
}

/* ---- who stands where ---------------------------------------------------------------------------- */

static uint32_t tasks_of(const struct world *w)
{
    return bounded(LOAD(w->region->world.tasks), PROBE_TASKS);
}

bool world_task_at(const struct world *w, uint32_t index, struct world_task *task)
{
    const struct probe_region *r = w->region;
    if (index >= tasks_of(w))
        return false;
    const struct probe_task *t = &r->tasks[index];
    uint32_t state = LOAD(t->state), call = LOAD(t->call), flags = LOAD(t->flags);
    uint32_t process = LOAD(t->process), parent = LOAD(t->parent);
    *task = (struct world_task){.index = index,
                                .pid = LOAD(t->pid),
                                .argument = LOAD(t->args[0]),
                                .driver = flags & PROBE_DRIVER,
                                .arrived = flags & PROBE_ARRIVED,
                                .blocked = state == PROBE_BLOCKED,
                                .dead = state == PROBE_DEAD || state == PROBE_DYING};
    task->process_pid = process < tasks_of(w) ? LOAD(r->tasks[process].pid) : task->pid;
    task->parent_pid = parent < tasks_of(w) ? LOAD(r->tasks[parent].pid) : getpid();
    memcpy(task->name, t->name, sizeof task->name - 1);
    if (call < bounded(LOAD(r->world.calls), PROBE_CALLS)) {
        memcpy(task->call, r->calls[call].name, sizeof task->call - 1);
        memcpy(task->family, r->calls[call].family, sizeof task->family - 1);
    }
    bool gone = task->pid > 1 && kill(task->pid, 0) != 0 && errno == ESRCH;
    task->dead = task->dead || gone; /* it was killed, whatever it last said of itself */
    task->zombie = task->dead && !gone && parent < tasks_of(w) && index == process &&
                   process_is_zombie(task->pid);
    return true;
}

int world_tasks(const struct world *w, struct world_task tasks[PROBE_TASKS])
{
    int n = 0;
    for (uint32_t i = 0; i < tasks_of(w); i++)
        n += world_task_at(w, i, &tasks[n]);
    return n;
}

/* It may be a thread that ends its process; and one that only ends itself may have been the last. */
static bool is_dying(const struct world *w, uint32_t process)
{
    bool any = false;
    for (uint32_t i = 0; i < tasks_of(w); i++) {
        uint32_t state = LOAD(w->region->tasks[i].state);
        if (LOAD(w->region->tasks[i].process) != process)
            continue;
        if (state != PROBE_DYING && state != PROBE_DEAD)
            return false;
        any = any || state == PROBE_DYING;
    }
    return any;
}

int world_dying(const struct world *w, int pids[PROBE_TASKS])
{
    int n = 0;
    for (uint32_t i = 0; i < tasks_of(w); i++)
        if (LOAD(w->region->tasks[i].process) == i && is_dying(w, i))
            pids[n++] = LOAD(w->region->tasks[i].pid);
    return n;
}

void world_ask_template(struct world *w)
{
    w->region->world.template = (int32_t)syscall(SYS_getpid);
}

bool world_gate(const struct world *w, struct world_gate *gate)
{
    const struct probe_world *s = &w->region->world;
    uint32_t stands = __atomic_load_n(&s->gate, __ATOMIC_SEQ_CST);
    *gate = (struct world_gate){
        .pid = LOAD(s->gate_pid),
        .next = LOAD(s->gate_at),
        .is_main = LOAD(s->gate_main),
        .held = stands >= PROBE_GATE_HELD,
        .address =
            (const void *)(uintptr_t)(PROBE_ADDRESS + offsetof(struct probe_region, world.gate)),
        .holds = PROBE_GATE_HELD};
    return stands != PROBE_GATE_AHEAD && gate->pid > 1;
}

void world_open_gate(struct world *w)
{
    __atomic_store_n(&w->region->world.gate, PROBE_GATE_OPEN, __ATOMIC_SEQ_CST);
}

bool world_holder_runs(const struct world *w)
{
    uint32_t holder = LOAD(w->region->world.holder);
    return holder < tasks_of(w) && (LOAD(w->region->tasks[holder].flags) & PROBE_BURYING ||
                                    process_computes(LOAD(w->region->tasks[holder].pid)));
}
