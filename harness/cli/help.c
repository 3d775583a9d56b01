/* help.c - `help`, `explain`, --help and --version. */
#include "base/die.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "judge/rules.h"
#include "report/report.h"

#define VERSION "0.1"

void version(FILE *to)
{
    fprintf(to, "ipcgrade " VERSION "\n");
}

/* ---- help ------------------------------------------------------------------------------------ */

void help_overview(FILE *to)
{
    fprintf(to, "ipcgrade: grades Unix inter-process communication assignments.\n\n");
    for (int i = 0; i < verb_count; i++) {
        char call[64];
        snprintf(call, sizeof call, "%s %s", verbs[i].name, verbs[i].synopsis);
        fprintf(to, "  ipcgrade %-28s %s\n", call, verbs[i].about);
    }
    fprintf(
        to,
        "\nipcgrade help VERB says more, with examples.\n"
        "Exit status: 0 everything passed, 1 findings or lost points, 2 a fault of the harness,\n"
        "its host or its arguments, 3 inconclusive.\n");
}

void help_verb(FILE *to, const struct verb *verb)
{
    fprintf(to, "ipcgrade %s %s\n  %s\n\n%s\n", verb->name, verb->synopsis, verb->about,
            verb->details);
    fprintf(to, "\nOptions:\n");
    options_describe(to, verb->options | OPTION_HELP);
    fprintf(to, "\nExamples:\n%s", verb->examples);
}

int verb_help(const struct call *call)
{
    if (call->count == 0)
        help_overview(stdout);
    else
        help_verb(stdout, verb_find(call->arguments[0]));
    output_finish();
    return EXIT_PASSED;
}

/* ---- explain --------------------------------------------------------------------------------- */

static _Noreturn void die_unknown_rule(struct arena *arena, const char *name)
{
    int count = 0;
    while (rule_at(count))
        count++;
    const char **names = arena_array(arena, const char *, count + 1);
    for (int i = 0; i < count; i++)
        names[i] = rule_at(i)->name;
    const char *near = nearest(name, names);
    if (near)
        die(name, "no such rule; did you mean %s?", near);
    die(name, "no such rule; ipcgrade explain lists them");
}

int verb_explain(const struct call *call)
{
    struct output out = output_open(call->arena, NULL);
    if (call->count == 0)
        rule_list(out.stream);
    for (int i = 0; i < call->count; i++) {
        const struct rule *rule = rule_find(call->arguments[i]);
        if (!rule)
            die_unknown_rule(call->arena, call->arguments[i]);
        fprintf(out.stream, "%s", i ? "\n\n" : "");
        rule_explain(out.stream, rule, output_wants_color(&out, call->options));
    }
    output_close(&out);
    return EXIT_PASSED;
}
