/*
 * pairs.h - paired cases under the probe alone: the right program without a finding on every
 * schedule, the wrong one found.
 */
#ifndef IPCGRADE_PAIRS_H
#define IPCGRADE_PAIRS_H

/* Runs tests/cases/NAME_right.c and _wrong.c. For each name a line is printed where one is not as
 * it should be; the number of those is returned. */
unsigned pairs_check(const char *const names[], unsigned schedules);

#endif
