/*
 * term.c - the report for people: what passed in a line each, then what is wrong, each bug once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/rules.h"
#include "judge/verdict.h"
#include "report/diff.h"
#include "report/finding.h"
#include "report/page.h"
#include "report/report.h"

enum { MOST_NOTICES = 10, MOST_WARNINGS = 5, LOG_LINES = 12 };

/* ---- head ----------------------------------------------------------------------------------- */

static enum ink verdict_ink(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_PASS:
        return INK_GOOD;
    case VERDICT_INCONCLUSIVE:
        return INK_NOTE;
    default:
        return INK_BAD;
    }
}

static const char *verdict_words(const struct grade *g)
{
    static const char *const words[VERDICTS] = {
        [VERDICT_PASS] = "everything passed",
        [VERDICT_FINDINGS] = "with findings",
        [VERDICT_BUILD_ERROR] = "does not build",
        [VERDICT_INCONCLUSIVE] = "not all could be decided",
        [VERDICT_HARNESS_ERROR] = "no score: it could not be graded",
    };
    return words[g->verdict];
}

/* "ada: Bounded buffer (bounded_buffer): ". Returns the columns used. */
static int print_names(const struct page *page, const struct grade *g)
{
    const char *name = g->submission->name, *title = g->set->assignment->title;
    const char *folder = g->set->name;
    page_ink(page, INK_BOLD);
    int column = text_print(page->to, name, strlen(name), 40);
    page_ink(page, INK_PLAIN);
    column += fprintf(page->to, ": ");
    if (title)
        column += text_print(page->to, title, strlen(title), 30) + fprintf(page->to, " (");
    column += text_print(page->to, folder, strlen(folder), 20);
    return column + fprintf(page->to, title ? "): " : ": ");
}

static void print_head(const struct page *page, const struct grade *g)
{
    const char *verdict = verdict_words(g);
    char points[64] = "";
    if (g->verdict != VERDICT_HARNESS_ERROR)
        snprintf(points, sizeof points, "%s of %s points, ", points_text(g->score).text,
                 points_text(g->max_score).text);
    size_t rest = strlen(points) + strlen(verdict);
    bool fits = print_names(page, g) + (int)rest <= PAGE_WIDTH;
    fprintf(page->to, "%s%s", fits ? "" : "\n  ", points);
    page_mark(page, verdict_ink(g->verdict), verdict);
    fputc('\n', page->to);
}

/* ---- build and intake ----------------------------------------------------------------------- */

static void print_more(const struct page *page, int shown, int count, const char *of)
{
    if (count > shown)
        fprintf(page->to, "  ... and %d more %s\n", count - shown, of);
}

static void print_notices(const struct page *page, const struct submission *s)
{
    for (int i = 0; i < s->notice_count && i < MOST_NOTICES; i++)
        page_labelled(page, 9, "note", s->notices[i]);
    print_more(page, MOST_NOTICES, s->notice_count, "notes");
}

static void print_diagnostic(const struct page *page, const struct diagnostic *d)
{
    char place[32] = "";
    if (d->line)
        snprintf(place, sizeof place, ":%d", d->line);
    fputs("  ", page->to);
    int column = 2;
    if (d->file)
        column += text_print(page->to, d->file, strlen(d->file), 40);
    column += fprintf(page->to, "%s%s", place, d->file ? ": " : "");
    page_mark(page, d->error ? INK_BAD : INK_NOTE, d->error ? "error: " : "warning: ");
    page_wrap(page, column + (d->error ? 7 : 9), 6, d->message ? d->message : "");
}

/* Of all diagnostics the errors, or the warnings. */
static int print_diagnostics(const struct page *page, const struct built *b, bool errors, int most)
{
    int count = 0;
    for (int i = 0; i < b->diagnostic_count; i++)
        if (b->diagnostics[i].error == errors && count++ < most)
            print_diagnostic(page, &b->diagnostics[i]);
    print_more(page, most, count, errors ? "errors" : "warnings");
    return count;
}

static void print_log_end(const struct page *page, const char *log)
{
    size_t n = strlen(log), at = n;
    for (int lines = 0; at > 0 && lines <= LOG_LINES; at--)
        lines += log[at - 1] == '\n';
    while (at > 0 && at < n && log[at - 1] != '\n')
        at++;
    fputs("  The last that make said:\n", page->to);
    diff_print_text(page, 2, (struct text_span){log + at, n - at}, LOG_LINES + 1);
}

static void print_build_failure(const struct page *page, const struct built *b)
{
    const struct rule *rule = rule_find("build-error");
    fputc('\n', page->to);
    page_mark(page, INK_BAD, "build-error");
    fputs(": ", page->to);
    page_wrap(page, 13, 2, b->failure ? b->failure : "the programs do not build");
    if (print_diagnostics(page, b, true, MAX_SITES) == 0 && b->log && *b->log)
        print_log_end(page, b->log);
    if (rule) {
        page_labelled(page, 9, "why", rule->matters);
        page_labelled(page, 9, "next", rule->next);
    }
}

static void print_warnings(const struct page *page, const struct built *b)
{
    int count = 0;
    for (int i = 0; i < b->diagnostic_count; i++)
        count += !b->diagnostics[i].error;
    if (count == 0)
        return;
    fprintf(page->to, "\nThe compiler warns (%d; worth a look, costs no points):\n", count);
    print_diagnostics(page, b, false, MOST_WARNINGS);
}

/* ---- scenarios ------------------------------------------------------------------------------ */

static double sum(const double points[QUALITIES])
{
    double total = 0;
    for (int q = 0; q < QUALITIES; q++)
        total += points[q];
    return total;
}

static void print_mark(const struct page *page, const struct scenario_result *r)
{
    if (r->verdict == VERDICT_PASS)
        page_mark(page, INK_GOOD, "pass");
    else if (r->verdict != VERDICT_FINDINGS)
        page_mark(page, INK_NOTE, "????");
    else
        page_mark(page, INK_BAD, sum(r->points) > 0 ? "part" : "FAIL");
}

static void print_scenario(const struct page *page, const struct scenario_result *r, int width)
{
    struct points_text earned = points_text(sum(r->points)), most = points_text(sum(r->max_points));
    fputs("  ", page->to);
    print_mark(page, r);
    fprintf(page->to, " %5s of %-5s ", earned.text, most.text);
    fprintf(page->to, "%-*s  ", width, r->scenario->name);
    int column = 2 + 4 + 1 + 5 + 4 + 5 + 1 + width + 2;
    const char *title = r->scenario->title ? r->scenario->title : "";
    if (r->verdict != VERDICT_PASS) {
        page_mark(page, verdict_ink(r->verdict), r->word);
        column += (int)strlen(r->word) + fprintf(page->to, "%s", *title ? ": " : "");
    }
    text_print(page->to, title, strlen(title), PAGE_WIDTH - column);
    fputc('\n', page->to);
    if (r->fault)
        page_labelled(page, 9, "fault", r->fault);
}

static int name_width(const struct grade *g)
{
    int width = 0;
    for (int i = 0; i < g->result_count; i++) {
        int n = (int)strlen(g->results[i].scenario->name);
        width = n > width ? n : width;
    }
    return width;
}

static void print_scenarios(const struct page *page, const struct grade *g, bool quiet)
{
    int width = name_width(g);
    if (g->result_count)
        fputc('\n', page->to);
    for (int i = 0; i < g->result_count; i++)
        if (!quiet || g->results[i].verdict != VERDICT_PASS)
            print_scenario(page, &g->results[i], width);
}

/* ---- findings ------------------------------------------------------------------------------- */

/* How much of a finding has been said by those before it. */
static enum told told_before(const struct merged_findings *all, int index)
{
    enum told told = TOLD_NOTHING;
    const struct finding *f = all->items[index].first;
    for (int i = 0; i < index; i++) {
        const struct finding *earlier = all->items[i].first;
        if (strcmp(earlier->rule, f->rule) != 0)
            continue;
        if (merge_same_lines(earlier, f))
            return TOLD_RULE_AND_PLACE;
        told = TOLD_RULE;
    }
    return told;
}

/* Where one lock is forgotten, every line of a program races with every other: a few are told at length. */
enum { RACES_AT_LENGTH = 3, RACES_IN_SHORT = 12 };

/* The others by their lines alone. */
static void print_more_races(const struct page *page, const struct merged_findings *all, int number)
{
    int races = 0, more = 0;
    for (int i = 0; i < all->count; i++)
        races += is_race(all->items[i].first);
    more = races - RACES_AT_LENGTH;
    fprintf(page->to, "\n%2d. ", number);
    page_mark(page, INK_BAD, "data-race");
    fprintf(page->to, ": %d more pair%s of lines, which the same cure may well cure\n", more,
            more == 1 ? "" : "s");
    races = 0;
    for (int i = 0; i < all->count; i++) {
        const struct finding *f = all->items[i].first;
        if (!is_race(f) || races++ < RACES_AT_LENGTH || races > RACES_AT_LENGTH + RACES_IN_SHORT)
            continue;
        char lines[600];
        snprintf(lines, sizeof lines, "%.150s:%d and %.150s:%d%s%.150s",
                 f->sites[0].file ? f->sites[0].file : "?", f->sites[0].line,
                 f->sites[1].file ? f->sites[1].file : "?", f->sites[1].line,
                 f->variable ? ": " : "", f->variable ? f->variable : "");
        page_labelled(page, 12, races == RACES_AT_LENGTH + 1 ? "where" : "", lines);
    }
    if (more > RACES_IN_SHORT)
        page_labelled(page, 12, "", "... (all of them: --format json)");
}

/* How schedules ended: one mistake has many ends, one for each item that may be lost. A deadlock is one on
 * either lens, and holds up whoever comes by in every scenario. */
static bool is_ending(const struct finding *f)
{
    return (f->lens == LENS_SCHEDULES && !f->by_probe && f->replay) ||
           strcmp(f->rule, "deadlock") == 0;
}

/* An end like one that has been told at length: of the same rule, at the same lines or at none. */
static bool is_told_in_short(const struct merged_findings *all, int index)
{
    const struct finding *f = all->items[index].first;
    for (int i = 0; i < index && is_ending(f); i++) {
        const struct finding *earlier = all->items[i].first;
        if (is_ending(earlier) && strcmp(earlier->rule, f->rule) == 0 &&
            (f->site_count == 0 || merge_same_lines(earlier, f)))
            return true;
    }
    return false;
}

/* Some schedule of the same scenario shows a race as well. */
static bool has_race_beside(const struct grade *g, const struct finding *ending)
{
    for (int i = 0; i < g->finding_count; i++)
        if (is_race(&g->findings[i]) && same_text(g->findings[i].scenario, ending->scenario))
            return true;
    return false;
}

enum { ENDINGS_IN_SHORT = 8 };

/* What each is, and the token that shows it. */
static void print_more_endings(const struct page *page, const struct merged_findings *all, int more,
                               int number)
{
    int shown = 0;
    fprintf(page->to, "\n%2d. ", number);
    page_mark(page, INK_BAD, "more of these");
    fprintf(page->to, ": %d more end%s of the same kind, which the same cure may well cure\n", more,
            more == 1 ? "" : "s");
    for (int i = 0; i < all->count; i++) {
        const struct finding *f = all->items[i].first;
        if (!is_told_in_short(all, i) || shown++ >= ENDINGS_IN_SHORT)
            continue;
        page_labelled(page, 12, "in", f->scenario ? f->scenario : f->rule);
        page_labelled(page, 12, "what", f->message);
        if (f->replay)
            page_labelled(page, 12, "again", f->replay);
    }
    if (more > ENDINGS_IN_SHORT)
        page_labelled(page, 12, "", "... (all of them: --format json)");
}

static void print_findings(const struct page *page, const struct grade *g)
{
    struct merged_findings all = merge_findings(g);
    int told = 0, races = 0, endings = 0;
    for (int i = 0; i < all.count; i++) {
        const struct finding *f = all.items[i].first;
        if (strcmp(f->rule, "build-error") == 0)
            continue; /* told with the build */
        if (is_race(f) && races++ >= RACES_AT_LENGTH)
            continue;
        if (is_told_in_short(&all, i)) {
            endings++;
            continue;
        }
        fputc('\n', page->to);
        finding_print(page, g, &all.items[i], ++told, told_before(&all, i));
        if (is_ending(f) && has_race_beside(g, f))
            page_labelled(page, 12, "note",
                          "it may come of a race that is told here: mend that first");
    }
    if (races > RACES_AT_LENGTH)
        print_more_races(page, &all, ++told);
    if (endings)
        print_more_endings(page, &all, endings, ++told);
    if (told)
        fprintf(page->to, "\nMore about each: ipcgrade explain %s\n",
                told == 1 ? all.items[all.count - 1].first->rule : "RULE");
    merged_free(&all);
}

/* ---- what is not there ---------------------------------------------------------------------- */

static void print_not_judged(const struct page *page, const struct grade *grade)
{
    const char *separator = "Not judged (and not counted in the points): ";
    bool any = false;
    for (int q = 0; q < QUALITIES; q++) {
        if (quality_is_judged(q, grade->schedules_lens))
            continue;
        if (!any)
            fputc('\n', page->to);
        fputs(separator, page->to);
        for (const char *s = quality_names[q]; *s; s++)
            fputc(*s == '_' ? ' ' : *s, page->to);
        separator = ", ";
        any = true;
    }
    if (any)
        fputs(".\n", page->to);
}

static void print_fault(const struct page *page, const struct grade *g)
{
    const char *fault = g->fault ? g->fault : g->built ? g->built->fault : NULL;
    fputc('\n', page->to);
    page_mark(page, INK_BAD, "HARNESS ERROR");
    fputs(": ", page->to);
    page_wrap(page, 15, 2, fault ? fault : "a scenario could not be run to its end (see above)");
    page_wrap(page, 0, 2,
              "  Nothing is scored, and nobody loses points. If it is the right folder, grade it "
              "again, and tell "
              "whoever runs the grader if it stays.");
}

/* ---- one submission, several ---------------------------------------------------------------- */

static void print_command(const struct page *page, const struct grade *g, bool quiet)
{
    static const char *const words[VERDICTS] = {
        [VERDICT_PASS] = "nothing wrong",
        [VERDICT_FINDINGS] = "with findings",
        [VERDICT_INCONCLUSIVE] = "could not be decided",
        [VERDICT_HARNESS_ERROR] = "the tester itself failed",
    };
    if (quiet && g->verdict == VERDICT_PASS)
        return;
    page_ink(page, INK_BOLD);
    int column = text_print(page->to, g->command->typed, strlen(g->command->typed), 60);
    page_ink(page, INK_PLAIN);
    const char *verdict = words[g->verdict] ? words[g->verdict] : verdict_names[g->verdict];
    bool fits = column + 40 <= PAGE_WIDTH;
    fprintf(page->to, ":%s %d schedule%s, ", fits ? "" : "\n ", g->schedules_run,
            g->schedules_run == 1 ? "" : "s");
    page_mark(page, verdict_ink(g->verdict), verdict);
    fputc('\n', page->to);
    print_findings(page, g);
}

static void print_grade(const struct page *page, const struct grade *g, bool quiet)
{
    if (g->command) {
        print_command(page, g, quiet);
        return;
    }
    if (quiet && g->verdict == VERDICT_PASS)
        return;
    print_head(page, g);
    if (!quiet)
        print_notices(page, g->submission);
    if (!g->fault && g->built && !g->built->ok && !g->built->fault)
        print_build_failure(page, g->built);
    else if (!g->fault)
        print_scenarios(page, g, quiet);
    print_findings(page, g);
    if (g->verdict == VERDICT_HARNESS_ERROR)
        print_fault(page, g);
    if (!quiet && g->built)
        print_warnings(page, g->built);
    if (!quiet && g->result_count)
        print_not_judged(page, g);
}

static void print_row(const struct page *page, const struct grade *g)
{
    enum { NAME = 40 };
    const char *name = g->submission->name;
    int used = text_print(page->to, name, strlen(name), NAME);
    bool scored = g->verdict != VERDICT_HARNESS_ERROR;
    fprintf(page->to, "%*s%8s of %-8s ", NAME - used, "", scored ? points_text(g->score).text : "-",
            scored ? points_text(g->max_score).text : "-");
    page_mark(page, verdict_ink(g->verdict), verdict_names[g->verdict]);
    fputc('\n', page->to);
}

static void print_table(const struct page *page, const struct grade *grades, int count)
{
    fputc('\n', page->to);
    page_mark(page, INK_BOLD,
              "submission                                 points            verdict\n");
    for (int i = 0; i < count; i++)
        print_row(page, &grades[i]);
}

REPORT_FORMAT(term, .commands = true,
              .about = "for people: what is wrong, where, why, and what to try next")
(FILE *to, const struct grade *grades, int count, const struct report_style *style)
{
    struct page page = {.to = to, .color = style->color};
    for (int i = 0; i < count; i++) {
        if (i && !(style->quiet && grades[i].verdict == VERDICT_PASS))
            fprintf(to, "\n");
        print_grade(&page, &grades[i], style->quiet);
    }
    if (count > 1)
        print_table(&page, grades, count);
}
