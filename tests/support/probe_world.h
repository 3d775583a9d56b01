/*
 * probe_world.h - runs small programs under the probe, without the harness: for the probe's tests.
 *
 *     struct trial *t = trial_compile("tests/probe/x.c", ""); compiles with the probe, once
 *     struct world_result r;
 *     trial_run(t, &config, NULL, 0, &r);                      one schedule
 *     … trial_output(t), world_forget(&r) …
 *     trial_close(t);
 */
#ifndef IPCGRADE_PROBE_WORLD_H
#define IPCGRADE_PROBE_WORLD_H

#include "probe/host/supervise.h"

#include <stdbool.h>
#include <stdio.h>

struct trial;

/* Compiles a C source, or C++ (.cc), as `ipcgrade cc` would, with more flags ("-DRACY"). Aborts the test run, with
 * the compiler's words, if that fails. */
struct trial *trial_compile(const char *source, const char *flags);
/* A C text instead of a file. */
struct trial *trial_text(const char *program);
/* Runs it `n` times side by side in one world, each with its number ("0", "1", …) as argument. */
void trial_instances(struct trial *t, unsigned n);
/* A command line through execve instead of a compiled program. */
struct trial *trial_command(const char *const argv[]);
/* Sleeps and timers of this one come as the kernel would have them: it relies on that. */
void trial_in_fair_time(struct trial *t);
void trial_close(struct trial *t);

/* One schedule; after 20 s everything is killed, and end is PROBE_RUNNING. */
void trial_run(struct trial *t, const struct probe_config *config,
               const struct probe_decision *forced, size_t count, struct world_result *result);
/* Of the last schedule: what all programs wrote to stdout and stderr. */
const char *trial_output(const struct trial *t);
/* When its end was seen, by the monotonic clock, in ms. */
double trial_ended_at(const struct trial *t);
/* Wait status of program `i`. */
int trial_status(const struct trial *t, unsigned i);

/* Of many schedules, portfolio, seed 1. */
struct tally {
    unsigned schedules, races, stuck, livelocked, other_ends, doubtful;
    unsigned wrong; /* where some program did not exit with 0 */
};
struct tally trial_tally(struct trial *t, unsigned schedules);

/* Whether each ends well: no finding, no doubt, status 0, this output (NULL: any). The first that does
 * not is printed to stderr with all that it did. */
bool trial_is_silent(struct trial *t, unsigned schedules, const char *output);

/* "file.c:12", by addr2line; for few look-ups. */
const char *trial_line(const struct world_result *r, unsigned site);
/* All there is to know of a schedule, with its last events. */
void trial_print(FILE *to, const struct world_result *r, unsigned events);

/* What a test needs that starts programs itself: a new folder, in TMPDIR; the path of a region for it, in
 * /dev/shm, by a name that the test suite knows as its own; a link in it to the library, since a path with a
 * blank would be two in LD_PRELOAD. */
void probe_test_folder(char *folder, size_t size);
void probe_test_region(const char *folder, char *path, size_t size);
void probe_test_library(const char *folder, char *link, size_t size);

#endif
