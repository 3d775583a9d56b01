/*
 * memory.c - library functions that read and write the student's memory: mem*, str*, and others that are
 * handed a buffer. Inside libc no hook sees the access, so each is an access of its whole range here.
 *
 * What is not shared costs one compare. A text's length is known only when it is read: its first byte is
 * the point, and the rest is checked within the same turn. What a function has written by the time that
 * it returns is checked afterwards, which is as good: nothing that this task does in between orders it.
 */
#define PROBE_DEFINES_MEM
#define __NO_INLINE__ 1 /* atoi and the like are functions here */
#include "../memory.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

size_t text_within(const char *s, size_t most)
{
    size_t n = 0;
    while (n < most && s[n])
        n++;
    return n;
}

void reads_text(const char *s, size_t most, const void *site)
{
    if (!is_shared(s) || !most || !probe_on())
        return;
    memory_access(s, 1, PROBE_RANGE, site);
    size_t n = text_within(s, most);
    n += n < most; /* the NUL */
    if (n > 1)
        memory_check(s + 1, n - 1, PROBE_RANGE, site_of(site));
}

/* ---- memory ---------------------------------------------------------------------------------- */

EXPORT void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    reads(from, n, CALLER);
    writes(to, n, CALLER);
    return REAL(memcpy)(to, from, n);
}

EXPORT void *mempcpy(void *restrict to, const void *restrict from, size_t n)
{
    reads(from, n, CALLER);
    writes(to, n, CALLER);
    return REAL(mempcpy)(to, from, n);
}

EXPORT void *memmove(void *to, const void *from, size_t n)
{
    reads(from, n, CALLER);
    writes(to, n, CALLER);
    return REAL(memmove)(to, from, n);
}

EXPORT void bcopy(const void *from, void *to, size_t n)
{
    reads(from, n, CALLER);
    writes(to, n, CALLER);
    REAL(memmove)(to, from, n);
}

EXPORT void *memset(void *to, int byte, size_t n)
{
    writes(to, n, CALLER);
    return REAL(memset)(to, byte, n);
}

static __attribute__((noinline)) void wipe(void *to, size_t n, const void *site)
{
    writes(to, n, site);
    REAL(memset)(to, 0, n);
}

EXPORT void bzero(void *to, size_t n)
{
    wipe(to, n, CALLER);
}

EXPORT void explicit_bzero(void *to, size_t n)
{
    wipe(to, n, CALLER);
}

/* Whether it looks at what comes after the byte that decides is its own business: bytes up to there. */
static void compares(const unsigned char *a, const unsigned char *b, size_t n, const void *site)
{
    size_t same = 0;
    if (!is_shared(a) && !is_shared(b))
        return;
    while (same < n && a[same] == b[same])
        same++;
    same += same < n;
    reads(a, same, site);
    reads(b, same, site);
}

EXPORT int memcmp(const void *a, const void *b, size_t n)
{
    compares(a, b, n, CALLER);
    return REAL(memcmp)(a, b, n);
}

EXPORT int bcmp(const void *a, const void *b, size_t n)
{
    compares(a, b, n, CALLER);
    return REAL(memcmp)(a, b, n);
}

EXPORT void *memchr(const void *at, int byte, size_t n)
{
    if (is_shared(at)) {
        const char *hit = REAL(memchr)(at, byte, n);
        reads(at, hit ? (size_t)(hit - (const char *)at) + 1 : n, CALLER);
    }
    return REAL(memchr)(at, byte, n);
}

/* Its comparisons read the elements, by hooks; what it moves about is any of them. */
EXPORT void qsort(void *base, size_t count, size_t size, __compar_fn_t compare)
{
    writes(base, count * size, CALLER);
    REAL(qsort)(base, count, size, compare);
}

EXPORT void qsort_r(void *base, size_t count, size_t size, __compar_d_fn_t compare, void *argument)
{
    writes(base, count * size, CALLER);
    REAL(qsort_r)(base, count, size, compare, argument);
}

/* ---- texts: copying -------------------------------------------------------------------------- */

EXPORT char *strcpy(char *restrict to, const char *restrict from)
{
    reads_text(from, ANY_LENGTH, CALLER);
    if (is_shared(to))
        writes(to, text_within(from, ANY_LENGTH) + 1, CALLER);
    return REAL(strcpy)(to, from);
}

EXPORT char *stpcpy(char *restrict to, const char *restrict from)
{
    reads_text(from, ANY_LENGTH, CALLER);
    if (is_shared(to))
        writes(to, text_within(from, ANY_LENGTH) + 1, CALLER);
    return REAL(stpcpy)(to, from);
}

/* These fill up with zeros. */
EXPORT char *strncpy(char *restrict to, const char *restrict from, size_t n)
{
    reads_text(from, n, CALLER);
    writes(to, n, CALLER);
    return REAL(strncpy)(to, from, n);
}

EXPORT char *stpncpy(char *restrict to, const char *restrict from, size_t n)
{
    reads_text(from, n, CALLER);
    writes(to, n, CALLER);
    return REAL(stpncpy)(to, from, n);
}

static void appends(char *to, const char *from, size_t most, const void *site)
{
    reads_text(from, most, site);
    reads_text(to, ANY_LENGTH, site);
    if (is_shared(to))
        writes(to + text_within(to, ANY_LENGTH), text_within(from, most) + 1, site);
}

EXPORT char *strcat(char *restrict to, const char *restrict from)
{
    appends(to, from, ANY_LENGTH, CALLER);
    return REAL(strcat)(to, from);
}

EXPORT char *strncat(char *restrict to, const char *restrict from, size_t n)
{
    appends(to, from, n, CALLER);
    return REAL(strncat)(to, from, n);
}

/* ---- texts: reading -------------------------------------------------------------------------- */

#define ONE_TEXT(type, name, parameters, arguments, s, most) \
    EXPORT type name parameters                              \
    {                                                        \
        reads_text(s, most, CALLER);                         \
        return REAL(name) arguments;                         \
    }
#define TWO_TEXTS(type, name, parameters, arguments, most) \
    EXPORT type name parameters                            \
    {                                                      \
        reads_text(a, most, CALLER);                       \
        reads_text(b, most, CALLER);                       \
        return REAL(name) arguments;                       \
    }

ONE_TEXT(size_t, strlen, (const char *s), (s), s, ANY_LENGTH)
ONE_TEXT(size_t, strnlen, (const char *s, size_t n), (s, n), s, n)
ONE_TEXT(char *, strdup, (const char *s), (s), s, ANY_LENGTH)
ONE_TEXT(char *, strndup, (const char *s, size_t n), (s, n), s, n)
ONE_TEXT(char *, strchr, (const char *s, int c), (s, c), s, ANY_LENGTH)
ONE_TEXT(char *, strrchr, (const char *s, int c), (s, c), s, ANY_LENGTH)
ONE_TEXT(char *, strchrnul, (const char *s, int c), (s, c), s, ANY_LENGTH)
ONE_TEXT(char *, index, (const char *s, int c), (s, c), s, ANY_LENGTH)
ONE_TEXT(char *, rindex, (const char *s, int c), (s, c), s, ANY_LENGTH)
ONE_TEXT(int, atoi, (const char *s), (s), s, ANY_LENGTH)
ONE_TEXT(long, atol, (const char *s), (s), s, ANY_LENGTH)
ONE_TEXT(long long, atoll, (const char *s), (s), s, ANY_LENGTH)
ONE_TEXT(double, atof, (const char *s), (s), s, ANY_LENGTH)
ONE_TEXT(long, strtol, (const char *restrict s, char **restrict end, int base), (s, end, base), s,
         ANY_LENGTH)
ONE_TEXT(unsigned long, strtoul, (const char *restrict s, char **restrict end, int base),
         (s, end, base), s, ANY_LENGTH)
ONE_TEXT(long long, strtoll, (const char *restrict s, char **restrict end, int base),
         (s, end, base), s, ANY_LENGTH)
ONE_TEXT(unsigned long long, strtoull, (const char *restrict s, char **restrict end, int base),
         (s, end, base), s, ANY_LENGTH)
ONE_TEXT(double, strtod, (const char *restrict s, char **restrict end), (s, end), s, ANY_LENGTH)
TWO_TEXTS(int, strcmp, (const char *a, const char *b), (a, b), ANY_LENGTH)
TWO_TEXTS(int, strncmp, (const char *a, const char *b, size_t n), (a, b, n), n)
TWO_TEXTS(int, strcasecmp, (const char *a, const char *b), (a, b), ANY_LENGTH)
TWO_TEXTS(int, strncasecmp, (const char *a, const char *b, size_t n), (a, b, n), n)
TWO_TEXTS(char *, strstr, (const char *a, const char *b), (a, b), ANY_LENGTH)
TWO_TEXTS(char *, strcasestr, (const char *a, const char *b), (a, b), ANY_LENGTH)
TWO_TEXTS(size_t, strspn, (const char *a, const char *b), (a, b), ANY_LENGTH)
TWO_TEXTS(size_t, strcspn, (const char *a, const char *b), (a, b), ANY_LENGTH)
TWO_TEXTS(char *, strpbrk, (const char *a, const char *b), (a, b), ANY_LENGTH)

/* It puts a NUL behind what it returns, where a delimiter was. */
static char *cut(char *token, const void *site)
{
    if (token && is_shared(token))
        writes(token + text_within(token, ANY_LENGTH), 1, site);
    return token;
}

EXPORT char *strtok(char *restrict s, const char *restrict delimiters)
{
    if (s)
        reads_text(s, ANY_LENGTH, CALLER);
    return cut(REAL(strtok)(s, delimiters), CALLER);
}

EXPORT char *strtok_r(char *restrict s, const char *restrict delimiters, char **restrict next)
{
    if (s)
        reads_text(s, ANY_LENGTH, CALLER);
    return cut(REAL(strtok_r)(s, delimiters, next), CALLER);
}

EXPORT char *strsep(char **restrict s, const char *restrict delimiters)
{
    if (*s)
        reads_text(*s, ANY_LENGTH, CALLER);
    return cut(REAL(strsep)(s, delimiters), CALLER);
}
