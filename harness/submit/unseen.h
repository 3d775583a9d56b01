/*
 * unseen.h - what a submission does out of the probe's sight, as far as its sources and programs show it.
 *
 * Inline assembly is neither instrumented nor interposed: a lock made of it orders, and is not seen to; an
 * access made by it races, and is not seen to. So races are not looked for then: nobody could defend that one
 * was found, nor that none was.
 */
#ifndef IPCGRADE_UNSEEN_H
#define IPCGRADE_UNSEEN_H

#include "base/arena.h"
#include "model.h"

/* The first such thing, a clause; NULL: there is none. */
const char *unseen(struct arena *arena, const struct assignment *assignment,
                   const struct submission *submission, const struct built *with_probe);

/* The line of the first inline assembly in `text`; 0: none. What only keeps the compiler from reordering, or
 * lets the processor rest, is none. */
int unseen_assembly(const char *text);
/* The line of the first word that can tell the build with the probe from the one without, so that what was looked
 * at need not be what was handed in; 0: none. */
int unseen_choice(const char *text);

#endif
