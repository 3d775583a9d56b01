/*
 * bench_silent.c - false alarms on the references and on the correct fixtures of every assignment, under many
 * schedules: there must be none.
 *
 * FULL=1: 1,000 schedules of each scenario, otherwise 20. Which submissions are correct is fixtures/expected.c's to
 * say. Nothing else looks at whole assignments so: there is no rival.
 */
#include <stdio.h>

#include "fixtures/expected.h"
#include "tests/support/bench.h"
#include "tests/support/command.h"

struct sum {
    int submissions, scenarios, findings, undecided;
    long long schedules;
};

static const char *folder_of(const struct expected *row)
{
    return row->folder ? bench_text("fixtures/%s/%s", row->assignment, row->folder)
                       : bench_text("reference/%s", row->assignment);
}

static void add_schedules(struct sum *sum, const json_t *report)
{
    size_t i;
    json_t *scenario;
    json_array_foreach(json_object_get(report, "scenarios"), i, scenario)
    {
        sum->scenarios++;
        sum->schedules +=
            json_integer_value(json_object_get(json_object_get(scenario, "schedules"), "run"));
    }
}

static void grade(const struct expected *row, const char *schedules, struct sum *sum)
{
    const char *folder = folder_of(row);
    bench_progress("correct submissions, %s schedules of each scenario: %s", schedules, folder);
    struct answer answer =
        ask_as((struct manner){.minutes = 240},
               (const char *const[]){"grade", "--format", "json", "--schedules", schedules, "-a",
                                     row->assignment, folder, NULL});
    json_t *report = parse_json(&answer);
    int findings = (int)json_array_size(json_object_get(report, "findings"));
    if (answer.status != 0)
        printf("  %s: %s, %d findings, exit status %d\n", folder, json_text(report, "verdict"),
               findings, answer.status);
    sum->submissions++;
    sum->findings += findings;
    sum->undecided += findings == 0 && answer.status != 0;
    add_schedules(sum, report);
    json_decref(report);
    answer_free(&answer);
}

int main(void)
{
    struct sum sum = {0};
    const char *schedules = bench_full() ? "1000" : "20";
    for (int i = 0; i < expected_count; i++)
        if (expected[i].verdict == VERDICT_PASS)
            grade(&expected[i], schedules, &sum);
    bench_row(&(struct bench_row){
        bench_text("findings on references and correct fixtures (%d submissions)", sum.submissions),
        "0",
        bench_text("%d, %d undecided (%d scenarios, %lld schedules)", sum.findings, sum.undecided,
                   sum.scenarios, sum.schedules),
        "-"});
    return 0;
}
