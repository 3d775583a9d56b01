/*
 * rules.c - looking up a rule by its name (see rules.h); the texts are in rules_*.c, a family a
 * file.
 */
#include "judge/rules.h"

#include <stdint.h>
#include <string.h>

extern const struct rule __start_ipcgrade_rules[];
extern const struct rule __stop_ipcgrade_rules[];

/* To the compiler the linker's two symbols are arrays that have nothing to do with each other. */
static int rule_count(void)
{
    uintptr_t bytes = (uintptr_t)__stop_ipcgrade_rules - (uintptr_t)__start_ipcgrade_rules;
    return (int)(bytes / sizeof(struct rule));
}

static const struct rule *nth(int i)
{
    return &__start_ipcgrade_rules[i];
}

const struct rule *rule_find(const char *name)
{
    for (int i = 0; i < rule_count(); i++)
        if (strcmp(nth(i)->name, name) == 0)
            return nth(i);
    return NULL;
}

/* How many rules come before this one in the order of names: its index, since names are unique. */
static int rank_of(const struct rule *rule)
{
    int rank = 0;
    for (int i = 0; i < rule_count(); i++)
        rank += strcmp(nth(i)->name, rule->name) < 0;
    return rank;
}

/* Quadratic in a catalogue of some fifty entries; needs no table that somebody must keep sorted. */
const struct rule *rule_at(int index)
{
    for (int i = 0; i < rule_count(); i++)
        if (rank_of(nth(i)) == index)
            return nth(i);
    return NULL;
}
