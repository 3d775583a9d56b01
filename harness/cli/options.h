/*
 * options.h - the command line: parsed once, passed down as a const struct.
 */
#ifndef IPCGRADE_OPTIONS_H
#define IPCGRADE_OPTIONS_H

#include <stdio.h>

#include "model.h"

/* Which options a verb understands, as a set. */
enum option_bit {
    OPTION_ASSIGNMENT = 1 << 0,
    OPTION_FORMAT = 1 << 1,
    OPTION_OUTPUT = 1 << 2,
    OPTION_SEED = 1 << 3,
    OPTION_SCHEDULES = 1 << 4,
    OPTION_JOBS = 1 << 5,
    OPTION_QUIET = 1 << 6,
    OPTION_COLOR = 1 << 7,
    OPTION_HELP = 1 << 8,
    OPTION_VERSION = 1 << 9,
    OPTION_STRATEGY = 1 << 10,
    OPTION_GDB = 1 << 11,
    OPTION_EX = 1 << 12
};

struct command_line {
    struct options options;
    unsigned given;   /* set of option_bit */
    const char *verb; /* NULL: none */
    char **arguments; /* what follows the verb */
    int argument_count;
};

/* Dies with one line and a hint if an option is unknown, lacks its argument or has a bad one.
 * Options may stand anywhere; `--` ends them. */
struct command_line options_parse(int argc, char **argv);
/* "--seed": the long name of one option. */
const char *option_name(enum option_bit bit);
/* Writes a line for each option of the set. */
void options_describe(FILE *to, unsigned set);

/* The candidate that `word` was most likely meant to be; NULL if none is near. */
const char *nearest(const char *word, const char *const *candidates);

#endif
