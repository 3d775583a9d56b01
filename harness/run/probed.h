/*
 * probed.h - `ipcgrade run`: which of the programs that took part were built with the probe?
 *
 * The others take part by their calls (the probe is preloaded), but their accesses to shared memory are
 * not seen: that such a schedule shows nothing proves little.
 */
#ifndef IPCGRADE_PROBED_H
#define IPCGRADE_PROBED_H

#include "run/world.h"

struct probed {
    bool any;              /* one at least was */
    const char *without;   /* one that was not: its path in the work folder; NULL: none */
    bool is_static;        /* that one is linked statically */
    const char *known[16]; /* have been looked at */
    int known_count;
};

/* Looks at what the schedule that has just been played executed. */
void probed_note(struct arena *arena, struct probed *probed, const struct run *run,
                 const struct world_result *result);
/* Why a clean result proves nothing, a clause; NULL: it does. */
const char *probed_doubt(struct arena *arena, const struct probed *probed);

#endif
