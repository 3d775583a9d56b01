/*
 * explore.h - the schedules lens: one scenario under many interleavings, in one box.
 */
#ifndef IPCGRADE_EXPLORE_H
#define IPCGRADE_EXPLORE_H

#include "run/world.h"

enum { SCHEDULES_BY_DEFAULT = 200 };

/* Plays the scenario that many times; findings of all, merged, go into the evidence. `programs`: of the folder
 * that the work folder was filled from. */
void explore(struct run *run, int schedules, int programs);

#endif
