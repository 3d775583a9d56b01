/*
 * merge.h - the same finding in several scenarios is one bug: told once, with the list of
 * scenarios.
 */
#ifndef IPCGRADE_MERGE_H
#define IPCGRADE_MERGE_H

#include "model.h"

struct merged {
    const struct finding *first;
    int *scenarios; /* indices into grade->results; of the build: none */
    int scenario_count;
};

struct merged_findings {
    struct merged *items; /* in the order in which they first appear */
    int count;
};

/* A data race whose two lines are known. */
bool is_race(const struct finding *finding);
struct merged_findings merge_findings(const struct grade *grade);
/* Both have sites, and they are the same lines, in whatever order and processes: the same bug seen
 * from another side. */
bool merge_same_lines(const struct finding *a, const struct finding *b);
void merged_free(struct merged_findings *merged);

#endif
