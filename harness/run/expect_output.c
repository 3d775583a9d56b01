/*
 * expect_output.c - expectations on what programs print.
 */
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "run/world.h"

struct outputs outputs_of(struct process *const processes[])
{
    struct outputs out = {.count = 0};
    for (int i = 0; processes[i]; i++) {
        if (out.count == (int)(sizeof out.of / sizeof *out.of))
            die(processes[i]->run->scenario->name, "together() of more than %d processes",
                out.count);
        out.of[out.count++] = processes[i];
    }
    return out;
}

const char *output_of(struct process *p, size_t *length)
{
    capture_drain(&p->out);
    if (length)
        *length = p->out.length;
    return p->out.bytes;
}

const char *errors_of(struct process *p, size_t *length)
{
    capture_drain(&p->err);
    if (length)
        *length = p->err.length;
    return p->err.bytes;
}

/* Texts are compared by bytes; a NUL in the output is shown as what no expectation holds. */
static const char *printed(struct process *p)
{
    size_t n = p->out.length;
    char *shown = arena_bytes(p->run->arena, p->out.bytes, n);
    for (size_t i = 0; i < n; i++)
        if (shown[i] == '\0')
            shown[i] = '\x01';
    return p->out.dropped ? arena_printf(p->run->arena, "%s\n(%llu more bytes)", shown,
                                         (unsigned long long)p->out.dropped)
                          : shown;
}

static void compare(struct process *p, const char *expected)
{
    const char *came = printed(p);
    if (memchr(p->out.bytes, '\0', p->out.length))
        fail_comparing(
            p->run, "missing-nul", p, expected, came,
            "%s printed bytes that are 0: they end a string in memory and have no place in output",
            p->name);
    if (strcmp(expected, came) != 0)
        fail_comparing(p->run, "wrong-output", p, expected, came,
                       "%s printed something else than expected", p->name);
}

void expect_output(struct process *p, const char *exact)
{
    wait_end(p);
    pthread_mutex_lock(&p->run->lock);
    capture_drain(&p->out);
    pthread_mutex_unlock(&p->run->lock);
    compare(p, exact);
}

void expect_output_so_far(struct process *p, const char *exact)
{
    pthread_mutex_lock(&p->run->lock);
    capture_drain(&p->out);
    pthread_mutex_unlock(&p->run->lock);
    compare(p, exact);
}

/* ---- patterns -------------------------------------------------------------------------------- */

static bool matches(struct run *run, const char *regex, const char *bytes)
{
    regex_t compiled;
    int error = regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
    if (error) {
        char why[200];
        regerror(error, &compiled, why, sizeof why);
        die(run->scenario->name, "the pattern \"%s\": %s", regex, why);
    }
    bool matched = regexec(&compiled, bytes, 0, NULL, 0) == 0;
    regfree(&compiled);
    return matched;
}

void expect_output_like(struct process *p, const char *regex)
{
    wait_end(p);
    if (!matches(p->run, regex, printed(p)))
        fail_comparing(p->run, "wrong-output", p, NULL, printed(p),
                       "%s printed nothing that fits the pattern \"%s\"", p->name, regex);
}

void expect_errors_like(struct process *p, const char *regex)
{
    wait_end(p);
    if (!matches(p->run, regex, p->err.bytes))
        fail_comparing(p->run, "wrong-output", p, NULL, p->err.bytes,
                       "%s said nothing on standard error that fits the pattern \"%s\"", p->name,
                       regex);
}

void expect_no_errors(struct process *p)
{
    wait_end(p);
    if (p->err.length)
        fail_comparing(p->run, "wrong-output", p, "", p->err.bytes,
                       "%s was expected to say nothing on standard error", p->name);
}

/* ---- lines ----------------------------------------------------------------------------------- */

struct line_list {
    const char **lines;
    int count;
};

static void add_line(struct run *run, struct line_list *list, const char *line)
{
    list->lines = arena_grow(run->arena, list->lines, list->count, sizeof *list->lines);
    list->lines[list->count++] = line;
}

static void add_output(struct line_list *list, struct process *p)
{
    char *rest = arena_strdup(p->run->arena, printed(p));
    while (*rest) {
        char *newline = strchr(rest, '\n');
        if (newline)
            *newline = '\0';
        add_line(p->run, list,
                 newline ? rest : arena_printf(p->run->arena, "%s(no newline)", rest));
        if (!newline)
            break;
        rest = newline + 1;
    }
}

static int by_text(const void *a, const void *b)
{
    return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *joined(struct run *run, const struct line_list *list)
{
    size_t length = 1;
    for (int i = 0; i < list->count; i++)
        length += strlen(list->lines[i]) + 1;
    char *all = arena_alloc(run->arena, length), *at = all;
    for (int i = 0; i < list->count; i++)
        at += sprintf(at, "%s\n", list->lines[i]);
    return all;
}

/* The first line that one list has and the other has not: "item 7 is missing", "item 3 came twice".
 */
static const char *first_difference(struct run *run, const struct line_list *want,
                                    const struct line_list *came)
{
    int i = 0, j = 0;
    while (i < want->count && j < came->count && !strcmp(want->lines[i], came->lines[j]))
        i++, j++;
    if (i == want->count && j == came->count)
        return NULL;
    if (j == came->count)
        return text(run, "the line \"%s\" is missing", want->lines[i]);
    if (i == want->count)
        return j && !strcmp(came->lines[j], came->lines[j - 1])
                   ? text(run, "the line \"%.200s\" came twice", came->lines[j])
                   : text(run, "the line \"%.200s\" was not expected", came->lines[j]);
    int order = strverscmp(want->lines[i], came->lines[j]);
    if (order < 0)
        return text(run, "the line \"%s\" is missing", want->lines[i]);
    return j && !strcmp(came->lines[j], came->lines[j - 1])
               ? text(run, "the line \"%.200s\" came twice", came->lines[j])
               : text(run, "the line \"%.200s\" was not expected", came->lines[j]);
}

static void compare_lines(struct outputs out, enum order order, struct line_list want)
{
    struct run *run = out.of[0]->run;
    struct line_list came = {NULL, 0};
    const char *names = "";
    for (int i = 0; i < out.count; i++) {
        wait_end(out.of[i]);
        add_output(&came, out.of[i]);
        names = text(run, "%s%s%s", names,
                     i == 0               ? ""
                     : i == out.count - 1 ? " and "
                                          : ", ",
                     out.of[i]->name);
    }
    const char *expected = joined(run, &want), *all = joined(run, &came);
    if (order == ANY_ORDER) {
        if (want.count)
            qsort(want.lines, (size_t)want.count, sizeof *want.lines, by_text);
        if (came.count)
            qsort(came.lines, (size_t)came.count, sizeof *came.lines, by_text);
        expected = joined(run, &want);
        all = joined(run, &came);
    }
    const char *difference = first_difference(run, &want, &came);
    if (difference)
        fail_comparing(run, "wrong-output", out.count == 1 ? out.of[0] : NULL, expected, all,
                       "%s printed other lines%s than expected: %s", names,
                       order == ANY_ORDER ? " (in any order)" : "", difference);
}

void expect_lines(struct outputs out, enum order order, const char *format, int from, int to)
{
    struct run *run = out.of[0]->run;
    struct line_list want = {NULL, 0};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    for (int i = from; i <= to; i++)
        add_line(run, &want, arena_printf(run->arena, format, i));
#pragma GCC diagnostic pop
    compare_lines(out, order, want);
}

void expect_line_list(struct outputs out, enum order order, const char *const lines[])
{
    struct line_list want = {NULL, 0};
    for (int i = 0; lines[i]; i++)
        add_line(out.of[0]->run, &want, lines[i]);
    compare_lines(out, order, want);
}
