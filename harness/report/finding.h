/*
 * finding.h - one finding for a tired reader: what, where, why, and the next thing to try.
 */
#ifndef IPCGRADE_FINDING_H
#define IPCGRADE_FINDING_H

#include "report/merge.h"
#include "report/page.h"

/* What earlier findings have said already, and need not be said again: why the rule matters and what
 * to try next; and in which lines. */
enum told { TOLD_NOTHING, TOLD_RULE, TOLD_RULE_AND_PLACE };

/* Prints the finding under its number. */
void finding_print(const struct page *page, const struct grade *grade, const struct merged *merged,
                   int number, enum told told);

#endif
