/*
 * standstill.c - who holds what, who was to wake whom (see standstill.h).
 *
 * A mutex has one holder, and the probe knows it. A semaphore has none: that it is used as a lock is seen
 * from its history. As long as each that was taken was given back by who took it before anybody took it
 * again, whoever took it last holds it. One that is given by others (a slot of a buffer), taken twice or set
 * anew is no lock, and nobody is said to hold it.
 *
 * A wait is an orphan's if somebody has given or sent there, and all who ever did have ended. Of an object
 * that nobody ever gave to, nobody can say who should have.
 */
#include "run/standstill.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>

#include "base/text.h"
#include "run/symbol.h"
#include "run/told.h"

enum { MOST_THINGS = 256, MOST_OF_CIRCLE = 8 };

/* A semaphore, a queue, a lock. */
struct thing {
    uint32_t object;
    int64_t number; /* in a System V set; else 0 */
    bool no_lock;
    uint32_t holder, site; /* PROBE_NOBODY; where it was taken */
    bool let_go;           /* by the kernel's hand, when its holder ended */
    bool given[PROBE_TASKS];
    bool ever_given;
    bool undone;     /* some of it by the kernel's hand was taken back: SEM_UNDO */
    int64_t balance; /* units given and not taken, as far as the history tells */
};

struct history {
    struct run *run;
    const struct world_result *r;
    struct thing *things;
    int count;
    bool whole; /* it goes back to the beginning */
};

/* ---- what an event means --------------------------------------------------------------------- */

enum effect { NOTHING, TAKES, GIVES, SETS };

static enum effect effect_of(const char *call, const int64_t args[PROBE_ARGS])
{
    static const char *const takes[] = {"sem_wait", "sem_trywait", "sem_timedwait",
                                        "msgrcv",   "mq_receive",  "mq_timedreceive",
                                        NULL};
    static const char *const gives[] = {"sem_post", "msgsnd", "mq_send", "mq_timedsend", NULL};
    static const char *const sets[] = {"sem_init", "sem_destroy", "sem_unlink", NULL};
    if (strcmp(call, "semop") == 0 || strcmp(call, "semtimedop") == 0)
        return args[2] < 0 ? TAKES : args[2] > 0 ? GIVES : NOTHING;
    if (strcmp(call, "semctl") == 0)
        return args[2] == SETVAL || args[2] == SETALL || args[2] == IPC_RMID ? SETS : NOTHING;
    for (int i = 0; takes[i]; i++)
        if (strcmp(call, takes[i]) == 0)
            return TAKES;
    for (int i = 0; gives[i]; i++)
        if (strcmp(call, gives[i]) == 0)
            return GIVES;
    for (int i = 0; sets[i]; i++)
        if (strcmp(call, sets[i]) == 0)
            return SETS;
    return NOTHING;
}

static bool is_set_of_semaphores(const struct history *h, uint32_t object)
{
    return strcmp(h->r->object[object].kind, "System V semaphore set") == 0;
}

static bool is_semaphore(const struct history *h, uint32_t object)
{
    return strstr(h->r->object[object].kind, "semaphore") != NULL;
}

static bool is_lock(const struct history *h, uint32_t object)
{
    static const char *const kinds[] = {"mutex", "spin lock", NULL};
    for (int i = 0; kinds[i]; i++)
        if (strcmp(h->r->object[object].kind, kinds[i]) == 0)
            return true;
    return false;
}

static struct thing *thing_of(struct history *h, uint32_t object, int64_t number)
{
    number = is_set_of_semaphores(h, object) ? number : 0;
    for (int i = 0; i < h->count; i++)
        if (h->things[i].object == object && h->things[i].number == number)
            return &h->things[i];
    if (h->count == MOST_THINGS)
        return NULL;
    struct thing *t = &h->things[h->count++];
    *t = (struct thing){.object = object, .number = number, .holder = PROBE_NOBODY};
    return t;
}

/* ---- the history ----------------------------------------------------------------------------- */

static void take(struct thing *t, const struct probe_event *e, bool undone)
{
    if (t->holder != PROBE_NOBODY && !t->let_go)
        t->no_lock = true;
    t->holder = e->task;
    t->site = e->site;
    t->let_go = undone;
}

static void give(struct thing *t, const struct probe_event *e)
{
    if (t->holder != e->task && t->ever_given) /* the first may be how it is initialised */
        t->no_lock = true;
    if (t->holder != e->task && t->holder != PROBE_NOBODY)
        t->no_lock = true;
    t->holder = PROBE_NOBODY;
    t->let_go = false;
    t->given[e->task % PROBE_TASKS] = true;
    t->ever_given = true;
}

/* Before anybody has used it that is how it is initialised. */
static void set_anew(struct history *h, uint32_t object)
{
    for (int i = 0; i < h->count; i++) {
        struct thing *t = &h->things[i];
        if (t->object == object && (t->holder != PROBE_NOBODY || t->ever_given))
            t->no_lock = true;
    }
}

static int64_t units_of(const struct history *h, uint32_t object, enum effect effect,
                        const int64_t args[PROBE_ARGS])
{
    if (effect == SETS)
        return 0;
    return is_set_of_semaphores(h, object) ? args[2] : effect == GIVES ? 1 : -1;
}

static bool has_ended(const struct world_result *r, uint32_t task)
{
    uint32_t state = r->task[task].state;
    return state == PROBE_DEAD || state == PROBE_DYING;
}

/* The kernel has undone it when its process ended. */
static bool is_undone(const struct history *h, const struct probe_event *e)
{
    return is_set_of_semaphores(h, e->object) && e->args[3] & SEM_UNDO &&
           has_ended(h->r, h->r->task[e->task].process);
}

static void note(struct history *h, const struct probe_event *e)
{
    enum effect effect = effect_of(h->r->call[e->call].name, e->args);
    if (effect == NOTHING || e->object == 0 || e->result < 0)
        return;
    struct thing *t = thing_of(h, e->object, e->args[1]);
    if (!t)
        return;
    if (is_undone(h, e))
        t->undone |= effect == GIVES;
    else
        t->balance += units_of(h, e->object, effect, e->args);
    if (effect == TAKES)
        take(t, e, is_undone(h, e));
    if (effect == GIVES)
        give(t, e);
    if (effect == SETS)
        set_anew(h, e->object);
}

/* Of locks proper the probe knows the holder; where it took them is in the history. */
static void note_locks(struct history *h)
{
    for (uint32_t o = 1; o < h->r->objects; o++) {
        uint32_t holder = h->r->object[o].holder;
        struct thing *t = is_lock(h, o) && holder != PROBE_NOBODY ? thing_of(h, o, 0) : NULL;
        for (size_t i = 0; t && i < h->r->events; i++) {
            const struct probe_event *e = &h->r->event[i];
            if (e->object == o && e->task == holder && e->result >= 0 &&
                strstr(h->r->call[e->call].name, "lock") &&
                !strstr(h->r->call[e->call].name, "unlock"))
                t->site = e->site;
        }
        if (t)
            t->holder = holder;
    }
}

static struct history history_of(struct run *run, const struct world_result *r)
{
    struct history h = {.run = run, .r = r, .whole = r->events == r->events_total};
    h.things = arena_array(run->arena, struct thing, MOST_THINGS);
    for (size_t i = 0; h.whole && i < r->events && r->tasks; i++)
        note(&h, &r->event[i]);
    for (int i = 0; i < h.count; i++)
        if (!is_semaphore(&h, h.things[i].object) || h.things[i].no_lock || h.things[i].let_go)
            h.things[i].holder = PROBE_NOBODY;
    note_locks(&h);
    return h;
}

/* ---- words ----------------------------------------------------------------------------------- */

static const char *place_of(const struct history *h, uint32_t index)
{
    struct site site = {0};
    symbol_site(h->run->arena, h->run->symbols, h->r, index, &site);
    return site.file ? text(h->run, " at %s:%d", site.file, site.line) : "";
}

static const char *thing_told(const struct history *h, const struct thing *t)
{
    const struct probe_object *o = &h->r->object[t->object];
    if (is_set_of_semaphores(h, t->object))
        return text(h->run, "semaphore %d of set %d", (int)t->number,
                    (int)id_number(h->r, o->kind, (int64_t)o->id[0]));
    return object_told(h->run->arena, h->r, t->object);
}

static const char *task_told(const struct history *h, uint32_t task)
{
    const struct probe_task *t = &h->r->task[task];
    return text(h->run, "%s waits in %s%s", t->name,
                call_told(h->run->arena, h->r, t->call, t->object, t->args), place_of(h, t->site));
}

const char *standstill_holds(struct run *run, const struct world_result *r, uint32_t task)
{
    struct history h = history_of(run, r);
    const char *all = "", *before = "; holds ";
    for (int i = 0; i < h.count; i++) {
        const struct thing *t = &h.things[i];
        if (t->holder != task)
            continue;
        all = text(run, "%s%s%s, taken%s", all, before, thing_told(&h, t), place_of(&h, t->site));
        before = ", and ";
    }
    return all;
}

/* ---- a circle of locks ----------------------------------------------------------------------- */

static bool is_blocked(const struct world_result *r, uint32_t task)
{
    return r->task[task].state == PROBE_BLOCKED && !(r->task[task].flags & PROBE_DRIVER);
}

/* What it waits to take; NULL: something else, or one of several. */
static struct thing *awaited(struct history *h, uint32_t task)
{
    const struct probe_task *t = &h->r->task[task];
    const char *call = h->r->call[t->call].name;
    if (!is_blocked(h->r, task) || t->object == 0)
        return NULL;
    bool takes = effect_of(call, t->args) == TAKES;
    bool several = is_set_of_semaphores(h, t->object) && t->args[3] >> PROBE_MORE_SHIFT;
    return (takes && !several) || is_lock(h, t->object) ? thing_of(h, t->object, t->args[1]) : NULL;
}

/* Whose turn it would be to give first; PROBE_NOBODY: not known, or nobody's. */
static uint32_t waits_for(struct history *h, uint32_t task)
{
    const struct thing *t = awaited(h, task);
    return t && t->holder < h->r->tasks ? t->holder : PROBE_NOBODY;
}

/* The tasks of a circle that begins and ends with `first`; 0: it is in none. */
static int circle(struct history *h, uint32_t first, uint32_t members[MOST_OF_CIRCLE])
{
    int n = 0;
    for (uint32_t task = first; n < MOST_OF_CIRCLE; task = waits_for(h, task)) {
        if (task == PROBE_NOBODY || (n && task == first))
            return task == first ? n : 0;
        members[n++] = task;
    }
    return 0;
}

static bool name_circle(struct history *h, struct finding *f)
{
    uint32_t members[MOST_OF_CIRCLE];
    int n = 0;
    for (uint32_t task = 0; task < h->r->tasks && n == 0; task++)
        n = circle(h, task, members);
    if (n == 0)
        return false;
    const char *message = n == 1 ? "" : "each holds what the next one waits for: ";
    for (int i = 0; i < n; i++) {
        const struct thing *t = awaited(h, members[i]);
        message = text(h->run, "%s%s%s for what %s took%s", message, i ? "; " : "",
                       task_told(h, members[i]), n == 1 ? "it itself" : h->r->task[t->holder].name,
                       place_of(h, t->site));
    }
    f->process = arena_strdup(h->run->arena, h->r->task[members[0]].name);
    f->message = message;
    return true;
}

/* ---- a wait for who has ended ---------------------------------------------------------------- */

/* "producer#1 and producer#2", all of whom have ended; NULL: somebody else gave there as well, or nobody. */
static const char *givers_gone(struct history *h, const struct thing *t)
{
    const char *names = NULL;
    for (uint32_t i = 0; i < h->r->tasks; i++) {
        if (!t->given[i])
            continue;
        if (!has_ended(h->r, i))
            return NULL;
        names = names ? text(h->run, "%s and %s", names, h->r->task[i].name)
                      : arena_strdup(h->run->arena, h->r->task[i].name);
    }
    return names;
}

/* Why nobody is left who could end this task's wait; NULL: that is not known. */
static const char *orphaned(struct history *h, uint32_t task)
{
    const struct thing *t = awaited(h, task);
    if (!t)
        return NULL;
    if (t->holder < h->r->tasks)
        return has_ended(h->r, t->holder)
                   ? text(h->run, "%s for what %s took%s and never gave back, and %s has ended",
                          task_told(h, task), h->r->task[t->holder].name, place_of(h, t->site),
                          h->r->task[t->holder].name)
                   : NULL;
    const struct probe_task *waiting = &h->r->task[task];
    if (is_semaphore(h, t->object) &&
        t->balance + units_of(h, t->object, TAKES, waiting->args) >= 0)
        return NULL; /* it was given enough: that it waits has another reason */
    const char *givers = t->ever_given ? givers_gone(h, t) : NULL;
    bool several = givers && strstr(givers, " and ");
    return givers ? text(h->run, "%s for what only %s ever %s, and %s ended%s", task_told(h, task),
                         givers, is_semaphore(h, t->object) ? "gave" : "sent",
                         several ? "all of them have" : "it has",
                         t->undone ? ", with which SEM_UNDO has taken back what was given" : "")
                  : NULL;
}

/* For the end of another, which is then explained by why that one does not end. */
static bool waits_for_an_end(const struct world_result *r, uint32_t task)
{
    const char *call = r->call[r->task[task].call].name;
    return strncmp(call, "wait", 4) == 0 || strcmp(call, "pthread_join") == 0;
}

static void name_orphans(struct history *h, struct finding *f)
{
    const char *message = NULL, *who = NULL;
    for (uint32_t i = 0; i < h->r->tasks; i++) {
        if (!is_blocked(h->r, i) || waits_for_an_end(h->r, i))
            continue;
        const char *why = orphaned(h, i);
        if (!why)
            return;
        message = message ? message : why;
        who = who ? who : h->r->task[i].name;
    }
    if (!message)
        return;
    f->rule = "orphaned-blocking";
    f->process = arena_strdup(h->run->arena, who);
    f->message = message;
}

/* ---- a wait for the keyboard ----------------------------------------------------------------- */

static bool reads_terminal(const struct world_result *r, uint32_t task)
{
    static const char *const reads[] = {"read", "readv", "stdio_read", NULL};
    const struct probe_task *t = &r->task[task];
    for (int i = 0; reads[i]; i++)
        if (strcmp(r->call[t->call].name, reads[i]) == 0)
            return descriptor_is_terminal(t->pid, (int)t->args[0]); /* the kernel's word */
    return false;
}

bool standstill_reads(struct run *run, struct finding *f)
{
    struct world_result r;
    if (!run->world || !world_read(run->world, &r))
        return false;
    struct history h = {.run = run, .r = &r};
    uint32_t reader = PROBE_NOBODY;
    bool only = true;
    for (uint32_t i = 0; i < r.tasks; i++) {
        if (!is_blocked(&r, i))
            continue;
        if (reads_terminal(&r, i))
            reader = i;
        else
            only = only && waits_for_an_end(&r, i);
    }
    bool is_it = only && reader != PROBE_NOBODY;
    if (is_it) {
        f->process = arena_strdup(run->arena, r.task[reader].name);
        f->message =
            text(run, "%s waits for something to be typed%s, which nobody will do here%s",
                 f->process, place_of(&h, r.task[reader].site),
                 run->options->command ? "; give it a file or a pipe as standard input" : "");
    }
    world_forget(&r);
    return is_it;
}

/* ---- its name -------------------------------------------------------------------------------- */

/* What a scenario itself gives is no point of the schedule: then nobody knows all who could. */
void standstill_name(struct run *run, struct finding *f)
{
    struct world_result r;
    if (!run->world || !world_read(run->world, &r))
        return;
    struct history h = history_of(run, &r);
    if (h.whole && !r.tampered && !name_circle(&h, f) && !run->took_part)
        name_orphans(&h, f);
    world_forget(&r);
}

/* ---- lost wake-ups --------------------------------------------------------------------------- */

const char *standstill_lost(struct run *run, const struct world_result *r,
                            const struct probe_finding *lost)
{
    struct history h = {.run = run, .r = r};
    uint32_t task = lost->first.task;
    const char *at = strrchr(lost->text, ' ');
    int signal = at ? atoi(at + 1) : 0;
    const char *name = signal > 0 ? sigabbrev_np(signal) : NULL;
    if (task >= r->tasks)
        return NULL;
    if (strcmp(lost->text, PROBE_CHILDREN_MERGED) == 0)
        return text(run,
                    "%s for the end of a child that has ended already: one SIGCHLD may stand for "
                    "several children, and not all of them were waited for when it came",
                    task_told(&h, task));
    if (name)
        return text(
            run,
            "%s for a signal that had already come: the handler of SIG%s had run before the "
            "wait began, and nobody is left who would send another",
            task_told(&h, task), name);
    return text(run,
                "%s for a signal that never comes: two of one kind were sent while the first was "
                "still pending, and two such become one",
                task_told(&h, task));
}
