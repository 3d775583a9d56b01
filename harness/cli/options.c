/* options.c - the command line (see options.h). */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "probe/host/strategies.h"
#include "report/report.h"

enum { OPTIONS = 13, NO_LETTER = 256, MOST_JOBS = 256, MOST_SCHEDULES = 1000000 };

static const struct described {
    enum option_bit bit;
    int letter; /* short name; NO_LETTER and above: none */
    const char *name;
    const char *argument; /* its name in the help; NULL: takes none */
    const char *about;
} described[OPTIONS] = {
    {OPTION_ASSIGNMENT, 'a', "assignment", "ASSIGNMENT",
     "its name (see list), or a folder that holds scenarios.c"},
    {OPTION_FORMAT, 'f', "format", "FORMAT", "of the report:"},
    {OPTION_OUTPUT, 'o', "output", "FILE", "write the report to FILE, whole or not at all"},
    {OPTION_SEED, NO_LETTER, "seed", "N",
     "start all chance from N instead of the assignment's seed"},
    {OPTION_SCHEDULES, NO_LETTER + 1, "schedules", "N",
     "interleavings that are tried of each scenario (default: 200); 0: none, and no word on races"},
    {OPTION_STRATEGY, NO_LETTER + 3, "strategy", "NAME",
     "how they are chosen (default: portfolio, all in turn):"},
    {OPTION_GDB, NO_LETTER + 4, "gdb", "PROCESS", "look at this process (consumer#1) under gdb"},
    {OPTION_EX, NO_LETTER + 5, "ex", "COMMAND", "with --gdb: a command for gdb; may be repeated"},
    {OPTION_JOBS, 'j', "jobs", "N", "boxes at once (default: one a core)"},
    {OPTION_QUIET, 'q', "quiet", NULL, "show only what is wrong, and no progress"},
    {OPTION_COLOR, NO_LETTER + 2, "color", "WHEN",
     "auto (default), always or never; NO_COLOR is heeded"},
    {OPTION_HELP, 'h', "help", NULL, "what a verb does, with examples"},
    {OPTION_VERSION, 'V', "version", NULL, "which ipcgrade this is"},
};

const char *option_name(enum option_bit bit)
{
    for (int i = 0; i < OPTIONS; i++)
        if (described[i].bit == bit)
            return described[i].name;
    return "";
}

void options_describe(FILE *to, unsigned set)
{
    for (const struct described *d = described; d < described + OPTIONS; d++) {
        char name[64];
        if (!(set & d->bit))
            continue;
        int n = d->letter < NO_LETTER ? snprintf(name, sizeof name, "-%c, ", d->letter)
                                      : snprintf(name, sizeof name, "    ");
        snprintf(name + n, sizeof name - (size_t)n, "--%s%s%s", d->name, d->argument ? " " : "",
                 d->argument ? d->argument : "");
        fprintf(to, "  %-29s %s\n", name, d->about);
        if (d->bit == OPTION_FORMAT)
            report_list(to);
        if (d->bit == OPTION_STRATEGY)
            fprintf(to, "%33s%s\n", "", strategy_list());
    }
}

/* ---- words that nearly fit ------------------------------------------------------------------- */

enum { LONGEST = 40 };

static int least(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein's distance, a row at a time. */
static int distance(const char *a, const char *b)
{
    int row[LONGEST + 1], n = (int)strlen(b);
    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, change);
        }
    }
    return row[n];
}

const char *nearest(const char *word, const char *const *candidates)
{
    const char *best = NULL;
    int least_so_far = 3; /* two slips at most, and never more than half of the word */
    if (strlen(word) > LONGEST)
        return NULL;
    for (; *candidates; candidates++) {
        int d = strlen(*candidates) > LONGEST ? LONGEST : distance(word, *candidates);
        if (d < least_so_far && 2 * d <= (int)strlen(word)) {
            least_so_far = d;
            best = *candidates;
        }
    }
    return best;
}

/* ---- parsing --------------------------------------------------------------------------------- */

static uint64_t bounded(const char *option, const char *text, uint64_t from, uint64_t to)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 0);
    bool digits = *text >= '0' && *text <= '9';
    if (!digits || *end || errno || value < from || value > to)
        die(text, "%s takes a number from %llu to %llu", option, (unsigned long long)from,
            (unsigned long long)to);
    return value;
}

static enum color color_of(const char *when)
{
    static const char *const names[] = {
        [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(when, names[i]) == 0)
            return (enum color)i;
    die(when, "--color takes auto, always or never");
}

static const char *known_strategy(const char *name)
{
    if (strategy_named(name) < 0)
        die(name, "no such strategy; there are %s", strategy_list());
    return name;
}

static void add_gdb_command(struct options *o, const char *command)
{
    int n = 0;
    while (o->gdb_commands[n])
        n++;
    if (n == MAX_GDB_COMMANDS)
        die(command, "--ex may be given %d times", MAX_GDB_COMMANDS);
    o->gdb_commands[n] = command;
}

static void set_option(struct options *o, enum option_bit bit, const char *argument)
{
    switch (bit) {
    case OPTION_ASSIGNMENT:
        o->assignment = argument;
        break;
    case OPTION_FORMAT:
        o->format = argument;
        break;
    case OPTION_OUTPUT:
        o->output = argument;
        break;
    case OPTION_SEED:
        o->seed = bounded("--seed", argument, 0, UINT64_MAX);
        break;
    case OPTION_SCHEDULES:
        o->schedules = (int)bounded("--schedules", argument, 0, MOST_SCHEDULES);
        o->plain_only = o->schedules == 0;
        break;
    case OPTION_JOBS:
        o->jobs = (int)bounded("--jobs", argument, 1, MOST_JOBS);
        break;
    case OPTION_QUIET:
        o->quiet = true;
        break;
    case OPTION_COLOR:
        o->color = color_of(argument);
        break;
    case OPTION_STRATEGY:
        o->strategy = known_strategy(argument);
        break;
    case OPTION_GDB:
        o->gdb = argument;
        break;
    case OPTION_EX:
        add_gdb_command(o, argument);
        break;
    case OPTION_HELP:
    case OPTION_VERSION:
        break; /* being given is all there is to them */
    }
}

static void tables(struct option longs[OPTIONS + 1], char shorts[2 * OPTIONS + 2])
{
    *shorts++ = ':'; /* a missing argument is told apart from an unknown option */
    for (int i = 0; i < OPTIONS; i++) {
        const struct described *d = &described[i];
        longs[i] = (struct option){.name = d->name,
                                   .has_arg = d->argument ? required_argument : no_argument,
                                   .val = d->letter};
        if (d->letter < NO_LETTER) {
            *shorts++ = (char)d->letter;
            if (d->argument)
                *shorts++ = ':';
        }
    }
    longs[OPTIONS] = (struct option){0};
    *shorts = '\0';
}

static _Noreturn void die_unknown(const char *word)
{
    const char *names[OPTIONS + 1] = {NULL}, *near = NULL;
    for (int i = 0; i < OPTIONS; i++)
        names[i] = described[i].name;
    if (strncmp(word, "--", 2) == 0)
        near = nearest(word + 2, names);
    if (near)
        die(word, "no such option; did you mean --%s?", near);
    die(word, "no such option; see ipcgrade help");
}

struct command_line options_parse(int argc, char **argv)
{
    struct command_line line = {.options = {.format = "term"}};
    struct option longs[OPTIONS + 1];
    char shorts[2 * OPTIONS + 2];
    tables(longs, shorts);
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        const char *word = argv[optind - 1];
        const char one[] = {'-', (char)optopt, '\0'};
        bool is_short = optopt > 0 && optopt < 256;
        if (letter == ':')
            die(is_short ? one : word, "needs an argument; see ipcgrade help");
        if (letter == '?')
            die_unknown(is_short && strncmp(word, "--", 2) != 0 ? one : word);
        for (int i = 0; i < OPTIONS; i++)
            if (described[i].letter == letter) {
                line.given |= described[i].bit;
                set_option(&line.options, described[i].bit, optarg);
            }
    }
    line.verb = argv[optind];
    line.arguments = argv + optind + (line.verb != NULL);
    line.argument_count = argc - optind - (line.verb != NULL);
    return line;
}
