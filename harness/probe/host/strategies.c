/* strategies.c - the table (see strategies.h). */
#include "strategies.h"

#include <stdio.h>
#include <string.h>

#include "../probe_abi.h"

static const char *const names[] = {
    [PROBE_RUN_TO_BLOCK] = "run-to-block",
    [PROBE_RANDOM_WALK] = "random",
    [PROBE_PCT] = "pct",
    [PROBE_POS] = "pos",
    [PROBE_SURW] = "surw",
    [PROBE_ADVERSARY] = "adversary",
    [PROBE_PORTFOLIO] = "portfolio",
};
_Static_assert(sizeof names / sizeof *names == PROBE_STRATEGIES, "a name for every strategy");

const char *strategy_name(int strategy)
{
    return strategy >= 0 && strategy < PROBE_STRATEGIES ? names[strategy] : "?";
}

int strategy_named(const char *name)
{
    for (int i = 0; i < PROBE_STRATEGIES; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

const char *strategy_list(void)
{
    static char list[32 * PROBE_STRATEGIES];
    size_t n = 0;
    for (int i = 0; i < PROBE_STRATEGIES; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", names[i]);
    return list;
}
