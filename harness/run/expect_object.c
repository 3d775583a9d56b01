/*
 * expect_object.c - expectations on IPC objects, and a scenario's own judgement.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "run/world.h"

int count_objects(struct run *run, enum object_kind kind, struct object *first)
{
    struct census now = students_objects(run);
    int n = 0;
    for (int i = 0; i < now.count; i++)
        if (now.objects[i].kind == kind && n++ == 0 && first)
            *first = now.objects[i];
    return n;
}

static void expect_count(struct run *run, enum object_kind kind, int wanted, struct object *first)
{
    int n = count_objects(run, kind, first);
    if (n != wanted)
        fail(run, "wrong-state", NULL,
             "at this point %d object%s of the kind \"%s\" should exist; there %s %d", wanted,
             wanted == 1 ? "" : "s", object_kind_names[kind], n == 1 ? "is" : "are", n);
}

struct object expect_object(struct run *run, enum object_kind kind)
{
    struct object first = {.kind = kind};
    expect_count(run, kind, 1, &first);
    object_find_creator(run, &first);
    return first;
}

void expect_objects(struct run *run, enum object_kind kind, int n)
{
    expect_count(run, kind, n, NULL);
}

void expect_no_object(struct run *run, enum object_kind kind)
{
    expect_count(run, kind, 0, NULL);
}

void expect_was_created(struct run *run, enum object_kind kind)
{
    pthread_mutex_lock(&run->lock);
    bool created = created_any(run, kind);
    pthread_mutex_unlock(&run->lock);
    if (!created)
        fail(run, "no-ipc-used", NULL,
             "no object of the kind \"%s\" was ever created: the programs did not use what the "
             "task asks for",
             object_kind_names[kind]);
}

void expect_messages(struct run *run, long msqid, int n)
{
    struct msqid_ds queue;
    if (msgctl((int)msqid, IPC_STAT, &queue) != 0)
        fail(run, "wrong-state", NULL,
             "message queue %ld should hold %d message%s, but it is gone (%s)", msqid, n,
             n == 1 ? "" : "s", strerror(errno));
    if (queue.msg_qnum != (msgqnum_t)n)
        fail(run, "wrong-state", NULL, "message queue %ld should hold %d message%s; it holds %lu",
             msqid, n, n == 1 ? "" : "s", (unsigned long)queue.msg_qnum);
}

void expect_semaphore(struct run *run, long semid, int number_, int value)
{
    int now = semctl((int)semid, number_, GETVAL);
    if (now < 0)
        fail(run, "wrong-state", NULL, "semaphore %d of set %ld cannot be read: %s", number_, semid,
             strerror(errno));
    if (now != value)
        fail(run, "wrong-state", NULL, "semaphore %d of set %ld should be %d; it is %d", number_,
             semid, value, now);
}

void expect_that(struct run *run, bool holds, const char *format, ...)
{
    if (holds)
        return;
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(run->arena, format, args);
    va_end(args);
    fail(run, "wrong-output", NULL, "%s", message);
}

void expect_rule(struct run *run, const char *rule, bool holds, const char *format, ...)
{
    if (holds)
        return;
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(run->arena, format, args);
    va_end(args);
    fail(run, rule, NULL, "%s", message);
}
