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
    bool any;          /* one at least was */
    const char *doubt; /* why not all that one does was seen, a clause; NULL: it was */
    bool assembly;     /* one may have locks of inline assembly, so that no race can be defended */
    const char *known[16]; /* have been looked at */
    int known_count;
};

/* Looks at what the schedule that has just been played executed. */
void probed_note(struct arena *arena, struct probed *probed, const struct run *run,
                 const struct world_result *result);
/* The program in this file defines functions of its own that the instrumentation calls, instead of the probe's. */
bool probed_has_own_hooks(const char *path);
/* Why a clean result proves nothing, a clause; NULL: it does. `asks_for_any`: one that was built so must have
 * taken part. */
const char *probed_doubt(const struct probed *probed, bool asks_for_any);

#endif
