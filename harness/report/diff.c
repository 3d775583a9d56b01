/* diff.c - what was expected against what came (see diff.h). */
#include "report/diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/memory.h"

enum {
    CONTEXT = 2,  /* equal lines shown before and after a difference */
    WINDOW = 256, /* lines of each text that are aligned with one another */
    SHOWN = 20,   /* lines that are printed */
    ROWS = 2 * WINDOW + 2 * CONTEXT
};

struct line {
    struct text_span text; /* with its newline, if it has one */
    int class;             /* the same for lines that are the same */
};

struct row {
    char sign; /* ' ', '-', '+' */
    struct text_span text;
};

struct difference {
    struct row rows[ROWS];
    int count;
    bool more; /* the texts go on, and differ, behind the window */
};

/* ---- the part that differs ------------------------------------------------------------------ */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t equal_start(struct text_span a, struct text_span b)
{
    size_t most = smaller(a.n, b.n), i = 0;
    while (i < most && a.bytes[i] == b.bytes[i])
        i++;
    return i;
}

static bool begins_line(struct text_span t, size_t at)
{
    return at == 0 || t.bytes[at - 1] == '\n';
}

static size_t line_start(struct text_span t, size_t at)
{
    while (!begins_line(t, at))
        at--;
    return at;
}

static size_t line_length(const char *s, size_t n)
{
    const char *newline = memchr(s, '\n', n);
    return newline ? (size_t)(newline - s) + 1 : n;
}

static long count_lines(struct text_span t)
{
    long lines = 0;
    for (size_t at = 0; at < t.n; at += line_length(t.bytes + at, t.n - at))
        lines++;
    return lines;
}

/* Bytes of whole lines that both end with, none of them before `from`. */
static size_t equal_end(struct text_span a, struct text_span b, size_t from)
{
    size_t most = smaller(a.n, b.n) - from, n = 0;
    while (n < most && a.bytes[a.n - n - 1] == b.bytes[b.n - n - 1])
        n++;
    if (begins_line(a, a.n - n) && begins_line(b, b.n - n))
        return n;
    return n - line_length(a.bytes + a.n - n, n);
}

/* The text's first lines, at most `most`; `used` bytes hold them. */
static int split(struct text_span t, struct line *lines, int most, size_t *used)
{
    int count = 0;
    *used = 0;
    while (*used < t.n && count < most) {
        const char *s = t.bytes + *used;
        size_t n = line_length(s, t.n - *used);
        lines[count++] = (struct line){.text = {s, n}};
        *used += n;
    }
    return count;
}

/* ---- aligning ------------------------------------------------------------------------------- */

static bool same(struct text_span a, struct text_span b)
{
    return a.n == b.n && memcmp(a.bytes, b.bytes, a.n) == 0;
}

/* Numbers lines so that comparing two of them later is comparing two numbers, however long they
 * are. */
static void classify(struct line *a, int na, struct line *b, int nb)
{
    struct line *all[2 * WINDOW];
    int count = 0;
    for (int i = 0; i < na; i++)
        all[count++] = &a[i];
    for (int i = 0; i < nb; i++)
        all[count++] = &b[i];
    for (int i = 0; i < count; i++) {
        all[i]->class = i;
        for (int j = 0; j < i; j++)
            if (all[j]->class == j && same(all[j]->text, all[i]->text)) {
                all[i]->class = j;
                break;
            }
    }
}

typedef uint16_t lengths[WINDOW + 1]; /* of the longest common subsequences of what follows */

static void measure(lengths *table, const struct line *a, int na, const struct line *b, int nb)
{
    for (int i = na - 1; i >= 0; i--)
        for (int j = nb - 1; j >= 0; j--) {
            uint16_t skip_a = table[i + 1][j], skip_b = table[i][j + 1];
            table[i][j] = a[i].class == b[j].class ? (uint16_t)(table[i + 1][j + 1] + 1)
                          : skip_a > skip_b        ? skip_a
                                                   : skip_b;
        }
}

static void add_row(struct difference *d, char sign, struct text_span text)
{
    d->rows[d->count++] = (struct row){sign, text};
}

/* As many lines replaced by as many others read best side by side: - + - + instead of - - + +. */
static void interleave(struct row *rows, int half)
{
    struct row mixed[2 * WINDOW] = {{0}};
    for (int i = 0; i < half; i++) {
        mixed[(size_t)2 * i] = rows[i];
        mixed[(size_t)2 * i + 1] = rows[half + i];
    }
    memcpy(rows, mixed, 2 * (size_t)half * sizeof *rows);
}

static int count_sign(const struct difference *d, int from, char sign)
{
    int i = from;
    while (i < d->count && d->rows[i].sign == sign)
        i++;
    return i - from;
}

static void pair_up(struct difference *d)
{
    for (int i = 0; i < d->count;) {
        int gone = count_sign(d, i, '-'), new = count_sign(d, i + gone, '+');
        if (gone == new)
            interleave(&d->rows[i], gone);
        i += gone + new > 0 ? gone + new : 1;
    }
}

static void align(struct difference *d, struct line *a, int na, struct line *b, int nb)
{
    lengths *table = memory_zeroed(WINDOW + 1, sizeof *table);
    classify(a, na, b, nb);
    measure(table, a, na, b, nb);
    int i = 0, j = 0;
    while (i < na || j < nb) {
        if (i < na && j < nb && a[i].class == b[j].class) {
            add_row(d, ' ', a[i].text);
            i++, j++;
        } else if (i < na && (j == nb || table[i + 1][j] >= table[i][j + 1])) {
            add_row(d, '-', a[i++].text);
        } else {
            add_row(d, '+', b[j++].text);
        }
    }
    free(table);
    pair_up(d);
}

static struct text_span part(struct text_span t, size_t from, size_t to)
{
    return (struct text_span){t.bytes + from, to - from};
}

static void add_context(struct difference *d, struct text_span t)
{
    struct line lines[CONTEXT];
    size_t used;
    int count = split(t, lines, CONTEXT, &used);
    for (int i = 0; i < count; i++)
        add_row(d, ' ', lines[i].text);
}

static void compare(struct difference *d, struct text_span a, struct text_span b)
{
    struct line left[WINDOW], right[WINDOW];
    size_t start = line_start(a, equal_start(a, b)), context = start;
    size_t end = equal_end(a, b, start), used_a, used_b;
    for (int i = 0; i < CONTEXT && context > 0; i++)
        context = line_start(a, context - 1);
    add_context(d, part(a, context, start));
    struct text_span middle_a = part(a, start, a.n - end), middle_b = part(b, start, b.n - end);
    int na = split(middle_a, left, WINDOW, &used_a), nb = split(middle_b, right, WINDOW, &used_b);
    align(d, left, na, right, nb);
    d->more = used_a < middle_a.n || used_b < middle_b.n;
    if (!d->more)
        add_context(d, part(a, a.n - end, a.n));
}

bool diff_first(struct text_span expected, struct text_span came, struct diff_place *place)
{
    size_t at = equal_start(expected, came);
    if (at == expected.n && at == came.n)
        return false;
    size_t start = line_start(expected, at);
    place->line = count_lines(part(expected, 0, start)) + 1;
    place->column = (long)(at - start) + 1;
    return true;
}

/* ---- printing ------------------------------------------------------------------------------- */

struct marks { /* that were used, and so want to be explained */
    bool blank, tab, carriage_return, zero, backslash, other;
};

static void note_escape(struct marks *marks, const struct text_unit *unit)
{
    if (strcmp(unit->shown, "\\t") == 0)
        marks->tab = true;
    else if (strcmp(unit->shown, "\\r") == 0)
        marks->carriage_return = true;
    else if (strcmp(unit->shown, "\\0") == 0)
        marks->zero = true;
    else
        marks->other = true;
}

/* Where the blanks begin that end a line. */
static size_t blank_tail(struct text_span t)
{
    size_t at = t.n;
    while (at > 0 && strchr(" \t\r", t.bytes[at - 1]) && t.bytes[at - 1])
        at--;
    return at;
}

static struct text_unit visible_unit(struct text_span t, size_t at, size_t tail,
                                     struct marks *marks)
{
    struct text_unit unit = text_unit(t.bytes + at, t.n - at);
    const char *instead = NULL;
    if (t.bytes[at] == ' ' && at >= tail)
        instead = "·", marks->blank = true;
    else if (t.bytes[at] == '\\')
        instead = "\\\\", marks->backslash = true;
    else if (unit.escaped)
        note_escape(marks, &unit);
    if (instead) {
        unit.length = strlen(instead);
        unit.columns = *instead == '\\' ? 2 : 1;
        memcpy(unit.shown, instead, unit.length + 1);
    }
    return unit;
}

struct view {     /* of a line that may be long */
    size_t from;  /* first byte shown */
    size_t caret; /* byte whose column is asked for */
    int caret_column;
    int width;
};

static bool ends_line(struct text_span t)
{
    return t.n > 0 && t.bytes[t.n - 1] == '\n';
}

static void print_line(FILE *to, struct text_span t, struct view *view, struct marks *marks)
{
    if (ends_line(t))
        t.n--;
    size_t tail = blank_tail(t), at = view->from;
    int column = 0;
    if (at > 0)
        column += fprintf(to, "...");
    while (at < t.n) {
        struct text_unit unit = visible_unit(t, at, tail, marks);
        bool last = at + unit.bytes == t.n;
        if (column + unit.columns > view->width - (last ? 0 : 3)) {
            fprintf(to, "...");
            break;
        }
        if (at <= view->caret)
            view->caret_column = column;
        fwrite(unit.shown, 1, unit.length, to);
        column += unit.columns;
        at += unit.bytes;
    }
    if (view->caret >= t.n)
        view->caret_column = column;
}

static void print_row(const struct page *page, int indent, const struct row *row, struct view *view,
                      struct marks *marks)
{
    static const char no_newline[] = "  (no newline at the end)";
    bool without = row->sign != ' ' && !ends_line(row->text);
    if (without)
        view->width -= (int)sizeof no_newline;
    fprintf(page->to, "%*s", indent, "");
    page_ink(page, row->sign == '-' ? INK_GOOD : row->sign == '+' ? INK_BAD : INK_DIM);
    fprintf(page->to, "%c ", row->sign);
    print_line(page->to, row->text, view, marks);
    if (without)
        fputs(no_newline, page->to);
    page_ink(page, INK_PLAIN);
    fputc('\n', page->to);
}

/* One line that was replaced by another: where do they differ? */
static bool is_pair(const struct difference *d, int i)
{
    return i + 1 < d->count && d->rows[i].sign == '-' && d->rows[i + 1].sign == '+' &&
           (i == 0 || d->rows[i - 1].sign != '-') &&
           (i + 2 == d->count || d->rows[i + 2].sign != '+');
}

/* A place to begin showing from, so that byte `at` is in sight; never inside a character. */
static size_t view_start(struct text_span t, size_t at, int width)
{
    size_t before = (size_t)width / 2;
    if (at < (size_t)width - 8 || t.n < (size_t)width)
        return 0;
    size_t from = at - before;
    while (from > 0 && ((unsigned char)t.bytes[from] & 0xc0) == 0x80 && at - from < before + 4)
        from--;
    return from;
}

static void print_pair(const struct page *page, int indent, const struct row *pair, int width,
                       struct marks *marks)
{
    size_t at = equal_start(pair[0].text, pair[1].text);
    struct view view = {.caret = at, .width = width};
    view.from = view_start(pair[0].text, at, width);
    size_t other = view_start(pair[1].text, at, width);
    if (other > view.from)
        view.from = other;
    print_row(page, indent, &pair[0], &view, marks);
    view.width = width;
    print_row(page, indent, &pair[1], &view, marks);
    if (at > 0)
        fprintf(page->to, "%*s^\n", indent + 2 + view.caret_column, "");
}

/* Equal lines far from any difference are left out. */
static bool is_near_change(const struct difference *d, int row)
{
    for (int i = row - CONTEXT; i <= row + CONTEXT; i++)
        if (i >= 0 && i < d->count && d->rows[i].sign != ' ')
            return true;
    return false;
}

static void explain_marks(const struct page *page, int indent, const struct marks *marks)
{
    const struct {
        bool used;
        const char *meaning;
    } legend[] = {
        {marks->blank, "· a blank at the end of a line"},
        {marks->tab, "\\t a tab"},
        {marks->carriage_return, "\\r a carriage return"},
        {marks->zero, "\\0 a zero byte"},
        {marks->backslash, "\\\\ a backslash"},
        {marks->other, "\\x.. and \\u{..} a byte or character that cannot be shown"},
    };
    char text[512];
    size_t n = 0;
    for (size_t i = 0; i < sizeof legend / sizeof *legend; i++)
        if (legend[i].used)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? ", " : "(",
                                  legend[i].meaning);
    if (n == 0)
        return;
    fprintf(page->to, "%*s", indent, "");
    page_ink(page, INK_DIM);
    snprintf(text + n, sizeof text - n, ")");
    page_wrap(page, indent, indent + 1, text);
    page_ink(page, INK_PLAIN);
}

static void print_rows(const struct page *page, int indent, struct difference *d,
                       struct marks *marks)
{
    int printed = 0, width = PAGE_WIDTH - indent - 2;
    bool hiding = false;
    for (int i = 0; i < d->count; i++) {
        if (printed >= SHOWN) {
            d->more = true;
            return;
        }
        if (!is_near_change(d, i)) {
            if (!hiding)
                fprintf(page->to, "%*s  ...\n", indent, "");
            hiding = true;
            continue;
        }
        hiding = false;
        struct view view = {.width = width};
        if (is_pair(d, i))
            print_pair(page, indent, &d->rows[i++], width, marks), printed++;
        else
            print_row(page, indent, &d->rows[i], &view, marks);
        printed++;
    }
}

void diff_print(const struct page *page, int indent, struct text_span expected,
                struct text_span came)
{
    struct difference *d = memory_zeroed(1, sizeof *d);
    struct marks marks = {0};
    compare(d, expected, came);
    print_rows(page, indent, d, &marks);
    if (d->more)
        fprintf(page->to, "%*s  ... (%ld lines were expected, %ld came)\n", indent, "",
                count_lines(expected), count_lines(came));
    explain_marks(page, indent, &marks);
    free(d);
}

void diff_print_text(const struct page *page, int indent, struct text_span text, int most_lines)
{
    struct marks marks = {0};
    size_t at = 0;
    for (int i = 0; i < most_lines && at < text.n; i++) {
        size_t n = line_length(text.bytes + at, text.n - at);
        struct row row = {' ', part(text, at, at + n)};
        struct view view = {.width = PAGE_WIDTH - indent - 2};
        print_row(page, indent, &row, &view, &marks);
        at += n;
    }
    if (at < text.n)
        fprintf(page->to, "%*s  ... (%ld lines in all)\n", indent, "", count_lines(text));
    explain_marks(page, indent, &marks);
}
