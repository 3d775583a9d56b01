/*
 * sysv_msg.c - System V message queues.
 *
 * Each message carries its sender's clock; whoever receives it is ordered after that sender, and
 * nobody else. Our list mirrors the kernel's queue: same order, same types, so that which message a
 * msgrcv took is known by its type and place. A sender that found the queue full is ordered after
 * those who made room. Flow control is the kernel's own: a call is tried with IPC_NOWAIT.
 */
#include "../names.h"
#include "../probe.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#define FAMILY_NAME "System V queues"
#define KIND        "System V message queue"

CALL(msgget, FAMILY_NAME, "key flags");
CALL(msgsnd, FAMILY_NAME, "msqid type bytes flags");
CALL(msgrcv, FAMILY_NAME, "msqid type bytes flags");
CALL(msgctl, FAMILY_NAME, "msqid command");

struct queue {
    struct clock_queue messages; /* tag: the type; one unit a message */
    struct clock *room;          /* of all receivers */
};

static struct queue *queue_at(uint32_t object)
{
    return object_memory(object, sizeof(struct queue));
}

static uint32_t queue_of(int msqid)
{
    bool new;
    if (msqid < 0)
        return 0;
    uint32_t object = object_get(KIND, (uint64_t)msqid, 0, &new);
    if (new)
        object_name(object, "msqid ", (uint64_t)msqid, 10);
    return object;
}

EXPORT int msgget(key_t key, int flags)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_msgget, key, flags));
    point_begin(&p, &call_msgget, CALLER, 0, key, flags);
    long msqid = sys(SYS_msgget, key, flags);
    bool known = msqid >= 0 && object_find(KIND, (uint64_t)msqid, 0);
    key_got("msgget ", key, msqid, msqid >= 0 && !known && flags & IPC_CREAT);
    if (msqid >= 0) {
        p.object = queue_of((int)msqid);
        if (!known && key != IPC_PRIVATE)
            object_name(p.object, "key 0x", (uint32_t)key, 16);
    }
    return (int)point_end(&p, msqid);
}

/* Ends a call that failed. It had found the queue when it began, so one that is gone was removed.
 */
static long failed(struct point *p, long r, bool waited)
{
    if (waited && r == -EINVAL)
        r = -EIDRM;
    if (r == -EIDRM || r == -EINVAL)
        key_seen("msqid ", (uint64_t)p->args[0]);
    if (r == -EAGAIN || r == -ENOMSG)
        return point_end_idle(p, r);
    return point_end(p, r);
}

/* For the harness, which knows how large the caller's variables are: where in its frame the message lies, and how
 * many bytes of it are to be sent. `frame`: of the interposer, called from there. */
static void note_size(uint32_t site, const void *message, size_t size, const void *frame)
{
    uintptr_t callers = *(const uintptr_t *)frame + 16; /* its CFA, if it keeps %rbp */
    uintptr_t at = (uintptr_t)message;
    uint32_t *detail = &REGION->sites[site % PROBE_SITES].detail;

    if (at <= (uintptr_t)frame || at >= callers || callers - at > 0xffff || size > 0xffff)
        return;
    if (size > (*detail & 0xffff))
        *detail = (uint32_t)(callers - at) << 16 | (uint32_t)size;
}

EXPORT int msgsnd(int msqid, const void *message, size_t size, int flags)
{
    struct point p;
    bool waited = false;
    long r;

    if (!probe_on())
        return (int)probe_result(sys(SYS_msgsnd, msqid, message, size, flags));
    reads(message, sizeof(long) + size, CALLER);
    uint32_t object = queue_of(msqid);
    long type = message ? *(const long *)message : 0;
    point_begin(&p, &call_msgsnd, CALLER, object, msqid, type, size, flags);
    note_size(p.site, message, size, __builtin_frame_address(0));
    while ((r = sys(SYS_msgsnd, msqid, message, size, flags | IPC_NOWAIT)) == -EAGAIN &&
           !(flags & IPC_NOWAIT)) {
        waited = true;
        if (turn_block_once(key_of_object(object), PROBE_NEVER) == WAKE_INTERRUPTED)
            return (int)point_end(&p, -EINTR);
    }
    if (r < 0)
        return (int)failed(&p, r, waited);
    struct queue *q = queue_at(object);
    if (waited)
        clock_acquire(q->room);
    clock_push(&q->messages, 1, type);
    turn_changed(key_of_object(object));
    return (int)point_end(&p, r);
}

/* The message that the kernel gave is the oldest of its type, whatever rule it was chosen by. */
static void took(struct queue *q, long type)
{
    struct clock_unit *unit = q->messages.first;
    while (unit && unit->tag != type)
        unit = unit->next;
    if (unit)
        clock_take_unit(&q->messages, unit);
}

/* It stays where it is; its place stood for its type. */
static void looked_at(const struct queue *q, long place)
{
    const struct clock_unit *unit = q->messages.first;
    while (unit && place-- > 0)
        unit = unit->next;
    if (unit)
        clock_acquire(unit->clock);
}

EXPORT ssize_t msgrcv(int msqid, void *message, size_t size, long type, int flags)
{
    struct point p;
    bool waited = false;
    long r;

    if (!probe_on())
        return probe_result(sys(SYS_msgrcv, msqid, message, size, type, flags));
    uint32_t object = queue_of(msqid);
    point_begin(&p, &call_msgrcv, CALLER, object, msqid, type, size, flags);
    int tried = flags & MSG_COPY ? flags : flags | IPC_NOWAIT; /* which MSG_COPY asks for */
    while ((r = sys(SYS_msgrcv, msqid, message, size, type, tried)) == -ENOMSG &&
           !(flags & IPC_NOWAIT)) {
        waited = true;
        if (turn_block_once(key_of_object(object), PROBE_NEVER) == WAKE_INTERRUPTED)
            return point_end(&p, -EINTR);
    }
    if (r < 0)
        return failed(&p, r, waited);
    struct queue *q = queue_at(object);
    if (flags & MSG_COPY) {
        looked_at(q, type);
    } else {
        took(q, *(long *)message);
        clock_release(&q->room);
    }
    if (is_shared(message)) { /* only now is it known how much was written */
        const struct mapping *m = map_find(message);
        if (m)
            shadow_check(m->object, m->offset + ((uintptr_t)message - m->from),
                         sizeof(long) + (size_t)r, PROBE_WRITE | PROBE_RANGE, p.site);
    }
    turn_changed(key_of_object(object));
    return point_end(&p, r);
}

EXPORT int msgctl(int msqid, int command, struct msqid_ds *buffer)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_msgctl, msqid, command, buffer));
    uint32_t object = object_find(KIND, (uint64_t)msqid, 0);
    point_begin(&p, &call_msgctl, CALLER, object, msqid, command);
    long r = sys(SYS_msgctl, msqid, command, buffer);
    if (r < 0 || (command != IPC_RMID && command != IPC_SET)) {
        if (object && command == IPC_STAT) /* programs poll msg_qnum */
            for (struct clock_unit *u = queue_at(object)->messages.first; u; u = u->next)
                clock_acquire(u->clock);
        if (object && command == IPC_STAT)
            clock_acquire(queue_at(object)->room);
        return (int)point_end_idle(&p, r);
    }
    if (command == IPC_RMID)
        key_removed("msqid ", (uint64_t)msqid);
    if (object && command == IPC_RMID)
        object_at(object)->flags |= PROBE_REMOVED;
    if (object)
        turn_changed(key_of_object(object));
    return (int)point_end(&p, r);
}
