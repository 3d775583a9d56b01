/*
 * merge.h - what many schedules show, told once: the same rule at the same lines is one finding.
 */
#ifndef IPCGRADE_MERGE_H
#define IPCGRADE_MERGE_H

#include "run/world.h"

struct merge {
    struct arena *arena; /* of what is kept */
    struct run *run;
    struct evidence *total;
    int silent; /* schedules in which the probe saw nothing, or not all */
    const char *why_silent;
};

/* Takes in what the schedule that has just been played left in run->evidence and in the region. */
void merge_schedule(struct merge *merge, int schedule);
/* After the last: counts become sentences. */
void merge_finish(struct merge *merge);

#endif
