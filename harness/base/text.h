/*
 * text.h - strings that somebody else wrote, made fit to be shown: one unit (a character, or a byte
 * that belongs to none) at a time, with what stands for it and how many columns that takes.
 *
 * Shown as they are: printable ASCII and printable, visible UTF-8, a letter together with at most
 * two combining marks. Everything else becomes an escape of plain ASCII: \n \t \r \0 \x1b (a byte:
 * control characters, invalid UTF-8) or \u{202e} (a character: C1 controls, bidi controls,
 * invisible ones). So no text can move the cursor, change colours, or reorder or hide what stands
 * around it.
 */
#ifndef IPCGRADE_TEXT_H
#define IPCGRADE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct text_unit {
    size_t bytes;   /* taken from the text: at least 1 */
    size_t length;  /* of `shown` */
    int columns;    /* that it takes on a terminal */
    bool escaped;   /* `shown` is an escape */
    char shown[16]; /* NUL-terminated */
};

/* The unit that the n > 0 bytes at s begin with. */
struct text_unit text_unit(const char *s, size_t n);

/* Bytes that the valid UTF-8 character at s takes (1 to 4); 0: there is none. */
size_t text_utf8(const char *s, size_t n, unsigned *character);

/* Prints the text so, at most `columns` wide (an ellipsis "..." included). Returns the columns
 * used. */
int text_print(FILE *to, const char *s, size_t n, int columns);

/* The same into new memory, uncut; the caller frees it. */
char *text_escaped(const char *s, size_t n);

/* The same bytes, or both NULL. */
bool same_text(const char *a, const char *b);

#endif
