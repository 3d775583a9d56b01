/*
 * play.h - playing the scenario's function once, on whatever lens; what driver.c offers explore.c.
 */
#ifndef IPCGRADE_PLAY_H
#define IPCGRADE_PLAY_H

#include "run/world.h"

/* Calls the scenario's function; run->evidence tells what failed, if anything did. */
void play_scenario(struct run *run);
/* Lets those end that are on their way to, and notes orphans and what is left. */
void play_to_the_end(struct run *run);
#endif
