/*
 * scenarios.c - for submissions with a Makefile of their own.
 */
#include "scenario.h"

ASSIGNMENT(.title = "With a Makefile of its own", .programs = {"hostile"}, .own_makefile = true);

SCENARIO(runs, .points = 10, .title = "It runs", .asks = "exit status 0")
(struct run *run)
{
    expect_exit(start(run, "hostile"), 0);
}
