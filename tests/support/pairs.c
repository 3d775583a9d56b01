/* pairs.c - see pairs.h. */
#include "pairs.h"
#include "probe_world.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Which findings the first line names that the probe itself can make; the rest (leaks, orphans, …)
 * is for others to see. */
static bool expects(const char *path, const char *rule)
{
    char line[256] = "";
    FILE *f = fopen(path, "r");
    if (f && !fgets(line, sizeof line, f))
        line[0] = 0;
    if (f)
        fclose(f);
    return strstr(line, rule);
}

/* A test that was built for another layout of the region sees nothing, and would pass. */
static bool takes_part(struct trial *t)
{
    struct probe_config config = {.seed = 1, .strategy = PROBE_PORTFOLIO};
    struct world_result r;
    trial_run(t, &config, NULL, 0, &r);
    bool good = r.steps > 0;
    world_forget(&r);
    return good;
}

static bool right_is_silent(const char *name, unsigned schedules)
{
    char path[256];
    snprintf(path, sizeof path, "tests/cases/%s_right.c", name);
    struct trial *t = trial_compile(path, "");
    bool good = takes_part(t) && trial_is_silent(t, schedules, NULL);
    if (!good)
        printf("%s is not silent\n", path);
    trial_close(t);
    return good;
}

static bool wrong_is_found(const char *name, unsigned schedules)
{
    char path[256];
    snprintf(path, sizeof path, "tests/cases/%s_wrong.c", name);
    struct trial *t = trial_compile(path, "");
    struct tally y = trial_tally(t, schedules);
    bool stops = expects(path, "deadlock") || expects(path, "lost-wakeup") ||
                 expects(path, "pipe-end-open") || expects(path, "orphaned-blocking");
    bool good = (expects(path, "data-race") && y.races) || (stops && y.stuck) ||
                (expects(path, "livelock") && y.livelocked) ||
                (expects(path, "crash") && y.wrong) ||
                ((expects(path, "schedule-dependent") || expects(path, "wrong-exit")) && y.wrong);
    bool for_others = expects(path, "expect: unchecked-error") || expects(path, "expect: leak") ||
                      expects(path, "expect: orphan ") || expects(path, "expect: zombie") ||
                      expects(path, "expect: duplicated") || expects(path, "expect: async") ||
                      expects(path, "expect: not-process-shared") ||
                      expects(path, "expect: unlock-not-held");
    if (!good && !for_others)
        printf("%s: races %u stuck %u livelocked %u other ends %u doubtful %u wrong %u of %u\n",
               path, y.races, y.stuck, y.livelocked, y.other_ends, y.doubtful, y.wrong, schedules);
    trial_close(t);
    return good || for_others;
}

unsigned pairs_check(const char *const names[], unsigned schedules)
{
    unsigned bad = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (; *names; names++) {
        bad += !right_is_silent(*names, schedules);
        bad += !wrong_is_found(*names, schedules);
    }
    return bad;
}
