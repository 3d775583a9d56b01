/*
 * created.c - were IPC objects ever made in this run, and by whom?
 *
 * System V: the kernel hands out ids in order, and goes on in that order after a removal. Two
 * objects that the driver makes and removes at the start show the step from one to the next; one
 * made at the end shows whether anybody came between. (They also use up id 0, which a fresh
 * namespace starts with and which would hide slips such as `if ((id = shmget(...) < 0))`.) POSIX
 * objects, FIFOs and files: inotify (attendant.c).
 */
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "base/die.h"
#include "run/world.h"

static long probe(enum object_kind kind)
{
    int id = kind == OBJECT_SYSV_SHM     ? shmget(IPC_PRIVATE, 1, 0600)
             : kind == OBJECT_SYSV_QUEUE ? msgget(IPC_PRIVATE, 0600)
                                         : semget(IPC_PRIVATE, 1, 0600);
    if (id < 0)
        return -1; /* the namespace is full: then somebody filled it */
    if (kind == OBJECT_SYSV_SHM)
        shmctl(id, IPC_RMID, NULL);
    else if (kind == OBJECT_SYSV_QUEUE)
        msgctl(id, IPC_RMID, NULL);
    else
        semctl(id, 0, IPC_RMID);
    return id;
}

enum { LATEST, STEP };

static long probe_surely(enum object_kind kind)
{
    long id = probe(kind);
    if (id < 0)
        die_errno("System V objects in the box");
    return id;
}

/* The step is the same for all schedules of a box. */
void created_begin(struct run *run)
{
    for (int kind = OBJECT_SYSV_SHM; kind <= OBJECT_SYSV_SEMAPHORE; kind++) {
        long *ids = run->first_ids[kind],
             before = ids[STEP] ? 0 : probe_surely((enum object_kind)kind);
        ids[LATEST] = probe_surely((enum object_kind)kind);
        if (!ids[STEP])
            ids[STEP] = ids[LATEST] - before;
    }
}

bool created_any(struct run *run, enum object_kind kind)
{
    if (kind > OBJECT_SYSV_SEMAPHORE)
        return run->names_made & (1u << (kind == OBJECT_FIFO ? OBJECT_FILE : kind));
    long *ids = run->first_ids[kind], now = probe(kind);
    if (now != ids[LATEST] + ids[STEP])
        run->names_made |= 1u << kind;
    ids[LATEST] = now;
    return run->names_made & (1u << kind);
}

static bool made_by(const struct creation *c, const struct object *object)
{
    if (c->kind != object->kind)
        return false;
    if (object->kind <= OBJECT_SYSV_SEMAPHORE)
        return c->key == object->key;
    const char *slash = strrchr(c->name, '/'), *shown = strrchr(object->name, '/');
    return strcmp(slash ? slash + 1 : c->name, shown ? shown + 1 : object->name) == 0;
}

/* The latest call that could have made it: an earlier one made one that was removed (watch.c notes
 * no call that only opens). */
void object_find_creator(struct run *run, struct object *object)
{
    if (run->world)
        object_find_maker(run, object);
    for (int i = run->creation_count - 1; i >= 0 && !run->world; i--) {
        const struct creation *c = &run->creations[i];
        if (!made_by(c, object))
            continue;
        struct site site = {0};
        if (c->callsite)
            callsite_resolve(run->arena, run->symbols, c->callsite, &site);
        object->creator = c->process;
        object->file = site.file;
        object->line = site.line;
        object->function = site.function;
        object->called_from = site.called_from;
        return;
    }
    if (!object->creator)
        object->creator = "?";
}

/* By the kernel's word, where students have an id of their own. Else for a segment by its maker's pid; and for
 * the rest by the filter's word, which tells of every call of a student that makes one of these (until the
 * table is full: then anything may be theirs). */
static bool made_by_scenario(const struct run *run, const struct object *object)
{
    if (box_students_have_own_id())
        return object->maker_id != BOX_STUDENT;
    if (object->kind == OBJECT_SYSV_SHM)
        return object->creator_pid == getpid();
    if (object->kind != OBJECT_SYSV_QUEUE && object->kind != OBJECT_SYSV_SEMAPHORE &&
        object->kind != OBJECT_POSIX_QUEUE && object->kind != OBJECT_FIFO)
        return false;
    for (int i = 0; i < run->creation_count; i++)
        if (made_by(&run->creations[i], object))
            return false;
    return run->creation_count < MAX_CREATIONS;
}

struct census students_objects(struct run *run)
{
    run->at_end = census_take(run->arena, BOX_WORK);
    struct census all = census_new(run->arena, run->at_start, run->at_end);
    struct census students = {arena_array(run->arena, struct object, all.count + 1), 0};
    for (int i = 0; i < all.count; i++)
        if (!made_by_scenario(run, &all.objects[i]))
            students.objects[students.count++] = all.objects[i];
    return students;
}
