/*
 * verbs.h - what ipcgrade can be told to do. A verb is a row of the table in verbs.c and one
 * function.
 */
#ifndef IPCGRADE_VERBS_H
#define IPCGRADE_VERBS_H

#include <stdio.h>

#include "base/arena.h"
#include "model.h"

/* One call of a verb. */
struct call {
    struct arena *arena;
    const struct options *options;
    const char *scratch; /* private folder; NULL for a verb that needs none */
    char *const *arguments;
    int count;
};

struct verb {
    const char *name;
    const char *synopsis; /* its arguments */
    const char *about;    /* one line */
    const char *details;  /* for its --help */
    const char *examples; /* lines of a command and what it is for */
    unsigned options;     /* set of option_bit that it understands */
    int least, most;      /* arguments */
    bool scratch;         /* needs the private folder */
    bool untouched;       /* its arguments are not looked at: they are another program's */
    int (*run)(const struct call *call); /* returns the exit status */
};

extern const struct verb verbs[];
extern const int verb_count;

int verb_list(const struct call *call);
int verb_start(const struct call *call);
int verb_check(const struct call *call);
int verb_grade(const struct call *call);
int verb_replay(const struct call *call);
int verb_cc(const struct call *call);
int verb_cxx(const struct call *call);
int verb_run(const struct call *call);
int verb_explain(const struct call *call);
int verb_help(const struct call *call);

const struct verb *verb_untouched(const char *name); /* NULL: it is none of those */
const struct verb *verb_find(const char *name);      /* dies with a hint if there is none */
void help_overview(FILE *to);
void help_verb(FILE *to, const struct verb *verb);
void version(FILE *to);

#endif
