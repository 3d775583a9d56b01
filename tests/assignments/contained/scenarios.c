/*
 * scenarios.c - one scenario for all hostile submissions: what they try must fail, and they say so.
 *
 * The text that no submission may ever see, in a run, in a build or in a report: 5f1d-hidden-from-students
 */
#include "scenario.h"

ASSIGNMENT(.title = "What must be contained", .programs = {"hostile"},
           .limits = {.cpu_seconds = 2,
                      .sleep_seconds = 2,
                      .memory_mb = 128,
                      .processes = 24,
                      .open_files = 64,
                      .file_mb = 16,
                      .output_kb = 64,
                      .queues = 16,
                      .segments = 16,
                      .semaphore_sets = 16});

SCENARIO(contained, .points = 10, .title = "The attack fails",
         .asks = "the program prints that it was contained")
(struct run *run)
{
    struct process *p = start(run, "hostile");
    expect_exit(p, 0);
    expect_output(p, "contained\n");
}
