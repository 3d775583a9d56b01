/*
 * command.h - runs build/ipcgrade as a user would, and looks at what it says and leaves behind.
 */
#ifndef TESTS_COMMAND_H
#define TESTS_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct answer {
    int status; /* exit status, or 128 + signal */
    char *out, *err;
    size_t out_length, err_length;
    double cpu_seconds; /* of all its processes together */
};

/* One command under way. */
struct asking {
    pid_t pid;
    int out, err; /* unlinked files */
    int minutes;  /* that it may take */
};

/* How to run it. Zero means as the test itself runs. */
struct manner {
    uid_t uid;            /* and gid; needs root */
    const char *out_path; /* standard output goes to this file instead */
    const char *tmpdir;   /* TMPDIR; default: a folder of the test's own, see leftovers() */
    const char *folder;   /* working folder; with it no uid */
    int minutes;          /* that it may take; default: ten */
};

/* Starts `ipcgrade ARGV…` (without the command's name, NULL-terminated). A test fails if it cannot.
 */
struct asking ask_in_background(struct manner manner, const char *const argv[]);
/* Waits for its end; a test fails if that does not come in time. */
struct answer answer_of(struct asking asking);
struct answer ask_as(struct manner manner, const char *const argv[]);
#define ask(...) ask_as((struct manner){0}, (const char *const[]){__VA_ARGS__, NULL})
void answer_free(struct answer *answer);

/* Grades with --format json; the answer's output parsed. A test fails if that is not one JSON
 * object in valid UTF-8 with the schema's name. */
json_t *grade_json(struct answer *answer, const char *assignment, const char *folder);
json_t *parse_json(const struct answer *answer);
/* "" if it is missing or no string. */
const char *json_text(const json_t *object, const char *key);
/* A finding of this rule exists; NULL: any. */
bool has_finding(const json_t *report, const char *rule);

/* True, or prints what was said: exit status 2, nothing on standard output, and on standard error
 * one line `ipcgrade: …` in which `mention` occurs. */
bool is_one_clear_line(const struct answer *answer, const char *mention);

/* What lies in the folder that is TMPDIR for all commands started here. */
int leftovers(void);

/* A new empty folder, below TMPDIR of the test; removed with all it holds at exit.
 * World-accessible. */
const char *scratch_folder(void);
void write_text(const char *folder, const char *name, const char *content);
void write_bytes(const char *folder, const char *name, const void *content, size_t length);

/* Processes that the commands left running, or never waited for: they have become children of the
 * test. */
bool has_escaped_processes(void);
/* For root: the rest of this test has System V objects, POSIX queues and a /dev/shm of its own, as what
 * others do on the machine at the same time must not count. Nothing for an ordinary user. */
void own_host_ipc(void);
/* How many System V objects and entries of /dev/shm there are outside of any box, for root; an ordinary
 * user's own. */
int host_ipc_objects(void);

#endif
