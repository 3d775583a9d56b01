/*
 * probe_same.h - did two schedules go the same way? Every point's task, call, place, object, virtual time and
 * result.
 */
#ifndef IPCGRADE_PROBE_SAME_H
#define IPCGRADE_PROBE_SAME_H

#include "probe/host/supervise.h"

/* NULL: they did; else the first difference, valid until the next call. */
const char *worlds_differ(const struct world_result *a, const struct world_result *b);

#endif
