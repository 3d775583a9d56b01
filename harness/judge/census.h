/*
 * census.h - which IPC objects, files and processes exist in the box: what `ipcs` shows, and more.
 *
 * Read by trusted code in PID 1 of the box, from what the kernel says: /proc/sysvipc/{msg,shm,sem} (which
 * is what ipcs(1) reads), /dev/shm, /dev/mqueue, the work folder.
 */
#ifndef IPCGRADE_CENSUS_H
#define IPCGRADE_CENSUS_H

#include "base/arena.h"
#include "model.h"

struct census {
    struct object *objects; /* sorted by kind, then id, then name */
    int count;
};

/* What exists now. `work` is the work folder. Bounded: at most 4096 objects a kind are listed. */
struct census census_take(struct arena *arena, const char *work);
/* What is in `after` and not in `before` (same kind and id; for names also the same inode). */
struct census census_new(struct arena *arena, struct census before, struct census after);

/* A segment marked for removal: gone as soon as the last process detaches it. Listed, as ipcs does, but
 * no leak. */
bool census_is_doomed(const struct object *object);

extern const char *const object_kind_names[OBJECT_KINDS]; /* "System V shared memory segment", … */
extern const char *const object_kind_rules[OBJECT_KINDS]; /* "leak-sysv-shm", … */

#endif
