/* page.c - lines for a terminal (see page.h). */
#include "report/page.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

enum { MOST_BYTES = 2000 }; /* of a wrapped text: what is longer nobody reads here */

static const char *const ink_codes[] = {
    [INK_PLAIN] = "\033[0m", [INK_BOLD] = "\033[1m",   [INK_DIM] = "\033[2m",
    [INK_GOOD] = "\033[32m", [INK_BAD] = "\033[31;1m", [INK_NOTE] = "\033[33m",
};
static_assert(sizeof ink_codes / sizeof *ink_codes == INKS, "a code an ink");

void page_ink(const struct page *page, enum ink ink)
{
    if (page->color)
        fputs(ink_codes[ink], page->to);
}

void page_mark(const struct page *page, enum ink ink, const char *word)
{
    page_ink(page, ink);
    fputs(word, page->to);
    page_ink(page, INK_PLAIN);
}

/* ---- wrapping ------------------------------------------------------------------------------- */

struct line { /* the one being filled */
    FILE *to;
    int column, indent;
    int blanks; /* seen, not printed yet: dropped where the line is broken */
    char word[8 * PAGE_WIDTH];
    size_t word_bytes;
    int word_columns;
};

static void flush_word(struct line *line)
{
    if (line->word_bytes == 0)
        return;
    if (line->column > line->indent &&
        line->column + line->blanks + line->word_columns > PAGE_WIDTH) {
        fprintf(line->to, "\n%*s", line->indent, "");
        line->column = line->indent;
        line->blanks = 0;
    }
    fprintf(line->to, "%*s", line->blanks, "");
    fwrite(line->word, 1, line->word_bytes, line->to);
    line->column += line->blanks + line->word_columns;
    line->blanks = 0;
    line->word_bytes = 0;
    line->word_columns = 0;
}

static void add_unit(struct line *line, const struct text_unit *unit)
{
    if (unit->length == 1 && unit->shown[0] == ' ') {
        flush_word(line);
        if (line->blanks < PAGE_WIDTH)
            line->blanks++;
        return;
    }
    bool too_long = line->indent + line->word_columns + unit->columns > PAGE_WIDTH;
    if (too_long || line->word_bytes + unit->length > sizeof line->word)
        flush_word(line);
    memcpy(line->word + line->word_bytes, unit->shown, unit->length);
    line->word_bytes += unit->length;
    line->word_columns += unit->columns;
}

static void add_text(struct line *line, const char *text, size_t n)
{
    while (n > 0) {
        struct text_unit unit = text_unit(text, n);
        add_unit(line, &unit);
        text += unit.bytes;
        n -= unit.bytes;
    }
}

void page_wrap_bytes(const struct page *page, int column, int indent, const char *text, size_t n)
{
    struct line line = {.to = page->to, .column = column, .indent = indent};
    add_text(&line, text, n <= MOST_BYTES ? n : MOST_BYTES);
    if (n > MOST_BYTES) {
        flush_word(&line); /* what follows is not to be broken */
        line.blanks = 1;
        int length = snprintf(line.word, sizeof line.word, "... (%zu more bytes)", n - MOST_BYTES);
        line.word_bytes = (size_t)length;
        line.word_columns = length;
    }
    flush_word(&line);
    fputc('\n', page->to);
}

void page_wrap(const struct page *page, int column, int indent, const char *text)
{
    page_wrap_bytes(page, column, indent, text, strlen(text));
}

void page_labelled(const struct page *page, int indent, const char *label, const char *text)
{
    int width = (int)strlen(label) + 1;
    int left = indent > width ? indent - width : 0;
    int before = left < 3 ? left : 3;
    fprintf(page->to, "%*s", before, "");
    page_mark(page, INK_DIM, label);
    fprintf(page->to, "%*s", indent - before - width + 1, "");
    page_wrap(page, indent, indent, text);
}

struct points_text points_text(double points)
{
    struct points_text p;
    snprintf(p.text, sizeof p.text, "%.2f", points);
    char *end = p.text + strlen(p.text);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
    return p;
}
