/*
 * trace.h - the points of the schedule that has just been played, one line each.
 */
#ifndef IPCGRADE_TRACE_H
#define IPCGRADE_TRACE_H

#include "run/world.h"

/* Appends to the evidence what the region's event log holds; everything is copied into `arena`. */
void trace_record(struct arena *arena, struct run *run, struct evidence *evidence);

#endif
