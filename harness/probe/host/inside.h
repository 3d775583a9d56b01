/* inside.h - what the files of host/ share. */
#ifndef IPCGRADE_PROBE_HOST_INSIDE_H
#define IPCGRADE_PROBE_HOST_INSIDE_H

#include <limits.h>

#include "supervise.h"

struct world {
    char path[PATH_MAX];
    int fd;
    struct probe_region *region;
    struct probe_config config; /* as it was given: the region's copy may have been scribbled on */
    uint32_t seen_step, seen_holder;
    uint64_t seen_events;
    unsigned silent_ms; /* no point has been made for so long */
    /* Of that, how long the holder has been asleep at every look. On a busy machine who is kept from working is
     * not asleep, but a single look may find him so. */
    unsigned asleep_ms;
};

#define LOAD(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)

uint32_t bounded(uint32_t n, uint32_t limit);
void world_wake(uint32_t *word); /* one waiter on a futex word of the region */
/* Whom the supervisor may grant the turn, other than `from`; PROBE_NOBODY if there is none. */
uint32_t world_taker(const struct world *w, uint32_t from);
/* Nothing has moved for a tick: is the holder dead? */
void world_look_at_holder(struct world *w);
bool world_moved(struct world *w);

/* look.c */
bool process_is_dead(int pid); /* or a thread; a zombie is */
/* With all its threads: the first may be a zombie before the others end. */
bool process_has_ended(int pid);
bool process_is_zombie(int pid);
bool process_computes(int pid); /* on a processor, or waiting for one */
bool process_is_asleep(
    int pid); /* in the kernel, or stopped: will not come to a point by computing */
bool process_is_static(int pid); /* runs a program that needs no dynamic loader */

#endif
