/*
 * merge.h - what many schedules show, told once: the same rule at the same lines is one finding.
 */
#ifndef IPCGRADE_MERGE_H
#define IPCGRADE_MERGE_H

#include "run/probed.h"
#include "run/world.h"

/* The switches of the schedule that first showed a finding. */
struct decisions {
    struct probe_decision *list; /* NULL: too many to keep */
    int count;
    int first, latest; /* schedule that showed it: one is counted once */
};

struct merge {
    struct arena *arena; /* of what is kept */
    struct run *run;
    struct evidence *total;
    struct decisions *decisions; /* one for each of total->failures */
    int silent;                  /* schedules in which the probe saw nothing, or not all */
    const char *why_silent;
    bool lineless;        /* there was a race, but nobody knows in which lines */
    int strayed;          /* schedules that ended outside of what it follows */
    struct probed probed; /* of a command: what took part */
};

/* Takes in what the schedule that has just been played left in run->evidence and in the region. */
void merge_schedule(struct merge *merge, int schedule);
/* After the last: counts become sentences. */
void merge_finish(struct merge *merge);

/* Whether the schedule that has just been played shows this finding. */
bool merge_shows(struct merge *merge, const struct finding *finding);
/* Tells it as the schedule that has just been played shows it: as whoever replays its token will see it. */
void merge_tell_again(struct merge *merge, struct finding *finding);
/* "; it shows even if …", "; 2 switches are enough to show it". */
const char *merge_switches_told(struct merge *merge, int switches);

#endif
