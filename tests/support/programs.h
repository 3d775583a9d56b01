/*
 * programs.h - programs that a test writes, builds with `ipcgrade cc` and puts under `ipcgrade run`.
 */
#ifndef TESTS_PROGRAMS_H
#define TESTS_PROGRAMS_H

#include <limits.h>

#include "tests/support/command.h"

extern char here[PATH_MAX]; /* the folder of the test's programs; after programs_begin() */
void programs_begin(void);

#define SAY(...)     ask_as((struct manner){.folder = here}, (const char *const[]){__VA_ARGS__, NULL})
#define RUN(...)     SAY("run", "--schedules", "20", "-f", "json", "--", __VA_ARGS__)
#define COMPILE(...) assert_quiet(SAY("cc", __VA_ARGS__))

#define HEADERS                                                           \
    "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"      \
    "#include <sys/mman.h>\n#include <sys/msg.h>\n#include <sys/shm.h>\n" \
    "#include <sys/wait.h>\n#include <unistd.h>\n"
/* Two processes count, one after the other. `read`: reads a line, 7 if there is none; `fail`: ends with 3. */
extern const char right_program[];

/* A line for the shell, which must end well. */
void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Exit status 0, and not a word. */
void assert_quiet(struct answer answer);
/* The report, if these were the exit status and the verdict. The caller decrefs it. */
json_t *report_of(struct answer answer, int status, const char *verdict);
void assert_passes(struct answer answer);
/* Of its first finding. */
const char *message_of(const json_t *report);
/* A group's teardown: no process of the harness is left. */
int check_leftovers(void **state);

#endif
