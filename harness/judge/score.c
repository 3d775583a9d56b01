/*
 * score.c - the score rule (see score.h).
 *
 * Points are whole numbers and shares whole percents, so what a quality is worth is a whole number
 * of hundredths of a point. All sums are done in those, as integers: nothing is ever rounded, and
 * the order of adding does not matter.
 */
#include "judge/score.h"

#include <string.h>

#include "base/die.h"
#include "judge/verdict.h"

struct shares shares_complete(struct shares shares)
{
    unsigned sum = shares.correctness + shares.race_freedom + shares.cleanup + shares.memory;
    if (sum == 0)
        return (struct shares){.correctness = 50, .race_freedom = 30, .cleanup = 10, .memory = 10};
    if (sum != 100)
        die("assignment", "its shares add up to %u percent instead of 100", sum);
    return shares;
}

static unsigned share_of(struct shares shares, enum quality quality)
{
    switch (quality) {
    case QUALITY_CORRECTNESS:
        return shares.correctness;
    case QUALITY_RACE_FREEDOM:
        return shares.race_freedom;
    case QUALITY_CLEANUP:
        return shares.cleanup;
    case QUALITY_MEMORY:
        return shares.memory;
    default:
        return 0;
    }
}

static long hundredths(double points)
{
    return (long)(points * 100 + 0.5); /* never negative */
}

/* Whether a finding of this scenario costs the quality. */
static bool is_lost(const struct scenario *scenario, enum quality quality,
                    const struct finding *findings, int count)
{
    for (int i = 0; i < count; i++) {
        const struct finding *f = &findings[i];
        bool here = f->scenario && strcmp(f->scenario, scenario->name) == 0;
        if (here && f->quality == quality && !f->for_review)
            return true;
    }
    return false;
}

void score_scenario(const struct assignment *assignment, struct scenario_result *result,
                    const struct finding *findings, int finding_count)
{
    const struct scenario *scenario = result->scenario;
    struct shares shares = shares_complete(assignment->shares);
    bool correct = result->judged[QUALITY_CORRECTNESS] && result->verdict != VERDICT_BUILD_ERROR &&
                   !is_lost(scenario, QUALITY_CORRECTNESS, findings, finding_count);
    for (int q = 0; q < QUALITIES; q++) {
        double worth = scenario->points * share_of(shares, q) / 100.0;
        bool earned = correct && !is_lost(scenario, q, findings, finding_count);
        result->max_points[q] = result->judged[q] ? worth : 0;
        result->points[q] = result->judged[q] && earned ? worth : 0;
    }
}

void score_whole(struct grade *grade)
{
    long score = 0, most = 0;
    if (verdict_whole(grade) == VERDICT_BUILD_ERROR) /* nothing, of the maximum that all have */
        for (int i = 0; i < grade->result_count; i++)
            score_scenario(grade->set->assignment, &grade->results[i], NULL, 0);
    for (int i = 0; i < grade->result_count; i++)
        for (int q = 0; q < QUALITIES; q++) {
            score += hundredths(grade->results[i].points[q]);
            most += hundredths(grade->results[i].max_points[q]);
        }
    grade->score = (double)score / 100;
    grade->max_score = (double)most / 100;
    if (grade->fault || (grade->built && grade->built->fault))
        grade->score = grade->max_score = 0;
}
