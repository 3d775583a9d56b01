/*
 * finding.h - one finding for a tired reader: what, where, why, and the next thing to try.
 */
#ifndef IPCGRADE_FINDING_H
#define IPCGRADE_FINDING_H

#include "report/merge.h"
#include "report/page.h"

/* Prints the finding under its number. `explained`: why it matters and what to try was said before,
 * with an earlier finding of the same rule. */
void finding_print(const struct page *page, const struct grade *grade, const struct merged *merged,
                   int number, bool explained);

#endif
