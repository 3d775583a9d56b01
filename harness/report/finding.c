/* finding.c - one finding for a tired reader (see finding.h). */
#include "report/finding.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/rules.h"
#include "judge/verdict.h"
#include "report/diff.h"
#include "report/memory.h"

enum {
    INDENT = 12,      /* where the text of a label begins */
    OUTPUT_LINES = 8, /* shown of an output that has nothing to be compared with */
    ERROR_LINES = 3   /* shown of standard error: the last ones */
};

static void labelled(const struct page *page, const char *label, const char *text)
{
    if (text && *text)
        page_labelled(page, INDENT, label, text);
}

/* ---- where ---------------------------------------------------------------------------------- */

/* "consumer.c:31 in take(), consumer#1: msgrcv(...)", each part if it is known. */
static void print_site(const struct page *page, const struct site *s, const char *label)
{
    char *line = NULL;
    size_t size;
    FILE *to = memory_open(&line, &size);
    const char *separator = "";
    if (s->file)
        fprintf(to, s->line ? "%s:%d" : "%s", s->file, s->line), separator = ", ";
    if (s->function)
        fprintf(to, "%s%s()", s->file ? " in " : "", s->function), separator = ", ";
    if (s->process)
        fprintf(to, "%s%s", separator, s->process), separator = ": ";
    if (s->access)
        fprintf(to, "%s%s", *separator ? ": " : "", s->access);
    if (s->called_from)
        fprintf(to, ", called from %s", s->called_from);
    memory_close(to);
    labelled(page, label, line);
    free(line);
}

/* "97 | shared->count++;", as far as there is room. */
static void print_source(const struct page *page, const struct site *s)
{
    char text[4 * PAGE_WIDTH + 1]; /* characters of up to four bytes */
    snprintf(text, sizeof text, "%s", s->source + strspn(s->source, " \t"));
    for (char *tab = text; (tab = strchr(tab, '\t')) != NULL;)
        *tab = ' ';
    fprintf(page->to, "%*s", INDENT, "");
    page_ink(page, INK_DIM);
    int used = INDENT + fprintf(page->to, "%4d | ", s->line);
    page_ink(page, INK_PLAIN);
    text_print(page->to, text, strlen(text), PAGE_WIDTH - used);
    fputc('\n', page->to);
}

static void print_scenarios(const struct page *page, const struct grade *grade,
                            const struct merged *m)
{
    if (m->scenario_count == 0)
        return;
    const struct scenario *first = grade->results[m->scenarios[0]].scenario;
    char *line = NULL;
    size_t size;
    FILE *to = memory_open(&line, &size);
    if (m->scenario_count == 1) {
        fprintf(to, "%s", first->name);
        if (first->title)
            fprintf(to, ": %s", first->title);
    } else {
        fprintf(to, "%d scenarios: ", m->scenario_count);
        for (int i = 0; i < m->scenario_count; i++)
            fprintf(to, "%s%s", i ? ", " : "", grade->results[m->scenarios[i]].scenario->name);
    }
    memory_close(to);
    labelled(page, "in", line);
    if (m->scenario_count == 1)
        labelled(page, "asked", first->asks);
    free(line);
}

/* ---- output --------------------------------------------------------------------------------- */

static struct text_span span(const char *s, size_t length)
{
    return (struct text_span){s, length ? length : strlen(s)};
}

static void print_comparison(const struct page *page, const struct finding *f)
{
    struct text_span expected = span(f->expected, f->expected_length);
    struct text_span came = span(f->came, f->came_length);
    struct diff_place place;
    char heading[80];
    if (!diff_first(expected, came, &place))
        return;
    snprintf(heading, sizeof heading, "- expected, + came; they differ from line %ld on",
             place.line);
    labelled(page, "output",
             expected.n && came.n ? heading
             : came.n             ? "nothing was expected; + came"
                                  : "nothing came; - expected");
    diff_print(page, INDENT, expected, came);
}

static void print_output(const struct page *page, const struct finding *f)
{
    if (f->expected && f->came) {
        print_comparison(page, f);
    } else if (f->came) {
        struct text_span came = span(f->came, f->came_length);
        labelled(page, "output", came.n ? "this came:" : "nothing came");
        diff_print_text(page, INDENT, came, OUTPUT_LINES);
    } else if (f->expected) {
        labelled(page, "output", "this was expected:");
        diff_print_text(page, INDENT, span(f->expected, f->expected_length), OUTPUT_LINES);
    }
}

/* The last lines of a text. */
static struct text_span tail(struct text_span t, int lines)
{
    size_t at = t.n;
    if (at > 0 && t.bytes[at - 1] == '\n')
        at--;
    while (at > 0 && (t.bytes[at - 1] != '\n' || --lines > 0))
        at--;
    return (struct text_span){t.bytes + at, t.n - at};
}

/* What the process itself complained of: often the answer. */
static void print_errors(const struct page *page, const struct grade *grade, const struct merged *m)
{
    const struct evidence *e = m->scenario_count ? grade->results[m->scenarios[0]].evidence : NULL;
    for (int i = 0; e && m->first->process && i < e->process_count; i++) {
        const struct process_record *p = &e->processes[i];
        if (strcmp(p->name, m->first->process) != 0 || p->errors_length == 0)
            continue;
        struct text_span errors = {p->errors, p->errors_length};
        if (m->first->came && strlen(m->first->came) == errors.n &&
            memcmp(m->first->came, errors.bytes, errors.n) == 0)
            continue; /* it is what the finding shows anyway */
        labelled(page, "it said", "on standard error, at the end:");
        diff_print_text(page, INDENT, tail(errors, ERROR_LINES), ERROR_LINES);
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void print_title(const struct page *page, const struct finding *f, const struct rule *rule,
                        int number)
{
    fprintf(page->to, "%2d. ", number);
    page_mark(page, f->for_review ? INK_NOTE : INK_BAD, f->rule);
    if (rule)
        fprintf(page->to, ": %s", rule->title);
    fputc('\n', page->to);
    if (f->for_review)
        labelled(page, "note", "seen, but not scored: for the instructor's eye");
}

/* Several at one line show it once, below the last. */
static void print_sites(const struct page *page, const struct finding *f)
{
    for (int i = 0; i < f->site_count; i++) {
        const struct site *s = &f->sites[i], *next = i + 1 < f->site_count ? s + 1 : NULL;
        bool again = next && next->line == s->line && same_text(next->file, s->file);
        print_site(page, s, i ? "" : "where");
        if (s->source && !again)
            print_source(page, s);
    }
}

static void print_replay(const struct page *page, const struct grade *grade,
                         const struct finding *f)
{
    char *line = NULL;
    size_t size;
    if (!f->replay || !grade->command) {
        labelled(page, "again", f->replay);
        return;
    }
    FILE *to = memory_open(&line, &size);
    fprintf(to, "ipcgrade replay %s -- %s", f->replay, grade->command->typed);
    memory_close(to);
    labelled(page, "again", line);
    free(line);
}

void finding_print(const struct page *page, const struct grade *grade, const struct merged *merged,
                   int number, enum told told)
{
    const struct finding *f = merged->first;
    const struct rule *rule = rule_find(f->rule);
    print_title(page, f, rule, number);
    print_scenarios(page, grade, merged);
    labelled(page, "what", f->message);
    if (told != TOLD_RULE_AND_PLACE) {
        print_sites(page, f);
        labelled(page, "after", f->after);
    }
    print_output(page, f);
    print_errors(page, grade, merged);
    print_replay(page, grade, f);
    if (rule && told == TOLD_NOTHING) {
        labelled(page, "why", rule->matters);
        labelled(page, "next", rule->next);
    }
    if (rule && f->quality != QUALITY_CORRECTNESS && !grade->command)
        labelled(page, "costs", quality_names[f->quality]);
}
