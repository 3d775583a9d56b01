/*
 * diagnose.c - reads the output of gcc, g++, clang, GNU ld and GNU make (see diagnose.h).
 *
 * The lines of interest:
 *     consumer.c:12:5: error: expected ';' before 'return'
 *     cc1: out of memory allocating 536870912 bytes after a total of 610304 bytes
 *     /usr/bin/ld: /home/student/consumer.c:12: undefined reference to `take'
 *     consumer.c:(.text+0x5): undefined reference to `take'
 *     /usr/bin/ld: b.o:/home/student/b.c:3: multiple definition of `x'; a.o:/home/student/a.c:3:
 * first … Makefile:3: *** missing separator.  Stop. make: *** [Makefile:9: consumer] Error 1
 */
#include "submit/diagnose.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct arena *arena;
    const char *work;
    struct diagnosis diagnosis;
};

/* ---- where ----------------------------------------------------------------------------------- */

struct place {
    const char *file; /* NULL: no file of anybody's */
    int line;
};

/* Cuts ":123" off the end of a text; -1 if there is none. */
static int cut_number(char *text)
{
    char *colon = strrchr(text, ':'), *end;
    if (!colon || colon[1] < '0' || colon[1] > '9')
        return -1;
    long n = strtol(colon + 1, &end, 10);
    if (*end || n > 10000000)
        return -1;
    *colon = '\0';
    return (int)n;
}

/* What the students call the file: below the work folder, whatever object or linker stands before
 * it. */
static const char *shown_file(const struct reader *r, const char *file)
{
    const char *below = strstr(file, r->work);
    size_t n = strlen(r->work);
    if (below && below[n] == '/')
        return below + n + 1;
    return strncmp(file, "./", 2) == 0 ? file + 2 : file;
}

/* "FILE", "FILE:LINE", "FILE:LINE:COLUMN", "FILE:(.text+0x5)", with "…/ld: " in front. */
static struct place place_of(const struct reader *r, const char *from, size_t n)
{
    char *text = arena_bytes(r->arena, from, n);
    char *linker = strstr(text, "ld: "), *section = strstr(text, ":(");
    if (linker)
        text = linker + 4;
    if (section && section > text)
        *section = '\0';
    int last = cut_number(text), line = last < 0 ? -1 : cut_number(text);
    if (line < 0)
        line = last < 0 ? 0 : last;
    bool nobodys = *text == '\0' || *text == '(' || (line == 0 && !strchr(text, '.'));
    return (struct place){nobodys ? NULL : shown_file(r, text), line};
}

/* ---- the list -------------------------------------------------------------------------------- */

static bool known_already(const struct diagnosis *d, const struct diagnostic *one)
{
    for (int i = 0; i < d->count; i++) {
        const struct diagnostic *other = &d->list[i];
        bool same_file = one->file && other->file ? strcmp(one->file, other->file) == 0
                                                  : one->file == other->file;
        if (same_file && one->line == other->line && strcmp(one->message, other->message) == 0)
            return true;
    }
    return false;
}

static void add(struct reader *r, struct place place, bool error, const char *message)
{
    struct diagnosis *d = &r->diagnosis;
    struct diagnostic one = {
        .file = place.file, .line = place.line, .error = error, .message = message};
    if (d->count == MAX_DIAGNOSTICS || known_already(d, &one))
        return;
    d->list = arena_grow(r->arena, d->list, d->count, sizeof *d->list);
    d->list[d->count++] = one;
    d->errors += error;
}

/* ---- one line -------------------------------------------------------------------------------- */

static bool read_compiler(struct reader *r, const char *line)
{
    static const struct {
        const char *words;
        bool error;
    } kinds[] = {{": fatal error: ", true}, {": error: ", true}, {": warning: ", false}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *at = strstr(line, kinds[i].words);
        if (!at || strncmp(line, "collect2: ", 10) == 0) /* collect2 only repeats that ld failed */
            continue;
        add(r, place_of(r, line, (size_t)(at - line)), kinds[i].error, at + strlen(kinds[i].words));
        return true;
    }
    const char *memory = strstr(line, ": out of memory allocating ");
    if (memory) /* how much it had by then differs from host to host */
        add(r, (struct place){NULL, 0}, true,
            arena_printf(r->arena, "%.*s: out of memory", (int)(memory - line), line));
    return memory != NULL;
}

static bool read_linker(struct reader *r, const char *line)
{
    static const char *const complaints[] = {": undefined reference to ",
                                             ": multiple definition of ", ": cannot find "};
    for (size_t i = 0; i < sizeof complaints / sizeof *complaints; i++) {
        const char *at = strstr(line, complaints[i]);
        if (!at)
            continue;
        const char *end = strstr(at, "; "); /* "; a.o: first defined here" */
        const char *message = end ? arena_bytes(r->arena, at + 2, (size_t)(end - at - 2)) : at + 2;
        add(r, place_of(r, line, (size_t)(at - line)), true, message);
        return true;
    }
    return false;
}

/* A Makefile's own error always counts; "make: *** [...] Error 1" only repeats that a recipe
 * failed. */
static void read_make(struct reader *r, const char *line)
{
    const char *stars = strstr(line, ": *** ");
    if (!stars)
        return;
    bool repeats = stars[6] == '[';
    if (!repeats || r->diagnosis.errors == 0)
        add(r, place_of(r, line, (size_t)(stars - line)), true, stars + 6);
}

struct diagnosis diagnose(struct arena *arena, const char *log, const char *work)
{
    struct reader r = {.arena = arena, .work = work};
    while (*log) {
        size_t n = strcspn(log, "\n");
        const char *line = arena_bytes(arena, log, n);
        if (!read_compiler(&r, line) && !read_linker(&r, line))
            read_make(&r, line);
        log += n + (log[n] == '\n');
    }
    return r.diagnosis;
}

const struct diagnostic *diagnosis_first_error(const struct diagnosis *diagnosis)
{
    for (int i = 0; i < diagnosis->count; i++)
        if (diagnosis->list[i].error)
            return &diagnosis->list[i];
    return NULL;
}
