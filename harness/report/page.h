/*
 * page.h - text for a terminal: colours where wanted, lines of at most 100 columns, wrapped at
 * words, with everything that a submission may have written escaped (base/text.h).
 */
#ifndef IPCGRADE_PAGE_H
#define IPCGRADE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { PAGE_WIDTH = 100 };

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_BAD, INK_NOTE, INKS };

struct page {
    FILE *to;
    bool color;
};

/* What is printed from here on is in this ink, where the page has colours. */
void page_ink(const struct page *page, enum ink ink);
/* A word in an ink of its own. */
void page_mark(const struct page *page, enum ink ink, const char *word);

/* Prints the text escaped and wrapped, from column `column` of the line that has been begun;
 * further lines begin at `indent`. Ends the line. A text of megabytes is cut, and says so. */
void page_wrap(const struct page *page, int column, int indent, const char *text);
/* The same for text of n bytes that is no string. */
void page_wrap_bytes(const struct page *page, int column, int indent, const char *text, size_t n);
/* "   label: text", wrapped under the text, which begins at column `indent`. */
void page_labelled(const struct page *page, int indent, const char *label, const char *text);

/* "6", "4.5", "0.25": points with at most two decimals. */
struct points_text {
    char text[24];
};
struct points_text points_text(double points);

#endif
