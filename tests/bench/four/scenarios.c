/* scenarios.c - starts tests/bench/programs/four.c four times: what an assignment's schedule costs. */
#include "scenario.h"

ASSIGNMENT(.title = "Four at once", .programs = {"four"});

SCENARIO(four, .points = 10, .title = "Four processes", .asks = "all end well")(struct run *run)
{
    struct process *all[4];

    for (int i = 0; i < 4; i++)
        all[i] = start(run, "four", "one");
    for (int i = 0; i < 4; i++)
        expect_exit(all[i], 0);
    expect_no_object(run, OBJECT_SYSV_SHM);
    expect_no_object(run, OBJECT_SYSV_SEMAPHORE);
}
