/*
 * maker.c - schedules lens: who made an object, and where.
 *
 * That it is there is the kernel's word; who touched it first, which is whom it is laid to, is the probe's, from
 * inside the student's processes: it points to a line, and no points hang on it.
 */
#include <string.h>

#include "run/symbol.h"
#include "run/world.h"

static const char *const probe_kinds[OBJECT_KINDS] = {
    [OBJECT_SYSV_SHM] = "shared memory segment",
    [OBJECT_SYSV_QUEUE] = "System V message queue",
    [OBJECT_SYSV_SEMAPHORE] = "System V semaphore set",
    [OBJECT_POSIX_SHM] = "POSIX shared memory",
    [OBJECT_POSIX_QUEUE] = "POSIX message queue",
    [OBJECT_POSIX_SEMAPHORE] = "POSIX semaphore",
    [OBJECT_FIFO] = "FIFO",
};

/* The probe knows System V objects by their ids, and others by device and inode. */
static bool is_the_same(const struct probe_object *seen, const struct object *object)
{
    const char *kind = probe_kinds[object->kind];
    if (!kind || strcmp(seen->kind, kind) != 0)
        return false;
    return object->kind <= OBJECT_SYSV_SEMAPHORE ? seen->id[0] == (uint64_t)object->id
                                                 : seen->id[1] == (uint64_t)object->inode;
}

static void note_maker(struct run *run, const struct world_result *r, const struct probe_object *o,
                       struct object *object)
{
    struct site site = {0};
    symbol_site(run->arena, run->symbols, r, o->site, &site);
    object->file = site.file;
    object->line = site.line;
    object->function = site.function;
    if (o->creator < r->tasks)
        object->creator = process_label(run, r->task[r->task[o->creator].process].pid);
}

void object_find_maker(struct run *run, struct object *object)
{
    struct world_result r;
    if (!world_read(run->world, &r))
        return;
    for (size_t i = 1; i < r.objects; i++)
        if (is_the_same(&r.object[i], object)) {
            note_maker(run, &r, &r.object[i], object);
            break;
        }
    world_forget(&r);
}
