/*
 * sync_rules.c - what a program does wrong with a lock whatever the schedule: using it from a process that it was not
 * made for, unlocking what it has not locked, and making or destroying it while others use it.
 *
 * The last is a data race like any other: an operation is an atomic access to the lock's first bytes, its making and
 * its end are plain writes.
 */
#include "misuse.h"
#include "sync.h"

enum {
    FOR_PROCESSES = 128, /* glibc's bits of a mutex's kind */
    ROBUST = 16,
    PRIORITIES = 32 | 64,
    ELIDED = 256,
    LOOKED_AT = 4 /* bytes */
};

static void touch(const volatile void *at, uint32_t flags, uint32_t site)
{
    memory_check((const void *)at, LOOKED_AT, flags | PROBE_RANGE, site);
}

struct sync *sync_made(enum sync_kind kind, const volatile void *at, const void *caller)
{
    struct sync *s = sync_forget(kind, at);

    s->made = (struct probe_access){.task = self.task, .site = site_of(caller)};
    touch(at, PROBE_WRITE, s->made.site);
    return s;
}

void sync_ends(struct point *p, const struct probe_call *call, const void *caller,
               enum sync_kind kind, const volatile void *at)
{
    point_begin(p, call, caller, sync_get(kind, at)->object, at);
    touch(at, PROBE_WRITE, p->site);
}

/* What glibc keeps of PTHREAD_PROCESS_SHARED. A robust mutex works between processes in any case. */
static bool is_for_processes(enum sync_kind kind, const volatile void *at)
{
    switch (kind) {
    case SYNC_MUTEX:
        return ((const volatile pthread_mutex_t *)at)->__data.__kind & (FOR_PROCESSES | ROBUST);
    case SYNC_CONDITION:
        return ((const volatile pthread_cond_t *)at)->__data.__wrefs & 1;
    case SYNC_RWLOCK:
        return ((const volatile pthread_rwlock_t *)at)->__data.__shared;
    case SYNC_BARRIER:
        return ((const volatile uint32_t *)at)[3];
    default:
        return true;
    }
}

void sync_used(struct sync *s, const volatile void *at, uint32_t site)
{
    touch(at, PROBE_ATOMIC, site);
    if (s->place == private_object() || is_for_processes(s->kind, at))
        return;
    if (s->user.task == PROBE_NOBODY) {
        s->user = (struct probe_access){.task = self.task, .site = site};
    } else if (task_at(s->user.task)->process != me()->process) {
        struct probe_access mine = {.task = self.task, .site = site};
        bool made = s->made.task != PROBE_NOBODY;
        misuse_tell("not-process-shared", made ? &s->made : &mine, made ? NULL : &s->user, 0);
    }
}

/* An owner that is not known here locked it before a fork: the child has it from him, as atfork handlers rely on. */
static bool is_anothers(const struct sync *s, int32_t owner)
{
    uint32_t task = task_by_pid(owner);
    return task != PROBE_NOBODY && task != self.task &&
           (task_at(task)->process == me()->process || s->place != private_object());
}

/* The kinds that keep count say so themselves. */
void mutex_given_up(const struct sync *s, const pthread_mutex_t *m, uint32_t site)
{
    int kind = m->__data.__kind;
    int32_t owner = m->__data.__owner;
    struct probe_access mine = {.task = self.task, .site = site};
    bool free = !owner && !m->__data.__lock;

    if (kind & (ROBUST | PRIORITIES | ELIDED) || (kind & 3) == PTHREAD_MUTEX_RECURSIVE ||
        (kind & 3) == PTHREAD_MUTEX_ERRORCHECK)
        return;
    if (free)
        misuse_tell("unlock-not-held", &mine, NULL, 0);
    else if (is_anothers(s, owner))
        misuse_tell("unlock-not-held", &mine, &s->holder, 0);
}
