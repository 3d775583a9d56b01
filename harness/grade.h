/*
 * grade.h - the straight line, from a folder to a grade.
 */
#ifndef IPCGRADE_GRADE_H
#define IPCGRADE_GRADE_H

#include "base/arena.h"
#include "model.h"

/* Grades one submission. False: it cannot be graded at all, and *why says why in one clause; the
 * grade then is a harness error that says the same. Nothing it does depends on the time or on other
 * calls. */
bool grade_submission(struct arena *arena, const struct options *options,
                      const struct assignment_set *set, const char *folder, const char *scratch,
                      struct grade *grade, const char **why);

/* Plays one schedule of one scenario again (options->replay): NULL with *why if that cannot be. */
const struct evidence *grade_replay(struct arena *arena, const struct options *options,
                                    const struct assignment_set *set, const char *folder,
                                    const char *scratch, const char **why);

/* Exit status for a grade, and the graver of two: harness fault, findings, inconclusive, passed. */
int grade_exit_status(const struct grade *grade);
int graver_status(int a, int b);

#endif
