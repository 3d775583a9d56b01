/*
 * supervise.c - running a schedule from outside: see supervise.h.
 *
 * A task that dies with the turn cannot hand it on. So while nothing moves, the holder is looked at
 * once a millisecond; if it is dead, it is marked so and anybody alive is granted the turn, with
 * the order to elect. A holder that never reached its main is a static program: it is let go
 * outside of the turns.
 */
#include "supervise.h"
#include "../turn_grant.h"
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 1, ARRIVAL_MS = 3000, ASLEEP_MS = 1000, HEAP_KEPT = 16 << 20 };
#define HEAP_START ((sizeof(struct probe_region) + 4095) & ~4095ull)

void world_wake(uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

uint32_t bounded(uint32_t n, uint32_t limit)
{
    return n < limit ? n : limit;
}

/* ---- making and emptying --------------------------------------------------------------------- */

struct world *world_create(const char *path)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    snprintf(w->path, sizeof w->path, "%s", path);
    w->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (w->fd >= 0 && fchmod(w->fd, 0666) == 0 && ftruncate(w->fd, PROBE_SIZE) == 0) {
        w->region = mmap(NULL, PROBE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd, 0);
        if (w->region != MAP_FAILED)
            return w;
    }
    int error = errno;
    w->region = NULL;
    world_destroy(w);
    errno = error;
    return NULL;
}

void world_destroy(struct world *w)
{
    if (!w)
        return;
    if (w->region)
        munmap(w->region, PROBE_SIZE);
    if (w->fd >= 0) {
        close(w->fd);
        unlink(w->path);
    }
    free(w);
}

static bool looks_intact(const struct world *w)
{
    const struct probe_region *r = w->region;
    const struct probe_world *s = &r->world;
    return r->magic == PROBE_MAGIC && r->version == PROBE_VERSION && r->size == PROBE_SIZE &&
           memcmp(&r->config, &w->config, sizeof w->config) == 0 && LOAD(s->tasks) <= PROBE_TASKS &&
           LOAD(s->findings) <= PROBE_FINDINGS && LOAD(s->decisions) <= PROBE_DECISIONS &&
           LOAD(s->objects) < PROBE_OBJECTS && LOAD(s->sites) < PROBE_SITES &&
           LOAD(s->modules) < PROBE_MODULES && LOAD(s->calls) <= PROBE_CALLS &&
           LOAD(s->heap) <= PROBE_SIZE && LOAD(s->ended) < PROBE_ENDS;
}

/* Zeroes what the last schedule used; all of it if what it says of that cannot be believed. */
static void empty(struct world *w)
{
    struct probe_region *r = w->region;
    struct probe_world s = r->world;

    if (!looks_intact(w) || s.heap > HEAP_KEPT) {
        fallocate(w->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PROBE_SIZE);
        return;
    }
    memset(r->tasks, 0, s.tasks * sizeof r->tasks[0]);
    memset(r->objects, 0, (s.objects + 1) * sizeof r->objects[0]);
    memset(r->modules, 0, (s.modules + 1) * sizeof r->modules[0]);
    memset((char *)r + HEAP_START, 0, s.heap);
    memset(&r->world, 0, sizeof r->world);
}

void world_reset(struct world *w, const struct probe_config *config,
                 const struct probe_decision *forced, size_t count)
{
    struct probe_region *r = w->region;

    empty(w);
    w->config = *config;
    w->config.forced = bounded((uint32_t)count, PROBE_DECISIONS);
    r->magic = PROBE_MAGIC;
    r->version = PROBE_VERSION;
    r->size = PROBE_SIZE;
    r->config = w->config;
    if (forced)
        memcpy(r->forced, forced, w->config.forced * sizeof *forced);
    r->world.holder = PROBE_NOBODY;
    w->silent_ms = 0;
}

/* ---- starting -------------------------------------------------------------------------------- */

unsigned world_add(struct world *w, const char *name, unsigned flags)
{
    uint32_t task = LOAD(w->region->world.tasks);

    if (task >= PROBE_TASKS)
        return PROBE_NOBODY;
    struct probe_task *t = &w->region->tasks[task];
    *t = (struct probe_task){.state = PROBE_READY,
                             .flags = flags,
                             .parent = PROBE_NOBODY,
                             .process = task,
                             .ordinal = task + 1,
                             .wake_at = PROBE_NEVER};
    snprintf(t->name, sizeof t->name, "%s", name);
    w->region->world.tasks = task + 1;
    return task;
}

void world_set_pid(struct world *w, unsigned task, int pid)
{
    __atomic_store_n(&w->region->tasks[task % PROBE_TASKS].pid, pid, __ATOMIC_SEQ_CST);
}

void world_become(struct world *w, unsigned task)
{
    world_set_pid(w, task, (int)syscall(SYS_getpid));
}

void world_start(struct world *w)
{
    w->region->world.elect = 1;
    turn_grant(w->region, 0, world_wake);
}

/* ---- watching -------------------------------------------------------------------------------- */

static bool is_one_of_several(const struct probe_region *r, uint32_t process)
{
    uint32_t tasks = bounded(LOAD(r->world.tasks), PROBE_TASKS), threads = 0;
    for (uint32_t i = 0; i < tasks; i++)
        threads += LOAD(r->tasks[i].process) == process;
    return threads > 1;
}

/* A thread that has not begun when its process ends never has a pid of its own. To ask of one alone is to read
 * in /proc, which takes longer. */
static bool is_dead(const struct probe_region *r, const struct probe_task *t)
{
    uint32_t process = LOAD(t->process) % PROBE_TASKS;
    return process_has_ended(LOAD(r->tasks[process].pid)) ||
           (is_one_of_several(r, process) && process_is_dead(LOAD(t->pid)));
}

static bool can_take_over(const struct probe_region *r, const struct probe_task *t)
{
    uint32_t state = LOAD(t->state);
    return (state == PROBE_READY || state == PROBE_BLOCKED || state == PROBE_IDLE) &&
           !(LOAD(t->flags) & PROBE_STOPPED) && !is_dead(r, t);
}

static void end_here(struct world *w, enum probe_end how)
{
    uint32_t running = PROBE_RUNNING;
    __atomic_compare_exchange_n(&w->region->world.ended, &running, how, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
}

/* The driver only if nobody else is left: it cannot elect. */
uint32_t world_taker(const struct world *w, uint32_t from)
{
    const struct probe_region *r = w->region;
    uint32_t tasks = bounded(LOAD(r->world.tasks), PROBE_TASKS), idle = PROBE_NOBODY;
    for (uint32_t i = 0; i < tasks; i++) {
        if (i == from || !can_take_over(r, &r->tasks[i]))
            continue;
        if (LOAD(r->tasks[i].state) != PROBE_IDLE)
            return i;
        idle = i;
    }
    return idle;
}

static void hand_on(struct world *w, uint32_t from, uint32_t its_state)
{
    struct probe_region *r = w->region;

    __atomic_store_n(&r->tasks[from].state, its_state, __ATOMIC_SEQ_CST);
    uint32_t next = world_taker(w, from);
    if (next == PROBE_NOBODY) {
        end_here(w, PROBE_DONE);
        return;
    }
    __atomic_store_n(&r->world.elect, 1, __ATOMIC_SEQ_CST);
    turn_grant(r, next, world_wake);
}

/* A program without the dynamic loader never comes to its first point, nor does one that died before. */
static void say_if_absent(struct world *w, bool arrived)
{
    if (!arrived)
        __atomic_fetch_or(&w->region->world.doubts, PROBE_STATIC, __ATOMIC_RELAXED);
}

static void note_sleep(struct world *w, int pid)
{
    bool goes_on = w->asleep_ms < w->silent_ms; /* since the last point that was made */
    w->asleep_ms = process_is_asleep(pid) ? (goes_on ? w->asleep_ms : 0) + TICK_MS : 0;
}

/* Nothing has moved for a tick. */
void world_look_at_holder(struct world *w)
{
    struct probe_region *r = w->region;
    uint32_t holder = LOAD(r->world.holder);

    if (!looks_intact(w)) { /* whom should the turn be given to? */
        end_here(w, PROBE_OUTSIDER);
        return;
    }
    if (holder >= bounded(LOAD(r->world.tasks), PROBE_TASKS))
        return;
    const struct probe_task *t = &r->tasks[holder];
    int pid = LOAD(t->pid);
    bool patient = w->config.debugged[0]; /* a person looks: time says nothing */
    note_sleep(w, pid);
    bool arrived = LOAD(t->flags) & PROBE_ARRIVED && !(LOAD(t->flags) & PROBE_EXECING);
    bool present = arrived || LOAD(t->present);
    if (is_dead(r, t) || process_is_dead(pid)) { /* maybe beside threads that we do not know */
        /* It may have handed on the turn just before it died, and then another holds it. */
        if (__atomic_load_n(&r->world.holder, __ATOMIC_SEQ_CST) != holder)
            return;
        say_if_absent(w, present);
        hand_on(w, holder, PROBE_DYING);
    } else if (!arrived && (process_is_static(pid) || (!patient && w->asleep_ms >= ARRIVAL_MS))) {
        say_if_absent(w, false);
        hand_on(w, holder, PROBE_EXTERNAL);
    } else if (arrived && !patient && w->asleep_ms >= ASLEEP_MS &&
               !(LOAD(t->flags) & PROBE_BURYING)) {
        /* It joins again at its next point. */
        __atomic_fetch_or(&r->world.doubts, PROBE_SLEPT, __ATOMIC_RELAXED);
        w->silent_ms = 0;
        hand_on(w, holder, PROBE_EXTERNAL);
    }
}

bool world_moved(struct world *w)
{
    const struct probe_world *s = &w->region->world;
    uint32_t step = LOAD(s->step), holder = LOAD(s->holder);
    uint64_t events = LOAD(s->events);
    bool same = step == w->seen_step && holder == w->seen_holder && events == w->seen_events;

    w->seen_step = step;
    w->seen_holder = holder;
    w->seen_events = events;
    return !same;
}

enum probe_end world_watch(struct world *w, unsigned milliseconds)
{
    uint32_t *ended = &w->region->world.ended;
    struct timespec tick = {.tv_nsec = TICK_MS * 1000000};

    for (unsigned passed = 0;; passed += TICK_MS) {
        uint32_t now = __atomic_load_n(ended, __ATOMIC_SEQ_CST);
        if (now != PROBE_RUNNING)
            return now < PROBE_ENDS ? (enum probe_end)now : PROBE_OUTSIDER;
        if (passed >= milliseconds)
            return PROBE_RUNNING;
        syscall(SYS_futex, ended, FUTEX_WAIT, PROBE_RUNNING, &tick, NULL, 0);
        if (world_moved(w)) {
            w->silent_ms = 0;
            continue;
        }
        w->silent_ms += TICK_MS;
        world_look_at_holder(w);
    }
}

unsigned world_silence(const struct world *w, unsigned *holder)
{
    uint32_t task = LOAD(w->region->world.holder);
    *holder = task < PROBE_TASKS ? task : PROBE_NOBODY;
    return w->silent_ms;
}

unsigned world_steps(const struct world *w)
{
    return LOAD(w->region->world.step);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void *copied(const void *from, size_t count, size_t size)
{
    void *to = calloc(count + 1, size);
    if (to)
        memcpy(to, from, count * size);
    return to;
}

#define COPY(field, source, count) ((field) = copied((source), (count), sizeof *(field)))
#define ENDS(text)                 ((text)[sizeof(text) - 1] = 0)
#define IN(index, count)           ((index) < (count) ? (index) : 0)

static void bound_access(struct probe_access *a, const struct world_result *r)
{
    a->task = a->task < r->tasks ? a->task : PROBE_NOBODY;
    a->site = IN(a->site, r->sites);
}

static void bound_tasks(struct world_result *r)
{
    for (size_t i = 0; i < r->tasks; i++) {
        struct probe_task *t = &r->task[i];
        ENDS(t->name);
        t->state = IN(t->state, PROBE_STATES);
        t->parent = t->parent < r->tasks ? t->parent : PROBE_NOBODY;
        t->process = IN(t->process, r->tasks);
        t->call = IN(t->call, r->calls);
        t->site = IN(t->site, r->sites);
        t->object = IN(t->object, r->objects);
    }
}

static void bound_rest(struct world_result *r)
{
    for (size_t i = 0; i < r->findings; i++) {
        struct probe_finding *f = &r->finding[i];
        f->rule = IN(f->rule, PROBE_RULES);
        f->object = IN(f->object, r->objects);
        f->module = IN(f->module, r->modules);
        ENDS(f->text);
        bound_access(&f->first, r);
        bound_access(&f->second, r);
    }
    for (size_t i = 0; i < r->objects; i++) {
        struct probe_object *o = &r->object[i];
        ENDS(o->kind);
        ENDS(o->name);
        o->site = IN(o->site, r->sites);
        o->creator = o->creator < r->tasks ? o->creator : PROBE_NOBODY;
        o->holder = o->holder < r->tasks ? o->holder : PROBE_NOBODY;
    }
    for (size_t i = 0; i < r->sites; i++)
        r->site[i].module = IN(r->site[i].module, r->modules);
    for (size_t i = 0; i < r->modules; i++)
        ENDS(r->module[i].path);
    for (size_t i = 0; i < r->calls; i++) {
        ENDS(r->call[i].name);
        ENDS(r->call[i].family);
        ENDS(r->call[i].args);
    }
    for (size_t i = 0; i < r->events; i++) {
        struct probe_event *e = &r->event[i];
        e->task = (uint16_t)IN(e->task, r->tasks);
        e->call = (uint16_t)IN(e->call, r->calls);
        e->site = IN(e->site, r->sites);
        e->object = IN(e->object, r->objects);
    }
}

/* The ring, straightened. */
static bool copy_events(struct world_result *result, const struct probe_region *r)
{
    uint64_t total = result->events_total;
    size_t n = total < PROBE_EVENTS ? (size_t)total : PROBE_EVENTS;

    result->event = calloc(n + 1, sizeof *result->event);
    for (size_t i = 0; result->event && i < n; i++)
        result->event[i] = r->events[(total - n + i) % PROBE_EVENTS];
    result->events = n;
    return result->event;
}

bool world_read(struct world *w, struct world_result *result)
{
    struct probe_region *r = w->region;
    struct probe_world s = r->world;
    bool good = true;

    *result = (struct world_result){
        .end = s.ended < PROBE_ENDS ? (enum probe_end)s.ended : PROBE_OUTSIDER,
        .doubts = s.doubts,
        .tampered = !looks_intact(w),
        .steps = s.step,
        .strategy = bounded(s.strategy, PROBE_STRATEGIES - 1),
        .virtual_ns = s.now,
        .events_total = s.events,
        .tasks = bounded(s.tasks, PROBE_TASKS),
        .findings = bounded(s.findings, PROBE_FINDINGS),
        .decisions = bounded(s.decisions, PROBE_DECISIONS),
        .objects = bounded(s.objects + 1, PROBE_OBJECTS),
        .sites = bounded(s.sites + 1, PROBE_SITES),
        .modules = bounded(s.modules + 1, PROBE_MODULES),
        .calls = bounded(s.calls, PROBE_CALLS),
    };
    good = COPY(result->task, r->tasks, result->tasks) && good;
    good = COPY(result->finding, r->findings, result->findings) && good;
    good = COPY(result->decision, r->decisions, result->decisions) && good;
    good = COPY(result->object, r->objects, result->objects) && good;
    good = COPY(result->site, r->sites, result->sites) && good;
    good = COPY(result->module, r->modules, result->modules) && good;
    good = COPY(result->call, r->calls, result->calls) && good;
    good = copy_events(result, r) && good;
    memcpy(result->unfollowed, s.unfollowed, sizeof result->unfollowed);
    ENDS(result->unfollowed);
    if (!good) {
        world_forget(result);
        return false;
    }
    bound_tasks(result);
    bound_rest(result);
    return true;
}

void world_forget(struct world_result *result)
{
    free(result->task);
    free(result->finding);
    free(result->decision);
    free(result->object);
    free(result->site);
    free(result->module);
    free(result->call);
    free(result->event);
    *result = (struct world_result){0};
}
