/* misuse.h - what the probe says of a rule that a program breaks for certain, as a finding. */
#ifndef IPCGRADE_MISUSE_TOLD_H
#define IPCGRADE_MISUSE_TOLD_H

#include "run/world.h"

/* False: nothing that could be defended: no such rule, or no line of the student's. */
bool misuse_told(struct run *run, const struct world_result *result,
                 const struct probe_finding *told, struct finding *finding);
/* The call at this site was given more bytes than the message has. */
bool msgsz_told(struct run *run, const struct world_result *result, uint32_t site,
                struct finding *finding);

#endif
