/*
 * report.h - one file a format, all of the same signature; found through a linker section.
 *
 * A report escapes whatever a submission may have put into a string: control characters, escape
 * sequences, invalid UTF-8. Nothing in a grade can change more of a report than its own escaped
 * text.
 */
#ifndef IPCGRADE_REPORT_H
#define IPCGRADE_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "model.h"

struct report_style {
    bool color;
    bool quiet; /* only what is wrong */
};

struct report_format {
    const char *name; /* "json" */
    const char *about;
    bool commands; /* also reports `ipcgrade run`: a grade without set, submission and scenarios */
    void (*write)(FILE *to, const struct grade *grades, int count,
                  const struct report_style *style);
};

/* REPORT_FORMAT(json, .about = "…")(FILE *to, …) { … } */
#define REPORT_FORMAT(ident, ...)                                                    \
    static void report_##ident(FILE *to, const struct grade *grades, int count,      \
                               const struct report_style *style);                    \
    __attribute__((used, section("ipcgrade_reports"),                                \
                   aligned(8))) static const struct report_format format_##ident = { \
        .name = #ident, .write = report_##ident, __VA_ARGS__};                       \
    static void report_##ident

/* A replayed schedule, a line a point; in columns, one a process, where the page is a terminal. */
void report_trace(FILE *to, const struct evidence *evidence, const struct report_style *style,
                  int columns);

const struct report_format *report_find(const char *name); /* NULL: unknown */
void report_list(FILE *to);                                /* name and about, a line each */

struct rule;
/* What a finding means, why it matters, how it is cured: `ipcgrade explain`. */
void rule_explain(FILE *to, const struct rule *rule, bool color);
/* All rules, a line each: `ipcgrade explain` without a name. */
void rule_list(FILE *to);

#endif
