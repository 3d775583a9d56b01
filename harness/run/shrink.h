/*
 * shrink.h - the fewest switches that still show a finding: an explanation instead of a number.
 */
#ifndef IPCGRADE_SHRINK_H
#define IPCGRADE_SHRINK_H

#include "probe/probe_abi.h"

#include <stdbool.h>

/* Plays the schedule that this list forces; true if the finding shows again. */
typedef bool shows_again(void *arg, const struct probe_decision *list, int count);

/* Leaves out of the list whatever the finding does not need (delta debugging: halves, quarters, …, single
 * ones); returns how many are left, in place. At most `tries` schedules are played. */
int shrink(struct probe_decision *list, int count, int tries, shows_again *again, void *arg);

#endif
