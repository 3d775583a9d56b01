/*
 * cases.h - the paired cases (tests/cases/README.md), built with `ipcgrade cc` and tried with `ipcgrade run`.
 */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include <stdbool.h>

struct tried_case {
    char path[96];       /* below tests/cases: "pipe/handoff_right.c" */
    char expected[200];  /* of its first line: "none", "data-race at 41 and 63 or deadlock at 50" */
    char waits_for[160]; /* tests/cases/waiting: why it cannot pass yet; "": it must */
    bool right;
    bool wanted; /* cases_try() leaves the others alone */
    /* the answers */
    bool passed;
    char said[600]; /* what was found, or why nothing came of it */
};

/* All of them, by path. The array is freed by the caller. */
struct tried_case *cases_list(int *count);
/* Tries those that are wanted, several at a time. */
void cases_try(struct tried_case *cases, int count, int schedules);

#endif
