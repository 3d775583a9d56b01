/*
 * furnish.h - what a run finds in its folders at the beginning, and every schedule anew.
 */
#ifndef IPCGRADE_FURNISH_H
#define IPCGRADE_FURNISH_H

#include "base/arena.h"

/* Copies a folder with all below it; what it holds becomes the student's. Dies. */
void furnish_copy(struct arena *arena, int from, int to);

/* What the work folder holds, with the times at which it was last touched. */
struct furnished;
/* Right after furnish_copy() from that descriptor, which stays open; files of `arena` live as long. */
struct furnished *furnish_note(struct arena *arena, int from);
/* With nobody alive: what was changed, replaced or removed in the work folder is as it was, and /tmp is empty. */
void furnish_restore(struct furnished *furnished);

#endif
