/*
 * main.c - one call: the command line becomes a verb and one const struct of options, which is
 * passed down. The verbs are in cli/; the straight line that grades is grade.c.
 */
#include <string.h>

#include "base/die.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/scratch.h"
#include "cli/verbs.h"
#include "run/registry.h"

#define ARENA_OF_CALL ((size_t)256 << 20)

static void check_usage(const struct verb *verb, const struct command_line *line)
{
    unsigned everywhere = OPTION_QUIET | OPTION_COLOR;
    unsigned foreign = line->given & ~(verb->options | everywhere);
    if (foreign) {
        unsigned lowest = foreign & -foreign;
        die(verb->name, "takes no --%s; see ipcgrade help %s", option_name((enum option_bit)lowest),
            verb->name);
    }
    if (line->argument_count < verb->least)
        die(verb->name, "too few arguments: ipcgrade %s %s", verb->name, verb->synopsis);
    if (line->argument_count > verb->most)
        die(verb->name, "too many arguments: ipcgrade %s %s", verb->name, verb->synopsis);
}

static int run_verb(const struct verb *verb, struct command_line *line)
{
    struct arena *arena = arena_new(ARENA_OF_CALL); /* until the process ends */
    line->options.root = repository_root(arena);
    struct call call = {.arena = arena,
                        .options = &line->options,
                        .scratch = verb->scratch ? scratch_make(arena) : NULL,
                        .arguments = line->arguments,
                        .count = line->argument_count};
    int status = verb->run(&call);
    scratch_remove();
    return status;
}

/* A compiler's arguments are not ours to understand: none is looked at. */
static int run_untouched(const struct verb *verb, int argc, char **argv)
{
    struct call call = {
        .arena = arena_new(ARENA_OF_CALL), .arguments = argv + 2, .count = argc - 2};
    return verb->run(&call);
}

int main(int argc, char **argv)
{
    const struct verb *untouched = argc > 1 ? verb_untouched(argv[1]) : NULL;
    if (untouched)
        return run_untouched(untouched, argc, argv);
    struct command_line line = options_parse(argc, argv);
    if (line.given & OPTION_VERSION) {
        version(stdout);
        output_finish();
        return EXIT_PASSED;
    }
    if (!line.verb && !(line.given & OPTION_HELP)) {
        help_overview(stderr);
        return EXIT_HARNESS;
    }
    const struct verb *verb = line.verb ? verb_find(line.verb) : NULL;
    if (line.given & OPTION_HELP) {
        if (verb)
            help_verb(stdout, verb);
        else
            help_overview(stdout);
        output_finish();
        return EXIT_PASSED;
    }
    check_usage(verb, &line);
    return run_verb(verb, &line);
}
