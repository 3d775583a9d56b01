/*
 * verdict.h - from the evidence of a scenario to findings and a verdict.
 */
#ifndef IPCGRADE_VERDICT_H
#define IPCGRADE_VERDICT_H

#include "base/arena.h"
#include "model.h"

/* Judges one scenario from what its runs left (`schedules`: NULL, if that lens was not asked for); findings are appended to the grade's. */
void verdict_scenario(struct arena *arena, struct grade *grade, struct scenario_result *result,
                      const struct evidence *plain, const struct evidence *schedules);
/* Whether a failed run could be bad luck, so that the scenario is to be played again: not if some schedule
 * fails as well, nor if it failed by using up a budget. */
bool verdict_may_be_luck(const struct evidence *plain, const struct evidence *schedules);
/* What to judge a scenario by whose first run failed: `runs` are all that were played. If all failed, one
 * of them, which is scored; if not, its findings are marked for the instructor's eye (`for_review`). */
const struct evidence *verdict_of_repetitions(struct arena *arena,
                                              const struct evidence *const *runs, int count);
/* The schedules lens can say nothing of it: `why`, a clause. One finding `inconclusive`, of the whole. */
void verdict_without_schedules(struct arena *arena, struct grade *grade, const char *why);
/* Judges a failed build: one finding `build-error` with a site for each error, which every scenario
 * fails by. */
void verdict_build(struct arena *arena, struct grade *grade);
/* Judges a command (`ipcgrade run`): findings, verdict, fault. */
void verdict_command(struct arena *arena, struct grade *grade, const struct evidence *schedules);
/* The verdict of the whole from those of its parts: a harness error outweighs all, then build error,
 * findings, inconclusive, pass. */
enum verdict verdict_whole(const struct grade *grade);

/* Whether a lens that exists decides this quality; one that none decides is shown as "not judged". */
bool quality_is_judged(enum quality quality, bool schedules_lens);

extern const char *const verdict_names[VERDICTS]; /* "pass", "findings", "build_error", … */
extern const char
    *const quality_names[QUALITIES]; /* "correctness", "race_freedom", "cleanup", "memory" */
extern const char *const lens_names[LENSES]; /* "plain", "schedules", "memory" */

#endif
