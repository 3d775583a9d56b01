/*
 * sample.h - a grade put together by hand, for the tests of score, verdict and reports.
 */
#ifndef IPCGRADE_SAMPLE_H
#define IPCGRADE_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "judge/score.h"
#include "judge/verdict.h"
#include "report/report.h"

/* Two scenarios of ten points; the second may leave files behind. */
static const struct scenario sample_first = {
    .name = "in_order", .title = "One of each", .asks = "items arrive in order", .points = 10};
static const struct scenario sample_second = {.name = "stopped",
                                              .title = "Stopped half-way",
                                              .asks = "all is removed",
                                              .points = 10,
                                              .persists = PERSISTS(OBJECT_FILE)};
static const struct scenario *const sample_scenarios[] = {&sample_first, &sample_second};
static const struct assignment sample_assignment = {.title = "Bounded buffer",
                                                    .persists = PERSISTS(OBJECT_FIFO)};
static const struct assignment_set sample_set = {.name = "bounded_buffer",
                                                 .folder = "/assignments/bounded_buffer",
                                                 .assignment = &sample_assignment,
                                                 .scenarios = sample_scenarios,
                                                 .scenario_count = 2};

struct sample {
    struct arena *arena;
    struct submission submission;
    struct built built;
    struct evidence evidence[2];
    struct scenario_result results[2];
    struct grade grade;
};

/* Everything went well so far: both scenarios played through and left nothing. */
static inline struct sample *sample_new(void)
{
    struct arena *arena = arena_new(16 << 20);
    struct sample *s = arena_alloc(arena, sizeof *s);
    s->arena = arena;
    s->submission = (struct submission){.name = "ada", .folder = "class/ada", .hash = "5f2c"};
    s->built = (struct built){.ok = true};
    s->grade = (struct grade){.set = &sample_set,
                              .submission = &s->submission,
                              .built = &s->built,
                              .results = s->results,
                              .result_count = 2};
    for (int i = 0; i < 2; i++) {
        s->evidence[i] = (struct evidence){.complete = true, .played_through = true};
        s->results[i].scenario = sample_scenarios[i];
    }
    return s;
}

/* The rest of the line: verdict, score. */
static inline void sample_judge(struct sample *s)
{
    for (int i = 0; s->built.ok && i < 2; i++) {
        verdict_scenario(s->arena, &s->grade, &s->results[i], &s->evidence[i], NULL);
        score_scenario(&sample_assignment, &s->results[i], s->grade.findings,
                       s->grade.finding_count);
    }
    if (!s->built.ok)
        verdict_build(s->arena, &s->grade);
    s->grade.verdict = verdict_whole(&s->grade);
    score_whole(&s->grade);
}

static inline void sample_free(struct sample *s)
{
    arena_free(s->arena);
}

/* What a scenario's failed expectation leaves: the driver ended it there. */
static inline void sample_fail(struct sample *s, int scenario, struct finding finding)
{
    struct evidence *e = &s->evidence[scenario];
    e->played_through = false;
    e->failures = arena_grow(s->arena, e->failures, e->failure_count, sizeof *e->failures);
    e->failures[e->failure_count++] = finding;
}

static inline void sample_leave(struct sample *s, int scenario, struct object object)
{
    struct evidence *e = &s->evidence[scenario];
    e->left = arena_grow(s->arena, e->left, e->left_count, sizeof *e->left);
    e->left[e->left_count++] = object;
}

/* What a report format prints of grades; the caller frees it. */
static inline char *sample_report(const char *format, const struct grade *grades, int count,
                                  struct report_style style)
{
    static char *text; /* gcc 12 takes a local for dangling */
    size_t size;
    FILE *to = open_memstream(&text, &size);
    report_find(format)->write(to, grades, count, &style);
    fclose(to);
    return text;
}

#endif
