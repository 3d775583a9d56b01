/*
 * rules.c - looking up a rule by its name (see rules.h); the texts are in rules_*.c, a family a
 * file.
 */
#include "judge/rules.h"

#include <string.h>

extern const struct rule __start_ipcgrade_rules[];
extern const struct rule __stop_ipcgrade_rules[];

const struct rule *rule_find(const char *name)
{
    for (const struct rule *r = __start_ipcgrade_rules; r < __stop_ipcgrade_rules; r++)
        if (strcmp(r->name, name) == 0)
            return r;
    return NULL;
}

/* How many rules come before this one in the order of names: its index, since names are unique. */
static int rank_of(const struct rule *rule)
{
    int rank = 0;
    for (const struct rule *r = __start_ipcgrade_rules; r < __stop_ipcgrade_rules; r++)
        if (strcmp(r->name, rule->name) < 0)
            rank++;
    return rank;
}

/* Quadratic in a catalogue of some fifty entries; needs no table that somebody must keep sorted. */
const struct rule *rule_at(int index)
{
    for (const struct rule *r = __start_ipcgrade_rules; r < __stop_ipcgrade_rules; r++)
        if (rank_of(r) == index)
            return r;
    return NULL;
}
