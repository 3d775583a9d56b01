/*
 * sysv_shm.c - System V shared memory: which segment is where. The accesses come by hooks.c.
 *
 * Attaching and detaching order nothing, but before whoever asks how many are attached. A segment that the student lets the kernel place is put
 * into the arena; one at an address of the student's own is followed there. Segments attached
 * before fork are attached in the child, and in the tables of both.
 */
#include "../names.h"
#include "../probe.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#define FAMILY_NAME "System V shared memory"
#define KIND        "shared memory segment"

CALL(shmget, FAMILY_NAME, "key bytes flags");
CALL(shmat, FAMILY_NAME, "shmid address flags");
CALL(shmdt, FAMILY_NAME, "address");
CALL(shmctl, FAMILY_NAME, "shmid command");

struct segment {
    struct clock *used; /* by attaching, detaching, changing */
};

static struct segment *state_of(uint32_t object)
{
    return object_memory(object, sizeof(struct segment));
}

static size_t segment_size(int shmid)
{
    struct shmid_ds ds;
    return sys(SYS_shmctl, shmid, IPC_STAT, &ds) < 0 ? 0 : ds.shm_segsz;
}

/* As a person knows it. */
static void name_by_key(uint32_t object, key_t key)
{
    const char *origin = key_origin(key);
    if (key == IPC_PRIVATE)
        object_name(object, "key IPC_PRIVATE", 0, 0);
    else if (origin)
        object_name(object, origin, 0, 0);
    else
        object_name(object, "key 0x", (uint32_t)key, 16);
}

static uint32_t segment_of(int shmid)
{
    bool new;
    if (shmid < 0)
        return 0;
    uint32_t object = object_get(KIND, (uint64_t)shmid, 0, &new);
    if (new) {
        object_name(object, "shmid ", (uint64_t)shmid, 10);
        object_at(object)->size = segment_size(shmid);
    }
    return object;
}

EXPORT int shmget(key_t key, size_t size, int flags)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_shmget, key, size, flags));
    point_begin(&p, &call_shmget, CALLER, 0, key, size, flags);
    long shmid = sys(SYS_shmget, key, size, flags);
    bool known = shmid >= 0 && object_find(KIND, (uint64_t)shmid, 0);
    key_got("shmget ", key, shmid, shmid >= 0 && !known && flags & IPC_CREAT);
    if (shmid >= 0) {
        p.object = segment_of((int)shmid);
        if (!known)
            name_by_key(p.object, key);
    }
    return (int)point_end(&p, shmid);
}

/* In the arena if the student does not mind, and if the kernel has room there. */
static long attach(int shmid, const void *wished, int flags)
{
    if (!wished) {
        long at = sys(SYS_shmat, shmid, map_place(segment_size(shmid)), flags);
        if (at != -EINVAL && at != -ENOMEM)
            return at;
    }
    return sys(SYS_shmat, shmid, wished, flags);
}

EXPORT void *shmat(int shmid, const void *wished, int flags)
{
    struct point p;

    if (wished)
        region_guard(wished, 1);
    if (!probe_on())
        return (void *)probe_result(sys(SYS_shmat, shmid, wished, flags));
    uint32_t object = object_find(KIND, (uint64_t)shmid, 0);
    point_begin(&p, &call_shmat, CALLER, object, shmid, wished, flags);
    long at = attach(shmid, wished, flags);
    if (at >= 0 || at < -4095) {
        p.object = object ? object : segment_of(shmid);
        map_add((void *)at, segment_size(shmid), p.object, 0);
        clock_release(&state_of(p.object)->used);
    }
    return (void *)point_end(&p, at);
}

EXPORT int shmdt(const void *at)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_shmdt, at));
    const struct mapping *m = map_find(at);
    uint32_t object = m ? m->object : 0;
    size_t size = object_at(object)->size;
    point_begin(&p, &call_shmdt, CALLER, object, at);
    long r = sys(SYS_shmdt, at);
    if (r == 0)
        map_remove(at, size);
    if (r == 0 && object)
        clock_release(&state_of(object)->used);
    return (int)point_end(&p, r);
}

EXPORT int shmctl(int shmid, int command, struct shmid_ds *buffer)
{
    struct point p;

    if (!probe_on())
        return (int)probe_result(sys(SYS_shmctl, shmid, command, buffer));
    uint32_t object = object_find(KIND, (uint64_t)shmid, 0);
    point_begin(&p, &call_shmctl, CALLER, object, shmid, command);
    long r = sys(SYS_shmctl, shmid, command, buffer);
    if (object && r >= 0 && (command == IPC_STAT || command == SHM_STAT)) {
        clock_acquire(state_of(object)->used); /* programs poll shm_nattch; the dead are detached */
        for (uint32_t i = 0; i < WORLD->tasks && i < PROBE_TASKS; i++)
            if (task_at(i)->state == PROBE_DEAD && task_at(i)->process == i)
                clock_acquire(clock_of(i));
    }
    if (object && r >= 0 && command == IPC_SET)
        clock_release(&state_of(object)->used);
    if (command != IPC_RMID)
        return (int)point_end_idle(&p, r);
    if (r >= 0)
        key_removed("shmid ", (uint64_t)shmid);
    if (r >= 0 && object)
        object_at(object)->flags |= PROBE_REMOVED;
    return (int)point_end(&p, r);
}
