/*
 * leftovers.h - the census of a run that came to its end, as findings: orphans, then leaks.
 */
#ifndef IPCGRADE_LEFTOVERS_H
#define IPCGRADE_LEFTOVERS_H

#include "base/arena.h"
#include "model.h"

/* One finding for each orphan, and for the objects that one line made. `persists`: kinds that may outlive
 * the run. Returns how many; their scenario is the caller's to name. */
int leftovers_told(struct arena *arena, const struct evidence *evidence, unsigned persists,
                   struct finding **findings);

#endif
