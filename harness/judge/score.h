/*
 * score.h - what a verdict is worth.
 *
 * The rule: a scenario's points are split by the assignment's shares; correctness earns its share when
 * every expectation held, and each other quality earns its own only if correctness did and no finding
 * costs that quality. A quality that no lens has judged counts neither in the score nor in the maximum.
 */
#ifndef IPCGRADE_SCORE_H
#define IPCGRADE_SCORE_H

#include "model.h"

/* 50, 30, 10, 10 where all are zero; dies unless they add up to 100. */
struct shares shares_complete(struct shares shares);
void score_scenario(const struct assignment *assignment, struct scenario_result *result,
                    const struct finding *findings, int finding_count);
void score_whole(struct grade *grade);

#endif
