/* text.c - copying bytes and putting text together, without libc. */
#define PROBE_DEFINES_MEM
#include "sys.h"

void *probe_copy(void *to, const void *from, size_t n)
{
    void *start = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    return start;
}

void *probe_fill(void *to, int byte, size_t n)
{
    void *start = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
    return start;
}

void *probe_move(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;
    if ((uintptr_t)to - (uintptr_t)from >= n)
        return probe_copy(to, from, n);
    while (n--)
        __asm__ volatile("movb %1, %%al; movb %%al, %0" : "=m"(t[n]) : "m"(f[n]) : "al");
    return to;
}

bool text_lists(const char *list, const char *word)
{
    size_t n = text_length(word);
    for (; n && *list; list++)
        if (*list == ' ' && text_starts(list + 1, word) && list[1 + n] == ' ')
            return true;
    return false;
}

size_t text_put(char *to, size_t room, const char *from)
{
    size_t n = 0;
    for (; room && n + 1 < room && from[n]; n++)
        to[n] = from[n];
    if (room)
        to[n] = 0;
    return n;
}

size_t text_put_number(char *to, size_t room, uint64_t n, unsigned base)
{
    char digits[24];
    unsigned at = sizeof digits - 1;

    digits[at] = 0;
    do
        digits[--at] = "0123456789abcdef"[n % base];
    while ((n /= base) && at);
    return text_put(to, room, digits + at);
}
