/*
 * scratch.h - the private folder of one call of ipcgrade, which is gone afterwards, however that
 * call ends.
 */
#ifndef IPCGRADE_SCRATCH_H
#define IPCGRADE_SCRATCH_H

#include "base/arena.h"

/* Makes ${TMPDIR:-/tmp}/ipcgrade.XXXXXX, mode 0700. From now on die() and the signals that end a
 * command (Ctrl-C, SIGTERM, SIGHUP, SIGPIPE) kill all boxes and remove it first. */
const char *scratch_make(struct arena *arena);
/* One more file that goes with it: a report not yet complete. NULL: it has become complete. */
void scratch_also(const char *file);
/* At the ordinary end. */
void scratch_remove(void);

#endif
