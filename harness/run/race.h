/*
 * race.h - a data race that the probe has seen, as a finding: which two lines touch which variable.
 */
#ifndef IPCGRADE_RACE_H
#define IPCGRADE_RACE_H

#include "run/world.h"

/* Fills in the two sites. False: a line is not known, and then a race cannot be defended. */
bool race_sites(struct run *run, const struct world_result *result,
                const struct probe_finding *seen, struct finding *finding);

/* Both accesses are those of programs in the work folder, whatever their lines. */
bool race_is_students(const struct world_result *result, const struct probe_finding *seen);

/* The rest of such a finding, in memory of `arena`: its variable, if that is known for sure, and the sentence. */
void race_tell(struct arena *arena, struct run *run, const struct world_result *result,
               const struct probe_finding *seen, struct finding *finding);

#endif
