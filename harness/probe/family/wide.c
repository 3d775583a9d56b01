/*
 * wide.c - wide characters: wcs*, wmem*, and stdio's functions of them that are handed a buffer. As
 * memory.c and format.c do for bytes, with less exactness: a text is read as a whole.
 *
 * wprintf's arguments are not followed, but for the text that swprintf makes.
 */
#define __NO_INLINE__ 1
#include "../memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static size_t wide_within(const wchar_t *s, size_t most)
{
    size_t n = 0;
    while (n < most && s[n])
        n++;
    return n;
}

void reads_wide(const wchar_t *s, size_t most, const void *site)
{
    if (!is_shared(s) || !most)
        return;
    size_t n = wide_within(s, most);
    reads(s, (n + (n < most)) * sizeof *s, site);
}

static void writes_wide(wchar_t *to, size_t n, const void *site)
{
    writes(to, n * sizeof *to, site);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

EXPORT wchar_t *wmemcpy(wchar_t *restrict to, const wchar_t *restrict from, size_t n)
{
    reads(from, n * sizeof *from, CALLER);
    writes_wide(to, n, CALLER);
    return REAL(wmemcpy)(to, from, n);
}

EXPORT wchar_t *wmempcpy(wchar_t *restrict to, const wchar_t *restrict from, size_t n)
{
    reads(from, n * sizeof *from, CALLER);
    writes_wide(to, n, CALLER);
    return REAL(wmempcpy)(to, from, n);
}

EXPORT wchar_t *wmemmove(wchar_t *to, const wchar_t *from, size_t n)
{
    reads(from, n * sizeof *from, CALLER);
    writes_wide(to, n, CALLER);
    return REAL(wmemmove)(to, from, n);
}

EXPORT wchar_t *wmemset(wchar_t *to, wchar_t c, size_t n)
{
    writes_wide(to, n, CALLER);
    return REAL(wmemset)(to, c, n);
}

EXPORT int wmemcmp(const wchar_t *a, const wchar_t *b, size_t n)
{
    size_t same = 0;
    while (same < n && a[same] == b[same])
        same++;
    same += same < n;
    reads(a, same * sizeof *a, CALLER);
    reads(b, same * sizeof *b, CALLER);
    return REAL(wmemcmp)(a, b, n);
}

/* ---- texts ----------------------------------------------------------------------------------- */

EXPORT wchar_t *wcscpy(wchar_t *restrict to, const wchar_t *restrict from)
{
    reads_wide(from, ANY_LENGTH, CALLER);
    if (is_shared(to))
        writes_wide(to, wide_within(from, ANY_LENGTH) + 1, CALLER);
    return REAL(wcscpy)(to, from);
}

EXPORT wchar_t *wcsncpy(wchar_t *restrict to, const wchar_t *restrict from, size_t n)
{
    reads_wide(from, n, CALLER);
    writes_wide(to, n, CALLER);
    return REAL(wcsncpy)(to, from, n);
}

static void appends(wchar_t *to, const wchar_t *from, size_t most, const void *site)
{
    reads_wide(from, most, site);
    reads_wide(to, ANY_LENGTH, site);
    if (is_shared(to))
        writes_wide(to + wide_within(to, ANY_LENGTH), wide_within(from, most) + 1, site);
}

EXPORT wchar_t *wcscat(wchar_t *restrict to, const wchar_t *restrict from)
{
    appends(to, from, ANY_LENGTH, CALLER);
    return REAL(wcscat)(to, from);
}

EXPORT wchar_t *wcsncat(wchar_t *restrict to, const wchar_t *restrict from, size_t n)
{
    appends(to, from, n, CALLER);
    return REAL(wcsncat)(to, from, n);
}

#define READS(type, name, parameters, ...) \
    EXPORT type name parameters            \
    {                                      \
        reads_wide(s, ANY_LENGTH, CALLER); \
        return REAL(name)(__VA_ARGS__);    \
    }
READS(size_t, wcslen, (const wchar_t *s), s)
READS(wchar_t *, wcsdup, (const wchar_t *s), s)
READS(long, wcstol, (const wchar_t *restrict s, wchar_t **restrict end, int base), s, end, base)
READS(unsigned long, wcstoul, (const wchar_t *restrict s, wchar_t **restrict end, int base), s, end,
      base)
READS(double, wcstod, (const wchar_t *restrict s, wchar_t **restrict end), s, end)

static size_t until_differ(const wchar_t *a, const wchar_t *b, size_t most)
{
    size_t same = 0;
    while (same < most && a[same] && a[same] == b[same])
        same++;
    return same + (same < most);
}

EXPORT int wcscmp(const wchar_t *a, const wchar_t *b)
{
    size_t n = is_shared(a) || is_shared(b) ? until_differ(a, b, ANY_LENGTH) : 0;
    reads(a, n * sizeof *a, CALLER);
    reads(b, n * sizeof *b, CALLER);
    return REAL(wcscmp)(a, b);
}

EXPORT int wcsncmp(const wchar_t *a, const wchar_t *b, size_t most)
{
    size_t n = is_shared(a) || is_shared(b) ? until_differ(a, b, most) : 0;
    reads(a, n * sizeof *a, CALLER);
    reads(b, n * sizeof *b, CALLER);
    return REAL(wcsncmp)(a, b, most);
}

/* ---- from and to bytes ----------------------------------------------------------------------- */

EXPORT size_t mbstowcs(wchar_t *restrict to, const char *restrict from, size_t n)
{
    reads_text(from, ANY_LENGTH, CALLER);
    size_t r = REAL(mbstowcs)(to, from, n);
    if (given(to) && r != (size_t)-1)
        writes_wide(to, r + (r < n), CALLER);
    return r;
}

EXPORT size_t wcstombs(char *restrict to, const wchar_t *restrict from, size_t n)
{
    reads_wide(from, ANY_LENGTH, CALLER);
    size_t r = REAL(wcstombs)(to, from, n);
    if (given(to) && r != (size_t)-1)
        writes(to, r + (r < n), CALLER);
    return r;
}

/* ---- stdio ----------------------------------------------------------------------------------- */

EXPORT wchar_t *fgetws(wchar_t *restrict to, int n, FILE *restrict file)
{
    wchar_t *r = REAL(fgetws)(to, n, file);
    if (r && is_shared(to))
        writes_wide(to, wide_within(to, (size_t)n) + 1, CALLER);
    return r;
}

EXPORT int fputws(const wchar_t *restrict s, FILE *restrict file)
{
    reads_wide(s, ANY_LENGTH, CALLER);
    return REAL(fputws)(s, file);
}

static int print(wchar_t *to, size_t n, const wchar_t *format, va_list list, const void *site)
{
    int r = REAL(vswprintf)(to, n, format, list);
    if (r >= 0)
        writes_wide(to, (size_t)r + 1, site);
    return r;
}

EXPORT int vswprintf(wchar_t *restrict to, size_t n, const wchar_t *restrict format, va_list list)
{
    return print(to, n, format, list, CALLER);
}

EXPORT int swprintf(wchar_t *restrict to, size_t n, const wchar_t *restrict format, ...)
{
    va_list list;
    va_start(list, format);
    int r = print(to, n, format, list, CALLER);
    va_end(list);
    return r;
}
