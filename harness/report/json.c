/*
 * json.c - the report for programs: schema "ipcgrade/1", to which fields are only ever added.
 *
 * One object a submission, each on a line of its own. Two reports of the same submission differ in
 * nothing but the member "timing". Pure ASCII: what a student wrote can neither break a line nor
 * speak to a terminal. Bytes that are no UTF-8 appear as the four characters \xNN, long texts are
 * cut and say how long they were, and points without decimals are integers.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/text.h"
#include "judge/rules.h"
#include "judge/verdict.h"
#include "report/diff.h"
#include "report/memory.h"
#include "report/report.h"

enum {
    MOST_TEXT = 64 * 1024, /* bytes of one string */
    MOST_EVENTS = 200,     /* of a scenario */
    MOST_DIAGNOSTICS = 200
};

/* ---- strings and numbers -------------------------------------------------------------------- */

/* jansson wants valid UTF-8: what is not becomes \xNN. */
static json_t *text_bytes(const char *s, size_t n)
{
    char *memory = NULL;
    size_t size;
    FILE *to = memory_open(&memory, &size);
    if (n > MOST_TEXT)
        n = MOST_TEXT;
    while (n > 0) {
        unsigned character;
        size_t length = text_utf8(s, n, &character);
        if (length)
            fwrite(s, 1, length, to);
        else
            fprintf(to, "\\x%02x", (unsigned char)*s);
        length += length == 0;
        s += length;
        n -= length;
    }
    memory_close(to);
    json_t *value = json_stringn(memory, size);
    free(memory);
    return value;
}

static json_t *string(const char *s)
{
    return s ? text_bytes(s, strlen(s)) : json_null();
}

static json_t *points(double p)
{
    long hundredths = (long)(p * 100 + 0.5); /* never negative */
    if (hundredths % 100 == 0)
        return json_integer(hundredths / 100);
    return json_real((double)hundredths / 100);
}

/* For members that only some have. */
static void set_if(json_t *object, const char *name, const char *s)
{
    if (s)
        json_object_set_new(object, name, string(s));
}

/* ---- findings ------------------------------------------------------------------------------- */

static json_t *site(const struct site *s)
{
    json_t *object = json_object();
    json_object_set_new(object, "file", string(s->file));
    json_object_set_new(object, "line", s->line ? json_integer(s->line) : json_null());
    json_object_set_new(object, "function", string(s->function));
    json_object_set_new(object, "process", string(s->process));
    json_object_set_new(object, "access", string(s->access));
    set_if(object, "called_from", s->called_from);
    set_if(object, "source", s->source);
    return object;
}

static struct text_span span(const char *s, size_t length)
{
    return (struct text_span){s, s && !length ? strlen(s) : length};
}

static void compared(json_t *object, const struct finding *f)
{
    struct text_span expected = span(f->expected, f->expected_length);
    struct text_span came = span(f->came, f->came_length);
    if (f->expected) {
        json_object_set_new(object, "expected", text_bytes(expected.bytes, expected.n));
        json_object_set_new(object, "expected_bytes", json_integer((json_int_t)expected.n));
    }
    if (f->came) {
        json_object_set_new(object, "came", text_bytes(came.bytes, came.n));
        json_object_set_new(object, "came_bytes", json_integer((json_int_t)came.n));
    }
    struct diff_place place;
    if (f->expected && f->came && diff_first(expected, came, &place))
        json_object_set_new(object, "difference",
                            json_pack("{s:I, s:I}", "line", (json_int_t)place.line, "column",
                                      (json_int_t)place.column));
}

static json_t *finding(const struct finding *f)
{
    const struct rule *rule = rule_find(f->rule);
    json_t *object = json_object(), *sites = json_array();
    json_object_set_new(object, "rule", string(f->rule));
    json_object_set_new(object, "scenario", string(f->scenario));
    json_object_set_new(object, "lens", string(lens_names[f->lens]));
    json_object_set_new(object, "quality", string(quality_names[f->quality]));
    json_object_set_new(object, "process", string(f->process));
    json_object_set_new(object, "message", string(f->message));
    json_object_set_new(object, "explanation", string(rule ? rule->meaning : NULL));
    json_object_set_new(object, "next", string(rule ? rule->next : NULL));
    set_if(object, "variable", f->variable);
    set_if(object, "after", f->after);
    compared(object, f);
    if (f->lens == LENS_SCHEDULES)
        json_object_set_new(object, "schedules_failed", json_integer(f->schedules_failed));
    set_if(object, "replay", f->replay);
    if (f->for_review)
        json_object_set_new(object, "for_review", json_true());
    for (int i = 0; i < f->site_count; i++)
        json_array_append_new(sites, site(&f->sites[i]));
    json_object_set_new(object, "sites", sites);
    return object;
}

/* ---- scenarios ------------------------------------------------------------------------------ */

static json_t *events(const struct evidence *e)
{
    json_t *array = json_array();
    for (int i = 0; e && i < e->event_count && i < MOST_EVENTS; i++)
        json_array_append_new(array, string(e->events[i]));
    return array;
}

static json_t *scenario(const struct scenario_result *r)
{
    json_t *object = json_object(), *qualities = json_object(), *most = json_object();
    double sum = 0, sum_most = 0;
    for (int q = 0; q < QUALITIES; q++) {
        json_object_set_new(qualities, quality_names[q],
                            r->judged[q] ? points(r->points[q]) : json_null());
        json_object_set_new(most, quality_names[q],
                            r->judged[q] ? points(r->max_points[q]) : json_null());
        sum += r->points[q];
        sum_most += r->max_points[q];
    }
    json_object_set_new(object, "name", string(r->scenario->name));
    json_object_set_new(object, "title", string(r->scenario->title));
    json_object_set_new(object, "asks", string(r->scenario->asks));
    json_object_set_new(object, "points", points(sum));
    json_object_set_new(object, "max_points", points(sum_most));
    json_object_set_new(object, "verdict", string(r->word));
    json_object_set_new(object, "qualities", qualities);
    json_object_set_new(object, "max_qualities", most);
    json_object_set_new(
        object, "schedules",
        json_pack("{s:i, s:i}", "run", r->schedules_run, "failed", r->schedules_failed));
    json_object_set_new(object, "events", events(r->evidence));
    set_if(object, "fault", r->fault);
    return object;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static json_t *build(const struct built *built)
{
    json_t *object = json_object(), *diagnostics = json_array();
    json_object_set_new(object, "ok", json_boolean(built->ok));
    set_if(object, "failure", built->failure);
    for (int i = 0; i < built->diagnostic_count && i < MOST_DIAGNOSTICS; i++) {
        const struct diagnostic *d = &built->diagnostics[i];
        json_t *one = json_object();
        json_object_set_new(one, "file", string(d->file));
        json_object_set_new(one, "line", d->line ? json_integer(d->line) : json_null());
        json_object_set_new(one, "severity", json_string(d->error ? "error" : "warning"));
        json_object_set_new(one, "message", string(d->message));
        json_array_append_new(diagnostics, one);
    }
    json_object_set_new(object, "diagnostics", diagnostics);
    if (!built->ok)
        set_if(object, "log", built->log);
    return object;
}

static json_t *timing(const struct grade *g)
{
    json_t *array = json_array();
    for (int i = 0; i < g->result_count; i++) {
        const struct evidence *e = g->results[i].evidence;
        if (e)
            json_array_append_new(array, json_pack("{s:s, s:I, s:I}", "scenario",
                                                   g->results[i].scenario->name, "wall_ms",
                                                   (json_int_t)e->wall_ms, "cpu_ms",
                                                   (json_int_t)e->cpu_ms));
    }
    return json_pack("{s:o}", "scenarios", array);
}

static json_t *not_judged(const struct grade *grade)
{
    json_t *array = json_array();
    for (int q = 0; q < QUALITIES; q++)
        if (!quality_is_judged(q, grade->schedules_lens))
            json_array_append_new(array, json_string(quality_names[q]));
    return array;
}

static void head(json_t *object, const struct grade *g)
{
    bool scored = g->verdict != VERDICT_HARNESS_ERROR; /* a fault of ours carries no score */
    json_object_set_new(object, "schema", json_string("ipcgrade/1"));
    json_object_set_new(object, "assignment", string(g->set->name));
    json_object_set_new(object, "title", string(g->set->assignment->title));
    json_object_set_new(object, "submission", string(g->submission->name));
    json_object_set_new(object, "hash", string(g->submission->hash));
    json_object_set_new(object, "verdict", string(verdict_names[g->verdict]));
    json_object_set_new(object, "score", scored ? points(g->score) : json_null());
    json_object_set_new(object, "max_score", scored ? points(g->max_score) : json_null());
    json_object_set_new(object, "not_judged", not_judged(g));
    set_if(object, "fault", g->fault);
}

static void add_findings(json_t *object, const struct grade *g)
{
    json_t *findings = json_array();
    for (int i = 0; i < g->finding_count; i++)
        json_array_append_new(findings, finding(&g->findings[i]));
    json_object_set_new(object, "findings", findings);
}

/* `ipcgrade run`: nobody's points. */
static json_t *whole_of_command(const struct grade *g)
{
    json_t *object = json_object();
    json_object_set_new(object, "schema", json_string("ipcgrade/1"));
    json_object_set_new(object, "command", string(g->command->typed));
    json_object_set_new(object, "verdict", string(verdict_names[g->verdict]));
    json_object_set_new(
        object, "schedules",
        json_pack("{s:i, s:i}", "run", g->schedules_run, "failed", g->schedules_failed));
    add_findings(object, g);
    return object;
}

static json_t *whole(const struct grade *g)
{
    json_t *object = json_object();
    json_t *notices = json_array(), *scenarios = json_array();
    head(object, g);
    for (int i = 0; i < g->submission->notice_count; i++)
        json_array_append_new(notices, string(g->submission->notices[i]));
    for (int i = 0; i < g->result_count; i++)
        json_array_append_new(scenarios, scenario(&g->results[i]));
    json_object_set_new(object, "notices", notices);
    if (g->built)
        json_object_set_new(object, "build", build(g->built));
    json_object_set_new(object, "scenarios", scenarios);
    add_findings(object, g);
    json_object_set_new(object, "timing", timing(g));
    return object;
}

/* DEL is the one control character that jansson does not escape. It only stands in strings. */
static int write_escaped(const char *bytes, size_t n, void *to)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] == 0x7f ? fputs("\\u007F", to) == EOF : fputc(bytes[i], to) == EOF)
            return -1;
    return 0;
}

REPORT_FORMAT(json, .commands = true,
              .about = "for programs: one JSON object a submission, each on a line of its own")
(FILE *to, const struct grade *grades, int count, const struct report_style *style)
{
    (void)style; /* neither colours nor brevity: a program reads it */
    for (int i = 0; i < count; i++) {
        json_t *object = grades[i].command ? whole_of_command(&grades[i]) : whole(&grades[i]);
        /* What the stream does not take (a full disk) is seen by whoever closes it. */
        if (json_dump_callback(object, write_escaped, to,
                               JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15)) < 0 &&
            !ferror(to))
            die("report", "out of memory");
        fputc('\n', to);
        json_decref(object);
    }
}
