/*
 * switches.h - the switches of a shrunk schedule as places: who is kept from which call, and who goes on first.
 */
#ifndef IPCGRADE_SWITCHES_H
#define IPCGRADE_SWITCHES_H

#include "run/world.h"

/* Gives a finding its sites, from the schedule that has just been played, which is this list. A long list is no
 * story, and gives none. */
void switches_place(struct arena *arena, struct run *run, const struct probe_decision *list,
                    int count, struct finding *f);

#endif
