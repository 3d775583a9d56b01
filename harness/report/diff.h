/*
 * diff.h - what was expected against what came, line by line, with what one cannot see made
 * visible.
 *
 * Linear in the length of the texts: equal beginnings and ends are skipped, and only a window of
 * the lines between them is aligned. Of long lines only the part around the first difference is
 * shown.
 */
#ifndef IPCGRADE_DIFF_H
#define IPCGRADE_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "report/page.h"

struct text_span {
    const char *bytes;
    size_t n;
};

/* Where the two first differ, lines and columns (bytes) counted from 1. False: they are the same. */
struct diff_place {
    long line, column;
};
bool diff_first(struct text_span expected, struct text_span came, struct diff_place *place);

/* The lines that differ, with a little around them, each after `indent` blanks and one of "  " (the
 * same),
 * "- " (expected, did not come), "+ " (came, was not expected); then what the marks used mean. */
void diff_print(const struct page *page, int indent, struct text_span expected,
                struct text_span came);

/* The first lines of a text in the same dress. */
void diff_print_text(const struct page *page, int indent, struct text_span text, int most_lines);

#endif
