/*
 * sysv_sem.c - System V semaphores; and, since it is the one to read first, how a family is made.
 *
 * A family is one file. Nothing else is edited: calls and hooks are found by linker section.
 *
 * 1. CALL() declares each call for the timeline and the deadlock report: its name, its family, and
 * one word an argument (probe_abi.h lists the words that are printed in a special way).
 * 2. An interposer is a function of the call's own name, EXPORTed. It starts with
 *        if (!probe_on()) return (the call itself);
 *    because programs also run without the harness, and processes forked behind our back run free.
 * 3. The object: object_get(kind, id…) finds or makes it; object_name() says what the student calls
 * it; object_memory() is the family's own memory for it, in the region, zeroed.
 * 4. point_begin() is the scheduling point. After it, this task has the turn and nobody else runs
 * until the next point_begin or turn_block: what is read and written in between is atomic.
 * 5. The call is made by sys(), without ever waiting in the kernel. If it would have waited and the
 *    student wanted that: turn_block(key_of_object(object), deadline), then try again.
 * WAKE_INTERRUPTED ends the call with -EINTR (if that call is not restarted), WAKE_TIMEOUT with its
 * timeout's error.
 * 6. After success, and only then: clock_acquire / clock_take for what this call is ordered after,
 * and clock_release / clock_push for what it lets others see. Think about which call is ordered
 * after which, unit by unit: a missing edge is a false alarm, one joined clock for all hides races.
 * 7. turn_changed(key_of_object(object)) if somebody blocked on it may now go on.
 * 8. Memory that the call reads or writes for the student may be shared: reads(), writes(), before
 *    point_begin (each is a point of its own).
 * 9. `return point_end(&p, result)` logs it, sets errno. point_end_idle() instead if nothing
 * changed (a poll in vain), so that a loop around it is recognised as spinning.
 * 10. FAMILY(name, .start, .forked, .leaving, .died): what must happen with tasks. Threads share
 * the process's memory, so keep per-task facts in the region (family_root), by task index.
 * 11. Never: malloc, stdio, any public libc function (students redefine them; use sys() and
 * REAL()), static state that must outlive exec, O_NONBLOCK toggling (it is shared by dup and fork).
 *
 * Semaphores. Each unit of a semaphore's value carries the clock of the V that brought it; a P
 * takes the oldest ones. Initial units carry SETVAL's. A wait for zero is ordered after every P so
 * far. Reading a value or sem_otime by semctl is ordered after all, since programs poll for it. What SEM_UNDO
 * gives back when a process ends is kept by task, because a killed process cannot say it any more.
 */
#include "../names.h"
#include "../probe.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/sem.h>
#include <time.h>

#define FAMILY_NAME "System V semaphores"
#define KIND        "System V semaphore set"

CALL(semget, FAMILY_NAME, "key number flags");
CALL(semop, FAMILY_NAME, "semid number op flags");
CALL(semtimedop, FAMILY_NAME, "semid number op flags");
CALL(semctl, FAMILY_NAME, "semid number command value");

enum { SEMAPHORES = 250 /* of a set that are followed; the usual kernel limit is 32000 */ };

struct semaphore {
    struct clock_queue units;
    struct clock *drained; /* all Ps: for a wait for zero */
    struct clock *all;     /* for whoever reads the value */
};

struct undo {
    struct undo *next;
    uint32_t process, object;
    unsigned short number;
    long adjust; /* what the kernel will add when the process ends */
};

/* A task that waits in semop(), for who counts them: the kernel sees none. */
struct waiter {
    struct waiter *next;
    uint32_t task, object;
    bool goes; /* counting: it would not wait any more */
    size_t count;
    struct sembuf ops[];
};

struct semaphores {
    struct undo *undo;
    struct waiter *waiters; /* in the order of their waits */
};

static void stops_waiting(uint32_t task);
static void died(uint32_t task);
FAMILY(sysv_sem, .died = died);

static struct semaphores *semaphores(void)
{
    void **root = family_root(&family_sysv_sem);
    if (!*root)
        *root = heap_get(sizeof(struct semaphores));
    return *root;
}

static struct semaphore *semaphore_at(uint32_t object, unsigned number)
{
    struct semaphore *all = object_memory(object, SEMAPHORES * sizeof *all);
    return &all[number < SEMAPHORES ? number : SEMAPHORES - 1];
}

static uint32_t set_of(int semid)
{
    bool new;
    if (semid < 0)
        return 0;
    uint32_t object = object_get(KIND, (uint64_t)semid, 0, &new);
    if (new)
        object_name(object, "semid ", (uint64_t)semid, 10);
    return object;
}

/* ---- edges ----------------------------------------------------------------------------------- */

static void give(struct semaphore *s, uint64_t units)
{
    clock_push(&s->units, units, 0);
    clock_release(&s->all);
}

static void take(struct semaphore *s, uint64_t units)
{
    clock_take(&s->units, units);
    clock_release(&s->drained);
    clock_release(&s->all);
}

static void note_undo(uint32_t object, unsigned short number, long adjust)
{
    struct undo **list = &semaphores()->undo, *u;
    uint32_t process = me()->process;

    for (u = *list; u; u = u->next)
        if (u->process == process && u->object == object && u->number == number)
            break;
    if (!u) {
        u = heap_get(sizeof *u);
        *u = (struct undo){.next = *list, .process = process, .object = object, .number = number};
        *list = u;
    }
    u->adjust += adjust;
}

/* SETVAL says what the value is: nobody owes anything any more. */
static void forget_undo(uint32_t object, unsigned number)
{
    for (struct undo *u = semaphores()->undo; u; u = u->next)
        if (u->object == object && u->number == number)
            u->adjust = 0;
}

static void set_value(uint32_t object, unsigned number, long value)
{
    struct semaphore *s = semaphore_at(object, number);

    forget_undo(object, number);
    clock_clear(&s->units);
    give(s, (uint64_t)value);
    clock_release(&s->drained);
}

/* The kernel has given back, or taken, what the process owed. */
static void died(uint32_t task)
{
    stops_waiting(task);
    for (struct undo *u = semaphores()->undo; u; u = u->next) {
        if (u->process != task || !u->adjust)
            continue;
        struct semaphore *s = semaphore_at(u->object, u->number);
        if (u->adjust > 0)
            clock_push_of(&s->units, (uint64_t)u->adjust, 0, task);
        clock_join(&s->drained, clock_of(task));
        clock_join(&s->all, clock_of(task));
        u->adjust = 0;
        turn_changed(key_of_object(u->object));
    }
}

/* For a baton passed on and for cycles: who took it last and has not given it back. */
static void note_holder(uint32_t object, long op)
{
    if (op < 0)
        object_at(object)->holder = self.task;
    else if (op > 0)
        object_at(object)->holder = PROBE_NOBODY;
}

static void done(uint32_t object, const struct sembuf *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct semaphore *s = semaphore_at(object, ops[i].sem_num);
        if (ops[i].sem_op > 0)
            continue;
        if (ops[i].sem_op < 0)
            take(s, (uint64_t)-ops[i].sem_op);
        else
            clock_acquire(s->drained);
    }
    for (size_t i = 0; i < count; i++) { /* after all acquires: the set changes as one */
        if (ops[i].sem_op > 0)
            give(semaphore_at(object, ops[i].sem_num), (uint64_t)ops[i].sem_op);
        if (ops[i].sem_flg & SEM_UNDO && ops[i].sem_op)
            note_undo(object, ops[i].sem_num, -ops[i].sem_op);
        note_holder(object, ops[i].sem_op);
    }
    turn_changed(key_of_object(object));
}

static void note_others(const struct point *p, const struct sembuf *ops, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const int64_t args[PROBE_ARGS] = {p->args[0], ops[i].sem_num, ops[i].sem_op,
                                          (int64_t)(uint16_t)ops[i].sem_flg | PROBE_PART};
        log_event(p->call, p->site, p->object, args, 0);
    }
}

/* ---- who waits ------------------------------------------------------------------------------- */

static size_t waiter_size(size_t count)
{
    return sizeof(struct waiter) + count * sizeof(struct sembuf);
}

static void stops_waiting(uint32_t task)
{
    for (struct waiter **at = &semaphores()->waiters; *at;) {
        struct waiter *w = *at;
        if (w->task != task) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        heap_put(w, waiter_size(w->count));
    }
}

/* A handler may have jumped out of an earlier wait. */
static void begins_to_wait(uint32_t object, const struct sembuf *ops, size_t count)
{
    struct waiter *w = heap_get(waiter_size(count)), **at = &semaphores()->waiters;

    stops_waiting(self.task);
    *w = (struct waiter){.task = self.task, .object = object, .count = count};
    probe_copy(w->ops, ops, count * sizeof *ops);
    while (*at)
        at = &(*at)->next;
    *at = w;
}

static unsigned set_size(int semid)
{
    struct semid_ds ds;
    return sys(SYS_semctl, semid, 0, IPC_STAT, &ds) < 0 ? 0 : (unsigned)ds.sem_nsems;
}

/* The first operation that cannot be done, as the kernel finds it; `count`: all can. */
static size_t blocking(const unsigned short *values, const struct sembuf *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        long value = values[ops[i].sem_num];
        for (size_t j = 0; j < i; j++)
            if (ops[j].sem_num == ops[i].sem_num)
                value += ops[j].sem_op;
        if (ops[i].sem_op ? value + ops[i].sem_op < 0 : value != 0)
            return i;
    }
    return count;
}

/* Those who would not wait any more go first, as the kernel lets them: its waiters are only those who
 * still cannot. */
static bool let_one_go(unsigned short *values, uint32_t object)
{
    for (struct waiter *w = semaphores()->waiters; w; w = w->next) {
        if (w->object != object || w->goes || blocking(values, w->ops, w->count) < w->count)
            continue;
        for (size_t i = 0; i < w->count; i++)
            values[w->ops[i].sem_num] += (unsigned short)w->ops[i].sem_op;
        return w->goes = true;
    }
    return false;
}

/* By the operation that makes them wait. The kernel sees nobody, since nobody waits in the kernel. */
static long count_waiters(uint32_t object, int semid, int number, bool for_zero)
{
    unsigned short values[set_size(semid) + 1];
    long n = 0;

    sys(SYS_semctl, semid, 0, GETALL, values);
    for (struct waiter *w = semaphores()->waiters; w; w = w->next)
        w->goes = false;
    while (let_one_go(values, object))
        ;
    for (struct waiter *w = semaphores()->waiters; w; w = w->next) {
        if (w->object != object || w->goes)
            continue;
        const struct sembuf *op = &w->ops[blocking(values, w->ops, w->count)];
        n += op->sem_num == number && for_zero == (op->sem_op == 0);
    }
    return n;
}

/* ---- operations ------------------------------------------------------------------------------ */

enum { MAX_OPS = 500 };

/* Which operation makes it wait decides whether IPC_NOWAIT was wished. */
static bool wishes_to_wait(int semid, const struct sembuf *ops, size_t count)
{
    unsigned short values[set_size(semid) + 1];
    bool some_do_not = false;

    for (size_t i = 0; i < count; i++)
        some_do_not = some_do_not || ops[i].sem_flg & IPC_NOWAIT;
    if (!some_do_not)
        return true;
    if (sys(SYS_semctl, semid, 0, GETALL, values) < 0)
        return false;
    size_t at = blocking(values, ops, count);
    return at < count && !(ops[at].sem_flg & IPC_NOWAIT);
}

static long try_once(int semid, const struct sembuf *ops, size_t count)
{
    struct sembuf now[MAX_OPS];
    for (size_t i = 0; i < count; i++) {
        now[i] = ops[i];
        now[i].sem_flg |= IPC_NOWAIT;
    }
    return sys(SYS_semtimedop, semid, now, count, NULL);
}

static int given_up(struct point *p, long error)
{
    stops_waiting(self.task);
    return (int)point_end(p, error);
}

static int operate(const struct probe_call *call, const void *site, int semid, struct sembuf *ops,
                   size_t count, int64_t timeout)
{
    uint32_t object = set_of(semid);
    struct point p;
    long r;

    if (!count || count > MAX_OPS || !ops)
        return (int)probe_result(sys(SYS_semtimedop, semid, ops, count, NULL));
    point_begin(&p, call, site, object, semid, ops[0].sem_num, ops[0].sem_op,
                (int64_t)(uint16_t)ops[0].sem_flg | (int64_t)(count - 1) << PROBE_MORE_SHIFT);
    int64_t deadline = timeout < 0 ? PROBE_NEVER : time_now() + timeout;
    bool waited = false;
    while ((r = try_once(semid, ops, count)) == -EAGAIN && wishes_to_wait(semid, ops, count)) {
        if (!waited)
            begins_to_wait(object, ops, count);
        waited = true;
        enum wake wake = turn_block_once(key_of_object(object), deadline);
        if (wake == WAKE_INTERRUPTED)
            return given_up(&p, -EINTR);
        if (wake == WAKE_TIMEOUT)
            return given_up(&p, -EAGAIN);
    }
    if (waited)
        stops_waiting(self.task);
    if (waited && r == -EINVAL) /* it was there when the call began */
        r = -EIDRM;
    if (r == -EIDRM || r == -EINVAL)
        key_seen("semid ", (uint64_t)semid);
    if (r == -EAGAIN)
        return (int)point_end_idle(&p, r);
    if (r == 0) {
        done(object, ops, count);
        note_others(&p, ops, count);
    }
    return (int)point_end(&p, r);
}

EXPORT int semop(int semid, struct sembuf *ops, size_t count)
{
    if (!probe_on())
        return (int)probe_result(sys(SYS_semop, semid, ops, count));
    reads(ops, count * sizeof *ops, CALLER);
    return operate(&call_semop, CALLER, semid, ops, count, -1);
}

EXPORT int semtimedop(int semid, struct sembuf *ops, size_t count, const struct timespec *timeout)
{
    if (!probe_on())
        return (int)probe_result(sys(SYS_semtimedop, semid, ops, count, timeout));
    reads(ops, count * sizeof *ops, CALLER);
    int64_t ns = timeout ? timeout->tv_sec * 1000000000ll + timeout->tv_nsec : -1;
    return operate(&call_semtimedop, CALLER, semid, ops, count, ns);
}

EXPORT int semget(key_t key, int count, int flags)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_semget, key, count, flags));
    point_begin(&p, &call_semget, CALLER, 0, key, count, flags);
    long semid = sys(SYS_semget, key, count, flags);
    bool known = semid >= 0 && object_find(KIND, (uint64_t)semid, 0);
    key_got("semget ", key, semid, semid >= 0 && !known && flags & IPC_CREAT);
    if (semid >= 0 && !known) {
        p.object = set_of((int)semid);
        if (key != IPC_PRIVATE)
            object_name(p.object, "key 0x", (uint32_t)key, 16);
    } else if (semid >= 0) {
        p.object = set_of((int)semid);
    }
    return (int)point_end(&p, semid);
}

/* ---- control --------------------------------------------------------------------------------- */

static void controlled(uint32_t object, int semid, int number, int command, long argument)
{
    unsigned size = set_size(semid);

    switch (command) {
    case SETVAL:
        set_value(object, (unsigned)number, argument);
        break;
    case SETALL:
        for (unsigned i = 0; i < size; i++)
            set_value(object, i, ((unsigned short *)argument)[i]);
        break;
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
        clock_acquire(semaphore_at(object, (unsigned)number)->all);
        return;
    case GETALL:
    case IPC_STAT: /* programs poll sem_otime */
        for (unsigned i = 0; i < size; i++)
            clock_acquire(semaphore_at(object, i)->all);
        return;
    case IPC_RMID:
        key_removed("semid ", (uint64_t)semid);
        object_at(object)->flags |= PROBE_REMOVED;
        break;
    }
    turn_changed(key_of_object(object));
}

EXPORT int semctl(int semid, int number, int command, ...)
{
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);

    if (!probe_on())
        return (int)probe_result(sys(SYS_semctl, semid, number, command, argument));
    if (command == SETVAL)
        argument = (int)argument;
    if (command == SETALL)
        reads((void *)argument, set_size(semid) * sizeof(short), CALLER);
    if (command == GETALL)
        writes((void *)argument, set_size(semid) * sizeof(short), CALLER);

    struct point p;
    uint32_t object = object_find(KIND, (uint64_t)semid, 0);
    point_begin(&p, &call_semctl, CALLER, object, semid, number, command, argument);
    long r = sys(SYS_semctl, semid, number, command, argument);
    if (r < 0 || command == IPC_INFO || command == SEM_INFO || command == SEM_STAT)
        return (int)point_end_idle(&p, r);
    if (!object)
        p.object = object = set_of(semid);
    controlled(object, semid, number, command, argument);
    if (command == GETNCNT || command == GETZCNT)
        r = count_waiters(object, semid, number, command == GETZCNT);
    bool changes = command == SETVAL || command == SETALL || command == IPC_RMID;
    return (int)(changes ? point_end(&p, r) : point_end_idle(&p, r));
}
