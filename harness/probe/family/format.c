/*
 * format.c - printf and scanf, and stdio's other functions that are handed a buffer: which student memory
 * they read and write, by their format.
 *
 * A format that numbers its arguments (%1$s) is not followed: its accesses are missed, nothing is invented.
 * What scanf has stored is checked afterwards, as many conversions as it says it made.
 */
#define __NO_INLINE__ 1 /* vprintf is a function here */
#include "../memory.h"
#include "../misuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* Nothing is shared in this process: most never print anything else. */
static bool nothing_shared(void)
{
    return !map_span;
}

/* ---- a conversion ---------------------------------------------------------------------------- */

enum length { INT, CHAR, SHORT, LONG, LONG_LONG, LONG_DOUBLE };

struct conversion {
    bool star_width, star_precision, has_precision, no_store, allocates;
    size_t width, precision; /* 0: none given */
    enum length length;
    char kind; /* 0: the end, or a format that is not followed */
};

static const char *read_number(const char *f, size_t *number)
{
    for (*number = 0; *f >= '0' && *f <= '9'; f++)
        *number = *number * 10 + (size_t)(*f - '0');
    return f;
}

static const char *read_length(const char *f, enum length *length)
{
    *length = INT;
    for (;; f++)
        switch (*f) {
        case 'h':
            *length = *length == SHORT ? CHAR : SHORT;
            break;
        case 'l':
            *length = *length == LONG ? LONG_LONG : LONG;
            break;
        case 'j':
        case 'z':
        case 't':
            *length = LONG;
            break;
        case 'q':
            *length = LONG_LONG;
            break;
        case 'L':
            *length = LONG_DOUBLE;
            break;
        default:
            return f;
        }
}

static bool is_one_of(char c, const char *set)
{
    while (*set && *set != c)
        set++;
    return *set && c;
}

/* The next conversion of a format that is not "%%"; returns what follows it. */
static const char *next_conversion(const char *f, bool scans, struct conversion *c)
{
    *c = (struct conversion){0};
    do {
        while (*f && *f != '%')
            f++;
        if (!*f)
            return f;
        for (f++; is_one_of(*f, scans ? "'I" : "-+ #0'I"); f++)
            ;
        if (*f == '*') {
            f++;
            c->no_store = scans;
            c->star_width = !scans;
        }
        f = read_number(f, &c->width);
        if (*f == '$')
            return f;
        if (*f == '.') {
            c->has_precision = true;
            c->star_precision = *++f == '*';
            f = read_number(f + c->star_precision, &c->precision);
        }
        if (scans && *f == 'm') {
            c->allocates = true;
            f++;
        }
        f = read_length(f, &c->length);
    } while (*f++ == '%');
    c->kind = f[-1];
    return c->kind ? f : f - 1;
}

static size_t stored_size(const struct conversion *c)
{
    static const size_t sizes[] = {
        [INT] = 4, [CHAR] = 1, [SHORT] = 2, [LONG] = 8, [LONG_LONG] = 8, [LONG_DOUBLE] = 16};
    return sizes[c->length];
}

/* ---- printf ---------------------------------------------------------------------------------- */

static void print_one(const struct conversion *c, va_list list, const void *site)
{
    size_t most = c->has_precision ? c->precision : ANY_LENGTH;

    if (c->star_width)
        (void)va_arg(list, int);
    if (c->star_precision) {
        int precision = va_arg(list, int);
        most = precision < 0 ? ANY_LENGTH : (size_t)precision;
    }
    if (c->kind == 'm')
        return;
    if (is_one_of(c->kind, "aAeEfFgG")) {
        long double skipped =
            c->length == LONG_DOUBLE ? va_arg(list, long double) : va_arg(list, double);
        (void)skipped;
    } else if (is_one_of(c->kind, "sSpn")) {
        char *p = va_arg(list, char *);
        if (c->kind == 's' && c->length == INT && p)
            reads_text(p, most, site);
        else if ((c->kind == 's' || c->kind == 'S') && p)
            reads_wide((const wchar_t *)p, most, site);
        if (c->kind == 'n')
            writes(p, stored_size(c), site);
    } else {
        (void)va_arg(list, long); /* an int takes as much room */
    }
}

/* Must be given a copy of the arguments: it uses them up. */
static void prints(const char *format, va_list list, const void *site)
{
    struct conversion c;

    reads_text(format, ANY_LENGTH, site);
    while (*format) {
        format = next_conversion(format, false, &c);
        if (!c.kind)
            return;
        print_one(&c, list, site);
    }
}

#define PRINTS(format, list, site)     \
    do {                               \
        if (!nothing_shared()) {       \
            va_list own;               \
            va_copy(own, list);        \
            prints(format, own, site); \
            va_end(own);               \
        }                              \
    } while (0)

/* The buffer is written as far as the text goes, and its NUL; what it takes is known only by trying. */
static void fills(char *to, size_t room, const char *format, va_list list, const void *site)
{
    if (!is_shared(to) || !room)
        return;
    va_list own;
    va_copy(own, list);
    int n = REAL(vsnprintf)(NULL, 0, format, own);
    va_end(own);
    if (n >= 0)
        writes(to, (size_t)n + 1 < room ? (size_t)n + 1 : room, site);
}

#define WITH_LIST(last, call)   \
    va_list list;               \
    va_start(list, last);       \
    const void *site = CALLER;  \
    PRINTS(format, list, site); \
    int r = call;               \
    va_end(list);               \
    return r

EXPORT int printf(const char *restrict format, ...)
{
    reentry_stream(stdout, CALLER);
    WITH_LIST(format, REAL(vprintf)(format, list));
}

EXPORT int fprintf(FILE *restrict file, const char *restrict format, ...)
{
    reentry_stream(file, CALLER);
    WITH_LIST(format, REAL(vfprintf)(file, format, list));
}

EXPORT int dprintf(int fd, const char *restrict format, ...)
{
    WITH_LIST(format, REAL(vdprintf)(fd, format, list));
}

EXPORT int asprintf(char **restrict to, const char *restrict format, ...)
{
    WITH_LIST(format, REAL(vasprintf)(to, format, list));
}

EXPORT int sprintf(char *restrict to, const char *restrict format, ...)
{
    WITH_LIST(format,
              (fills(to, ANY_LENGTH, format, list, site), REAL(vsprintf)(to, format, list)));
}

EXPORT int snprintf(char *restrict to, size_t n, const char *restrict format, ...)
{
    WITH_LIST(format, (fills(to, n, format, list, site), REAL(vsnprintf)(to, n, format, list)));
}

EXPORT int vprintf(const char *restrict format, va_list list)
{
    reentry_stream(stdout, CALLER);
    PRINTS(format, list, CALLER);
    return REAL(vprintf)(format, list);
}

EXPORT int vfprintf(FILE *restrict file, const char *restrict format, va_list list)
{
    reentry_stream(file, CALLER);
    PRINTS(format, list, CALLER);
    return REAL(vfprintf)(file, format, list);
}

EXPORT int vdprintf(int fd, const char *restrict format, va_list list)
{
    PRINTS(format, list, CALLER);
    return REAL(vdprintf)(fd, format, list);
}

EXPORT int vasprintf(char **restrict to, const char *restrict format, va_list list)
{
    PRINTS(format, list, CALLER);
    return REAL(vasprintf)(to, format, list);
}

EXPORT int vsprintf(char *restrict to, const char *restrict format, va_list list)
{
    PRINTS(format, list, CALLER);
    fills(to, ANY_LENGTH, format, list, CALLER);
    return REAL(vsprintf)(to, format, list);
}

EXPORT int vsnprintf(char *restrict to, size_t n, const char *restrict format, va_list list)
{
    PRINTS(format, list, CALLER);
    fills(to, n, format, list, CALLER);
    return REAL(vsnprintf)(to, n, format, list);
}

/* ---- scanf ----------------------------------------------------------------------------------- */

/* `[` and its set: up to the bracket that ends it, which may not be the first in it. */
static const char *skip_set(const char *f)
{
    f += *f == '^';
    f += *f == ']';
    while (*f && *f != ']')
        f++;
    return *f ? f + 1 : f;
}

static void stored(const struct conversion *c, char *at, const void *site)
{
    bool is_text = c->kind == 's' || c->kind == '[';

    if (!is_shared(at) || c->kind == 'S' || c->kind == 'C')
        return;
    if (c->allocates || c->kind == 'p')
        writes(at, sizeof(void *), site);
    else if (is_text && c->length == INT)
        writes(at, text_within(at, ANY_LENGTH) + 1, site);
    else if (c->kind == 'c' && c->length == INT)
        writes(at, c->width ? c->width : 1, site);
    else if (is_one_of(c->kind, "aAeEfFgG"))
        writes(at, c->length == LONG ? 8 : c->length == LONG_DOUBLE ? 16 : 4, site);
    else if (is_one_of(c->kind, "dioxXu"))
        writes(at, stored_size(c), site);
}

static void scanned(const char *format, va_list list, int made, const void *site)
{
    struct conversion c;

    while (*format) {
        format = next_conversion(format, true, &c);
        if (c.kind == '[')
            format = skip_set(format);
        if (!c.kind)
            return;
        if (c.no_store)
            continue;
        char *at = va_arg(list, char *);
        if (c.kind == 'n')
            continue; /* whether it came so far cannot be known */
        if (made-- <= 0)
            return;
        stored(&c, at, site);
    }
}

/* Checks what `call` stored, by a copy of the arguments. */
#define SCAN_LIST(call)                      \
    va_list checked;                         \
    va_copy(checked, list);                  \
    int r = call;                            \
    if (!nothing_shared() && r >= 0)         \
        scanned(format, checked, r, CALLER); \
    va_end(checked)
#define SCAN_ARGUMENTS(call) \
    va_list list;            \
    va_start(list, format);  \
    SCAN_LIST(call);         \
    va_end(list)

typedef int scan_fn(const char *, va_list);
typedef int scan_file_fn(FILE *, const char *, va_list);
typedef int scan_text_fn(const char *, const char *, va_list);
#define RESOLVE(type, name) \
    static type *real;      \
    if (!real)              \
    real = (type *)real_function(name)

/* Each exists under two names: GNU's, and ISO C's, which <stdio.h> puts in its place by itself. */
#define SCANNERS(our, name)                                                                        \
    EXPORT int our##scanf(const char *format, ...) __asm__(name "scanf");                          \
    EXPORT int our##scanf(const char *format, ...)                                                 \
    {                                                                                              \
        RESOLVE(scan_fn, name "vscanf");                                                           \
        SCAN_ARGUMENTS(real(format, list));                                                        \
        return r;                                                                                  \
    }                                                                                              \
    EXPORT int our##fscanf(FILE *file, const char *format, ...) __asm__(name "fscanf");            \
    EXPORT int our##fscanf(FILE *file, const char *format, ...)                                    \
    {                                                                                              \
        RESOLVE(scan_file_fn, name "vfscanf");                                                     \
        SCAN_ARGUMENTS(real(file, format, list));                                                  \
        return r;                                                                                  \
    }                                                                                              \
    EXPORT int our##sscanf(const char *from, const char *format, ...) __asm__(name "sscanf");      \
    EXPORT int our##sscanf(const char *from, const char *format, ...)                              \
    {                                                                                              \
        RESOLVE(scan_text_fn, name "vsscanf");                                                     \
        reads_text(from, ANY_LENGTH, CALLER);                                                      \
        SCAN_ARGUMENTS(real(from, format, list));                                                  \
        return r;                                                                                  \
    }                                                                                              \
    EXPORT int our##vscanf(const char *format, va_list list) __asm__(name "vscanf");               \
    EXPORT int our##vscanf(const char *format, va_list list)                                       \
    {                                                                                              \
        RESOLVE(scan_fn, name "vscanf");                                                           \
        SCAN_LIST(real(format, list));                                                             \
        return r;                                                                                  \
    }                                                                                              \
    EXPORT int our##vfscanf(FILE *file, const char *format, va_list list) __asm__(name "vfscanf"); \
    EXPORT int our##vfscanf(FILE *file, const char *format, va_list list)                          \
    {                                                                                              \
        RESOLVE(scan_file_fn, name "vfscanf");                                                     \
        SCAN_LIST(real(file, format, list));                                                       \
        return r;                                                                                  \
    }                                                                                              \
    EXPORT int our##vsscanf(const char *from, const char *format,                                  \
                            va_list list) __asm__(name "vsscanf");                                 \
    EXPORT int our##vsscanf(const char *from, const char *format, va_list list)                    \
    {                                                                                              \
        RESOLVE(scan_text_fn, name "vsscanf");                                                     \
        reads_text(from, ANY_LENGTH, CALLER);                                                      \
        SCAN_LIST(real(from, format, list));                                                       \
        return r;                                                                                  \
    }
SCANNERS(gnu_, "")
SCANNERS(iso_, "__isoc99_")
SCANNERS(newer_, "__isoc23_") /* from glibc 2.38 on */

/* ---- lines and blocks ------------------------------------------------------------------------ */

EXPORT char *fgets(char *restrict to, int n, FILE *restrict file)
{
    char *r = REAL(fgets)(to, n, file);
    if (r && is_shared(to))
        writes(to, text_within(to, (size_t)n) + 1, CALLER);
    return r;
}

/* Gone from <stdio.h>, not from students' programs. */
EXPORT char *gets(char *to);
EXPORT char *gets(char *to)
{
    char *r = REAL(gets)(to);
    if (r && is_shared(to))
        writes(to, text_within(to, ANY_LENGTH) + 1, CALLER);
    return r;
}

EXPORT size_t fread(void *restrict to, size_t size, size_t count, FILE *restrict file)
{
    size_t r = REAL(fread)(to, size, count, file);
    writes(to, r * size, CALLER);
    return r;
}

EXPORT size_t fwrite(const void *restrict from, size_t size, size_t count, FILE *restrict file)
{
    reentry_stream(file, CALLER);
    reads(from, size * count, CALLER);
    return REAL(fwrite)(from, size, count, file);
}

EXPORT int fputs(const char *restrict s, FILE *restrict file)
{
    reentry_stream(file, CALLER);
    reads_text(s, ANY_LENGTH, CALLER);
    return REAL(fputs)(s, file);
}

EXPORT int puts(const char *s)
{
    reentry_stream(stdout, CALLER);
    reads_text(s, ANY_LENGTH, CALLER);
    return REAL(puts)(s);
}

/* ---- unlocked: the same, and how some libraries call them ------------------------------------- */

EXPORT char *fgets_unlocked(char *restrict to, int n, FILE *restrict file)
{
    char *r = REAL(fgets_unlocked)(to, n, file);
    if (r && is_shared(to))
        writes(to, text_within(to, (size_t)n) + 1, CALLER);
    return r;
}

EXPORT size_t fread_unlocked(void *restrict to, size_t size, size_t count, FILE *restrict file)
{
    size_t r = REAL(fread_unlocked)(to, size, count, file);
    writes(to, r * size, CALLER);
    return r;
}

EXPORT size_t fwrite_unlocked(const void *restrict from, size_t size, size_t count,
                              FILE *restrict file)
{
    reads(from, size * count, CALLER);
    return REAL(fwrite_unlocked)(from, size, count, file);
}

EXPORT int fputs_unlocked(const char *restrict s, FILE *restrict file)
{
    reads_text(s, ANY_LENGTH, CALLER);
    return REAL(fputs_unlocked)(s, file);
}

/* ---- lines of any length ---------------------------------------------------------------------- */

static ssize_t got_line(ssize_t r, char **line, size_t *room, const void *site)
{
    if (r >= 0) {
        writes(line, sizeof *line, site);
        writes(room, sizeof *room, site);
        writes(*line, (size_t)r + 1, site);
    }
    return r;
}

EXPORT ssize_t getline(char **restrict line, size_t *restrict room, FILE *restrict file)
{
    return got_line(REAL(getline)(line, room, file), line, room, CALLER);
}

EXPORT ssize_t getdelim(char **restrict line, size_t *restrict room, int end, FILE *restrict file)
{
    return got_line(REAL(getdelim)(line, room, end, file), line, room, CALLER);
}

/* What getline is where it is inlined. */
EXPORT ssize_t __getdelim(char **restrict line, size_t *restrict room, int end, FILE *restrict file)
{
    return got_line(REAL(__getdelim)(line, room, end, file), line, room, CALLER);
}
