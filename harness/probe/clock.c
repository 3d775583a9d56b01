/*
 * clock.c - vector clocks (happens-before), and the queues of them that objects carry.
 *
 * A task's clock counts its releases. Releasing copies or joins the clock into what the object
 * carries and then ticks, so that what the task does afterwards is not covered. A clock is as long
 * as there were tasks when it was made; beyond its length it is 0.
 */
#include "probe.h"

struct clock {
    uint32_t length;
    uint32_t unused;
    uint32_t at[];
};

enum { CLOCK_MAX = (1 << 24) - 1 };

static size_t clock_size(uint32_t length)
{
    return sizeof(struct clock) + length * sizeof(uint32_t);
}

static struct clock *clock_new(uint32_t length)
{
    if (length > PROBE_TASKS)
        length = PROBE_TASKS;
    struct clock *c = heap_get(clock_size(length));
    c->length = length;
    return c;
}

static struct clock *clock_sized(uint32_t task)
{
    struct clock **mine = &PRIVATE->clock[task % PROBE_TASKS];
    if (!*mine)
        *mine = clock_new(PROBE_TASKS);
    return *mine;
}

struct clock *clock_of(uint32_t task)
{
    return clock_sized(task);
}

uint32_t clock_epoch(void)
{
    if (self.epoch == EPOCH_UNKNOWN)
        self.epoch = self.task << 24 | clock_sized(self.task)->at[self.task];
    return self.epoch;
}

uint32_t clock_known(const struct clock *c, uint32_t task)
{
    return !c ? CLOCK_MAX : task < c->length ? c->at[task] : 0;
}

bool clock_ordered(uint32_t epoch)
{
    return (epoch & CLOCK_MAX) <= clock_sized(self.task)->at[epoch_task(epoch)];
}

static void tick(uint32_t task)
{
    uint32_t *mine = &clock_sized(task)->at[task];
    if (*mine < CLOCK_MAX)
        ++*mine;
    self.epoch = EPOCH_UNKNOWN; /* it may be my own */
}

static void join(struct clock *into, const struct clock *from)
{
    for (uint32_t i = 0; i < from->length && i < into->length; i++)
        if (into->at[i] < from->at[i])
            into->at[i] = from->at[i];
}

void clock_join(struct clock **into, const struct clock *from)
{
    uint32_t used = WORLD->tasks < PROBE_TASKS ? WORLD->tasks : PROBE_TASKS;
    if (!from)
        return;
    if (!*into || (*into)->length < used) {
        struct clock *longer = clock_new(used);
        if (*into)
            join(longer, *into);
        clock_drop(into);
        *into = longer;
    }
    join(*into, from);
}

void clock_drop(struct clock **c)
{
    if (*c)
        heap_put(*c, clock_size((*c)->length));
    *c = NULL;
}

struct clock *clock_copy(const struct clock *c)
{
    struct clock *copy = NULL;
    clock_join(&copy, c);
    return copy;
}

struct clock *clock_mine(void)
{
    struct clock *copy = clock_copy(clock_sized(self.task));
    tick(self.task);
    return copy;
}

void clock_release(struct clock **into)
{
    clock_join(into, clock_sized(self.task));
    tick(self.task);
}

void clock_acquire(const struct clock *from)
{
    if (from)
        join(clock_sized(self.task), from);
}

void clock_start(uint32_t task, bool after_me)
{
    struct clock *c = clock_sized(task);
    if (after_me) {
        join(c, clock_sized(self.task));
        tick(self.task);
    }
    if (!c->at[task])
        c->at[task] = 1;
    self.epoch = EPOCH_UNKNOWN;
}

/* All signals are blocked here, and stay so: what a family sends now comes when its time has come. */
static void tell_families(void)
{
    bool held = self.held;

    self.held = true;
    FOR_EACH_FAMILY(f)
    if (f->driver_acted)
        f->driver_acted();
    self.held = held;
}

void clock_barrier(void)
{
    if (WORLD->barrier == PRIVATE->barrier)
        return;
    PRIVATE->barrier = WORLD->barrier;
    uint32_t used = WORLD->tasks < PROBE_TASKS ? WORLD->tasks : PROBE_TASKS;
    for (uint32_t i = 0; i < used; i++)
        if (PRIVATE->clock[i])
            clock_join(&PRIVATE->outside, PRIVATE->clock[i]);
    for (uint32_t i = 0; i < used; i++)
        if (PRIVATE->clock[i]) {
            join(PRIVATE->clock[i], PRIVATE->outside);
            tick(i);
        }
    tell_families();
}

/* ---- queues ---------------------------------------------------------------------------------- */

static void push(struct clock_queue *q, uint64_t count, int64_t tag, struct clock *clock)
{
    struct clock_unit *unit = heap_get(sizeof *unit);
    *unit = (struct clock_unit){.clock = clock, .count = count, .tag = tag};
    if (q->last)
        q->last->next = unit;
    else
        q->first = unit;
    q->last = unit;
    q->count += count;
}

void clock_push(struct clock_queue *q, uint64_t count, int64_t tag)
{
    if (count)
        push(q, count, tag, clock_mine());
}

void clock_push_of(struct clock_queue *q, uint64_t count, int64_t tag, uint32_t task)
{
    if (count)
        push(q, count, tag, clock_copy(clock_sized(task)));
    tick(task);
}

static void drop_first(struct clock_queue *q)
{
    struct clock_unit *unit = q->first;
    q->first = unit->next;
    if (!q->first)
        q->last = NULL;
    clock_drop(&unit->clock);
    heap_put(unit, sizeof *unit);
}

void clock_take(struct clock_queue *q, uint64_t count)
{
    while (q->first && count) {
        struct clock_unit *unit = q->first;
        uint64_t part = unit->count < count ? unit->count : count;
        clock_acquire(unit->clock);
        unit->count -= part;
        q->count -= part;
        count -= part;
        if (!unit->count)
            drop_first(q);
    }
}

void clock_take_unit(struct clock_queue *q, struct clock_unit *unit)
{
    struct clock_unit *before = NULL;
    for (struct clock_unit *u = q->first; u && u != unit; u = u->next)
        before = u;
    clock_acquire(unit->clock);
    q->count -= unit->count;
    if (!before) {
        drop_first(q);
        return;
    }
    before->next = unit->next;
    if (q->last == unit)
        q->last = before;
    clock_drop(&unit->clock);
    heap_put(unit, sizeof *unit);
}

void clock_clear(struct clock_queue *q)
{
    while (q->first)
        drop_first(q);
    q->count = 0;
}
