/* text.c - escaping what somebody else wrote (see text.h). */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"

struct range {
    unsigned from, to;
};

static bool within(const struct range *ranges, size_t count, unsigned c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i].from && c <= ranges[i].to)
            return true;
    return false;
}
#define WITHIN(ranges, c) within((ranges), sizeof(ranges) / sizeof(ranges)[0], (c))

/* Characters that are not seen, or that change how others are: C1, soft hyphen, bidi and other
 * format controls, separators of lines, fillers, private use, noncharacters. */
static bool is_invisible(unsigned c)
{
    static const struct range invisible[] = {
        {0x80, 0x9f},       {0xa0, 0xa0},       {0xad, 0xad},       {0x34f, 0x34f},
        {0x600, 0x605},     {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},
        {0x115f, 0x1160},   {0x1680, 0x1680},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},   {0x2800, 0x2800},
        {0x3000, 0x3000},   {0x3164, 0x3164},   {0xd800, 0xf8ff},   {0xfdd0, 0xfdef},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
        {0xfffe, 0xffff},   {0x110bd, 0x110bd}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
        {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}};
    return WITHIN(invisible, c) || (c & 0xfffe) == 0xfffe;
}

/* Marks that are drawn over the character before them: alone they would change text that is not
 * theirs. */
static bool is_combining(unsigned c)
{
    static const struct range combining[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                                             {0x610, 0x61a},   {0x64b, 0x65f},   {0x1ab0, 0x1aff},
                                             {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0x302a, 0x302f},
                                             {0x3099, 0x309a}, {0xfe20, 0xfe2f}};
    return WITHIN(combining, c);
}

static bool is_wide(unsigned c)
{
    static const struct range wide[] = {{0x1100, 0x115e},   {0x231a, 0x231b},   {0x2e80, 0x303e},
                                        {0x3041, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
                                        {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
                                        {0xffe0, 0xffe6},   {0x17000, 0x18aff}, {0x1b000, 0x1b2ff},
                                        {0x1f1e6, 0x1f1ff}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
                                        {0x1f900, 0x1faff}, {0x20000, 0x3fffd}};
    return WITHIN(wide, c);
}

size_t text_utf8(const char *s, size_t n, unsigned *character)
{
    const unsigned char *u = (const unsigned char *)s;
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = 1;
    unsigned c = u[0];
    if (c < 0x80) {
        *character = c;
        return 1;
    }
    if (c >= 0xc2 && c <= 0xdf)
        length = 2, c &= 0x1f;
    else if (c >= 0xe0 && c <= 0xef)
        length = 3, c &= 0x0f;
    else if (c >= 0xf0 && c <= 0xf4)
        length = 4, c &= 0x07;
    if (length == 1 || length > n)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (u[i] & 0x3f);
    }
    if (c < smallest[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *character = c;
    return length;
}

static struct text_unit escape(size_t bytes, const char *shown)
{
    struct text_unit unit = {.bytes = bytes, .escaped = true, .length = strlen(shown)};
    memcpy(unit.shown, shown, unit.length);
    unit.columns = (int)unit.length;
    return unit;
}

static struct text_unit escape_byte(char byte)
{
    char shown[8];
    snprintf(shown, sizeof shown, "\\x%02x", (unsigned char)byte);
    return escape(1, shown);
}

static struct text_unit escape_character(size_t bytes, unsigned c)
{
    char shown[16];
    snprintf(shown, sizeof shown, "\\u{%x}", c);
    return escape(bytes, shown);
}

static struct text_unit escape_control(char c)
{
    static const char *const named[] = {
        ['\0'] = "\\0", ['\a'] = "\\a", ['\b'] = "\\b", ['\t'] = "\\t",
        ['\n'] = "\\n", ['\v'] = "\\v", ['\f'] = "\\f", ['\r'] = "\\r"};
    size_t i = (unsigned char)c;
    if (i < sizeof named / sizeof named[0] && named[i])
        return escape(1, named[i]);
    return escape_byte(c);
}

/* Takes the (at most two) marks that belong to the unit's character along with it. */
static void take_marks(struct text_unit *unit, const char *s, size_t n)
{
    for (int marks = 0; marks < 2 && unit->bytes < n; marks++) {
        unsigned c;
        size_t length = text_utf8(s + unit->bytes, n - unit->bytes, &c);
        if (!length || !is_combining(c))
            break;
        unit->bytes += length;
    }
}

struct text_unit text_unit(const char *s, size_t n)
{
    unsigned c;
    size_t length = text_utf8(s, n, &c);
    if (!length)
        return escape_byte(*s);
    if (c < 0x20 || c == 0x7f)
        return escape_control(*s);
    if (is_invisible(c) || is_combining(c))
        return escape_character(length, c);
    struct text_unit unit = {.bytes = length, .columns = is_wide(c) ? 2 : 1};
    if (c != ' ')
        take_marks(&unit, s, n);
    unit.length = unit.bytes;
    memcpy(unit.shown, s, unit.length);
    return unit;
}

int text_print(FILE *to, const char *s, size_t n, int columns)
{
    enum { ELLIPSIS = 3, HELD = 8 };
    struct text_unit
        held[HELD]; /* what fits only if the text ends with it, not before an ellipsis */
    int used = 0, waiting = 0, waiting_columns = 0;
    while (n > 0) {
        struct text_unit unit = text_unit(s, n);
        s += unit.bytes, n -= unit.bytes;
        int after = used + waiting_columns + unit.columns;
        if (after > columns || waiting == HELD) {
            fputs("...", to);
            return used + ELLIPSIS;
        }
        if (after <= columns - ELLIPSIS) {
            fwrite(unit.shown, 1, unit.length, to);
            used = after;
            continue;
        }
        held[waiting++] = unit;
        waiting_columns += unit.columns;
    }
    for (int i = 0; i < waiting; i++)
        fwrite(held[i].shown, 1, held[i].length, to);
    return used + waiting_columns;
}

char *text_escaped(const char *s, size_t n)
{
    char *memory = NULL;
    size_t size;
    FILE *to = open_memstream(&memory, &size);
    if (!to)
        die_errno("memory for a text");
    while (n > 0) {
        struct text_unit unit = text_unit(s, n);
        fwrite(unit.shown, 1, unit.length, to);
        s += unit.bytes, n -= unit.bytes;
    }
    if (fclose(to) != 0)
        die_errno("memory for a text");
    return memory;
}

bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}
