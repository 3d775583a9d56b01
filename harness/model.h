/*
 * model.h - the nouns that the stages pass on to one another; no functions.
 *
 *     submission -> build -> box -> run (scenario x lens x schedule) -> evidence -> verdict -> score -> report
 *
 * Ownership: everything a noun points to lives in the arena (base/arena.h) that was given to the
 * stage which made it, and is freed with that arena. Strings are NUL-terminated; those that come
 * from a submission (names, output, messages) may hold any byte but NUL and are escaped by the
 * report, never before.
 */
#ifndef IPCGRADE_MODEL_H
#define IPCGRADE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "run/scenario.h" /* struct assignment, scenario, limits, shares, object */

/* ---- how a run can end, what is judged ------------------------------------------------------- */

enum lens { LENS_PLAIN, LENS_SCHEDULES, LENS_MEMORY, LENSES };
enum quality {
    QUALITY_CORRECTNESS,
    QUALITY_RACE_FREEDOM,
    QUALITY_CLEANUP,
    QUALITY_MEMORY,
    QUALITIES
};

enum verdict {
    VERDICT_PASS,
    VERDICT_FINDINGS,
    VERDICT_BUILD_ERROR,
    VERDICT_INCONCLUSIVE,
    VERDICT_HARNESS_ERROR,
    VERDICTS
};

/* ---- assignment ------------------------------------------------------------------------------ */

struct assignment_set {
    const char *name;   /* the folder's name: "bounded_buffer" */
    const char *folder; /* absolute */
    const struct assignment *assignment;
    const struct scenario *const *scenarios; /* in the order of scenarios.c */
    int scenario_count;
};

/* ---- submission and build -------------------------------------------------------------------- */

struct submitted_file {
    const char *path; /* below the submission's folder */
    off_t size;
};

struct submission {
    const char *name;   /* the folder's last part: shown, never trusted */
    const char *folder; /* as given */
    const char *staged; /* private copy that holds only what is taken: sources, data, folders */
    struct submitted_file *files;
    int file_count;
    const char *const *notices; /* "dropped consumer.o: objects are built here" */
    int notice_count;
    char hash[65]; /* SHA-256 over names and contents, hex */
};

struct diagnostic { /* one line of a compiler's or linker's complaint */
    const char *file;
    int line;   /* 0: unknown */
    bool error; /* else a warning */
    const char *message;
};

struct built {
    bool ok;
    const char *folder;  /* host folder (private) with what the run's work folder starts from: the
                           programs */
    const char *sources; /* host folder (private) that holds what they were made of */
    const char *log;     /* all that make and the compilers said, capped */
    const struct diagnostic *diagnostics;
    int diagnostic_count;
    const char *failure; /* why it is not ok, a sentence for the student */
    const char *fault;   /* harness fault, else NULL */
};

/* ---- findings -------------------------------------------------------------------------------- */

struct site {
    const char *file; /* below the submission's folder; NULL: unknown */
    int line;         /* 0: unknown */
    const char *function;
    const char *called_from; /* "get() at buffer.c:63, main() at consumer.c:20"; NULL: unknown */
    const char *process;     /* "consumer#2" */
    const char *access;      /* "write", "semop(4096, sem 1 -1)": what is done there */
    const char *program; /* below the work folder: what the line is compiled into; NULL: unknown */
    const char *source;  /* the line's text; NULL: unknown */
};

enum { MAX_SITES = 8 };

struct finding {
    const char *rule;     /* a name of judge/rules.c */
    const char *scenario; /* NULL: of the build */
    enum lens lens;
    enum quality quality; /* what it costs */
    const char *process;  /* "consumer#2"; NULL: none in particular */
    const char *message;  /* one sentence: what is wrong, with names and numbers */
    const char *expected; /* with `came`: texts worth a diff; else NULL */
    const char *came;
    size_t expected_length; /* bytes, where the text holds NULs; 0: up to the NUL that ends it */
    size_t came_length;
    const char *variable; /* of a data race, as its line names it: "shared->count"; NULL: unknown */
    const char *after;    /* the event it stood after: "started consumer#1" */
    struct site sites[MAX_SITES];
    int site_count;
    int schedules_failed; /* schedules lens */
    const char *replay;   /* token, or NULL */
    bool by_probe;        /* schedules lens: seen by the probe, whatever the scenario expects */
    bool for_review;      /* seen but not scored: for the instructor's eye */
};

/* ---- evidence: what one run of one scenario left --------------------------------------------- */

struct process_record {
    const char *name;    /* "consumer#2" */
    const char *command; /* "./consumer A" */
    pid_t pid;           /* inside the box */
    bool tool;           /* not the student's program */
    bool ended;
    int wait_status; /* as wait(2) gives it, once ended */
    const char *output, *errors;
    size_t output_length, errors_length;
    size_t output_dropped; /* bytes beyond the cap */
    struct site where;     /* an orphan: what it is doing */
};

/* One point of a schedule, for a person to follow. */
struct trace_line {
    unsigned step;
    const char *process, *call, *result;
    const char *file; /* NULL: unknown */
    int line;
};

struct evidence {
    bool complete; /* the driver came to its end: without it the run says nothing (harness fault) */
    const char *fault;   /* why it is not complete */
    bool played_through; /* every expectation of the scenario held */
    struct finding
        *failures; /* at most one of an expectation, then what the run as a whole shows */
    int failure_count;
    const char **events;
    int event_count;
    struct process_record *processes;
    int process_count;
    struct object *left; /* census: existed after the run, not before, not the driver's */
    int left_count;
    struct process_record *orphans; /* alive when all started programs had ended */
    int orphan_count;
    long cpu_ms, wall_ms;
    /* schedules lens: `failures` are those of all schedules, merged */
    int schedules_run, schedules_failed;
    struct trace_line *trace; /* of a replayed schedule */
    int trace_count;
    const char *inconclusive; /* why a clean result proves nothing; else NULL */
};

/* ---- verdict and score ----------------------------------------------------------------------- */

struct scenario_result {
    const struct scenario *scenario;
    enum verdict verdict;
    const char *word; /* "pass", or the rule of the gravest finding, "inconclusive", … */
    bool judged[QUALITIES];
    double points[QUALITIES];     /* earned */
    double max_points[QUALITIES]; /* 0 where not judged */
    int schedules_run, schedules_failed;
    const struct evidence *evidence; /* plain lens */
    const char *fault;               /* harness fault, else NULL */
};

struct grade {
    const struct command *command; /* `run`: no points, no scenarios; NULL: a submission's grade */
    const struct assignment_set *set;
    const struct submission *submission;
    const struct built *built;
    bool schedules_lens; /* was asked for */
    enum verdict verdict;
    struct scenario_result *results;
    int result_count;
    struct finding *findings; /* of the build, then by scenario */
    int finding_count;
    double score, max_score;
    int schedules_run, schedules_failed; /* of a command */
    const char *fault;                   /* harness fault of the whole, else NULL */
};

/* ---- the command line, passed down as one const struct --------------------------------------- */

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* A schedule to be run again: what a token says (run/token.h). */
struct turn_switch { /* at point `step` task number `task` goes on, where it would not without */
    uint32_t step, task;
};
struct replay {
    const char *scenario;
    uint32_t schedule;    /* its number; with `forced`: the list is the whole schedule */
    const char *strategy; /* by which its number was found; NULL: the portfolio */
    bool forced;
    const struct turn_switch *switches;
    int switch_count;
};

/* What `ipcgrade run` is to run: no assignment, no submission. */
struct command {
    const char *const *argv;
    const char *typed;  /* as one would type it */
    const char *folder; /* absolute: where it was called, and its sources probably are */
    const char *input;  /* of standard input; NULL: a silent terminal */
    size_t input_length;
};

/* `replay --gdb`: one process of the schedule under gdb. Descriptors are the host's; -1: /dev/null. */
struct debug {
    const char *process;         /* as reports name it: "consumer#1" */
    const char *const *commands; /* for gdb, ended by NULL */
    struct terminal *terminal;   /* through which gdb talks to the user's; NULL: directly */
    int in, out, err;
    const char *compiled_in; /* the folder by which the programs know their sources, ... */
    const char *sources; /* ... and one of the host's that holds them; NULL: they are in the box */
    const char *term;    /* $TERM */
};

enum { MAX_GDB_COMMANDS = 32 };

struct options {
    const char *root;       /* the repository: assignments/, harness/run/scenario.h */
    const char *assignment; /* -a: a name or a folder; NULL: recognised */
    const char *format;     /* "term", "json", … */
    const char *output;     /* report file; NULL: standard output */
    enum color color;
    bool quiet;
    int jobs;      /* boxes at once; 0: one a core */
    int schedules; /* of each scenario; 0: the scenario's own number, or SCHEDULES_BY_DEFAULT */
    bool plain_only;
    const char *strategy; /* a name of probe/host/strategies.h; NULL: the portfolio */
    uint64_t seed;
    const struct command *command; /* `run`; NULL: an assignment's scenarios */
    const struct replay *replay;   /* this schedule alone, and its trace; NULL: explore */
    const struct debug *debug;     /* of a replay; NULL: without gdb */
    const char *gdb;               /* --gdb: a process's name */
    const char *gdb_commands[MAX_GDB_COMMANDS + 1]; /* --ex, each */
};

#endif
