/* verbs.c - the table of verbs (see verbs.h): a new one is a row here and a function. */
#include "cli/verbs.h"

#include <string.h>

#include "base/die.h"
#include "cli/options.h"

enum {
    GRADING = OPTION_ASSIGNMENT | OPTION_FORMAT | OPTION_OUTPUT | OPTION_SEED | OPTION_SCHEDULES |
              OPTION_STRATEGY | OPTION_JOBS | OPTION_QUIET | OPTION_COLOR
};
enum { MANY = 100000, MOST_VERBS = 32 };
const struct verb verbs[] = {
    {.name = "list",
     .synopsis = "",
     .about = "the assignments",
     .details = "Name, title, number of scenarios and points of each assignment.",
     .examples = "  ipcgrade list\n",
     .scratch = true,
     .run = verb_list},
    {.name = "start",
     .synopsis = "ASSIGNMENT [DIR]",
     .about = "hand out: README, starter files, Makefile",
     .details =
         "Copies the handout and the starter files to DIR (default: a new folder with the\n"
         "assignment's name) and leaves a mark there, by which `check` knows what it looks at.\n"
         "Files that exist are never overwritten.",
     .examples = "  ipcgrade start bounded_buffer             begin in ./bounded_buffer\n"
                 "  ipcgrade start pipeline ~/os/lab3         begin in another folder\n",
     .least = 1,
     .most = 2,
     .scratch = true,
     .run = verb_start},
    {.name = "check",
     .synopsis = "[DIR]",
     .about = "a student's self-check of the work in DIR (default .)",
     .details = "Builds and grades the work in DIR, exactly as `grade` does. The assignment is the "
                "one that\n"
                "`start` left a mark of, or -a.",
     .examples =
         "  ipcgrade check                            the work in this folder\n"
         "  ipcgrade check -a pipeline lab3           work that was not begun with `start`\n"
         "  ipcgrade check --quiet                    only what is wrong\n",
     .options = GRADING,
     .most = 1,
     .scratch = true,
     .run = verb_check},
    {.name = "grade",
     .synopsis = "-a ASSIGNMENT DIR...",
     .about = "score submissions",
     .details =
         "Grades each DIR, a folder of sources, and writes one report. A folder that cannot be "
         "graded\n"
         "is complained about, the others are graded all the same. The exit status is that of the\n"
         "gravest.",
     .examples = "  ipcgrade grade -a bounded_buffer class/ada         one submission\n"
                 "  ipcgrade grade -a pipeline -o out.json -f json class/*  many, for a machine\n"
                 "  ipcgrade grade -a path/to/my_assignment class/ada  an assignment of your own\n",
     .options = GRADING,
     .least = 1,
     .most = MANY,
     .scratch = true,
     .run = verb_grade},
    {.name = "replay",
     .synopsis = "TOKEN [DIR | -- COMMAND...]",
     .about = "run one schedule again, step by step",
     .details =
         "Plays the schedule that TOKEN names with the work in DIR (default .), as often as you "
         "like\n"
         "in the same order, and shows every point of it: who, which call, its result, where.\n"
         "A terminal that is wide enough shows the processes side by side.\n"
         "With --gdb one process runs under gdb: it stops in its main (or where its fork "
         "returns),\n"
         "and goes on in exactly that order; the others wait as long as you look. Commands come\n"
         "from --ex and then from the terminal. If it waits for ever, it is stopped there.",
     .examples =
         "  ipcgrade replay two_consumers@17          the work in this folder\n"
         "  ipcgrade replay -a bounded_buffer crowd@0:28.5 class/ada\n"
         "  ipcgrade replay run@17 -- ./bank 4        of `ipcgrade run -- ./bank 4`\n"
         "  ipcgrade replay --gdb 'consumer#1' two_consumers@17\n"
         "  ipcgrade replay --gdb 'bank#1.2' --ex 'break bank.c:41' --ex continue --ex bt \\\n"
         "                  run@17 -- ./bank 4 < /dev/null   and no more\n",
     .options = OPTION_ASSIGNMENT | OPTION_OUTPUT | OPTION_SEED | OPTION_STRATEGY | OPTION_GDB |
                OPTION_EX | OPTION_COLOR,
     .least = 1,
     .most = MANY,
     .scratch = true,
     .run = verb_replay},
    {.name = "cc",
     .synopsis = "ARGUMENTS...",
     .about = "gcc with the probe: a drop-in compiler",
     .details =
         "Compiles and links as gcc does, with every argument passed on, for `ipcgrade run`. A "
         "program\n"
         "built so also runs by itself, as if it had been built without optimisation.\n"
         "`ipcgrade c++` is the same for g++.",
     .examples = "  ipcgrade cc -pthread -o server server.c   one program\n"
                 "  make CC=\"ipcgrade cc\"                    whatever a Makefile builds\n"
                 "  CC=\"ipcgrade cc\" ./configure && make     or a package\n",
     .most = MANY,
     .untouched = true,
     .run = verb_cc},
    {.name = "c++",
     .synopsis = "ARGUMENTS...",
     .about = "g++ with the probe",
     .details = "See ipcgrade help cc.",
     .examples = "  make CXX=\"ipcgrade c++\"                 whatever a Makefile builds\n",
     .most = MANY,
     .untouched = true,
     .run = verb_cxx},
    {.name = "run",
     .synopsis = "-- COMMAND...",
     .about = "explore any program built with `ipcgrade cc`",
     .details =
         "Runs the command in a sandbox of its own under many interleavings, and reports data "
         "races,\n"
         "deadlocks, what fails on some of them only, and what is left behind. It gets a copy of "
         "this\n"
         "folder to work in and no network. Standard input is read to its end first, and every\n"
         "schedule gets all of it; a terminal is not read. Every schedule also finds the copy as "
         "it\n"
         "was, and an empty /tmp.\n"
         "What it wants to run must be in this folder, or an ordinary command of the system.",
     .examples = "  ipcgrade run -- ./bank 4                  one program, and all that it starts\n"
                 "  ipcgrade run -- sh -c './server & ./client; wait'   several\n"
                 "  ipcgrade run --schedules 1000 -f json -o out.json -- ./bank\n"
                 "  ipcgrade replay run@17 -- ./bank 4        one of its schedules again\n",
     .options = OPTION_FORMAT | OPTION_OUTPUT | OPTION_SEED | OPTION_SCHEDULES | OPTION_STRATEGY |
                OPTION_QUIET | OPTION_COLOR,
     .least = 1,
     .most = MANY,
     .scratch = true,
     .run = verb_run},
    {.name = "explain",
     .synopsis = "[RULE...]",
     .about = "what a finding means, and how such bugs are usually cured",
     .details = "Without RULE: every rule there is, one a line.",
     .examples = "  ipcgrade explain                          all rules\n"
                 "  ipcgrade explain leak-sysv-shm            one of them\n",
     .most = MANY,
     .run = verb_explain},
    {.name = "help",
     .synopsis = "[VERB]",
     .about = "what a verb does, with examples",
     .details = "Without VERB: all of them.",
     .examples = "  ipcgrade help grade\n",
     .most = 1,
     .run = verb_help},
};
const int verb_count = sizeof verbs / sizeof *verbs;

const struct verb *verb_untouched(const char *name)
{
    for (int i = 0; i < verb_count; i++)
        if (verbs[i].untouched && strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

const struct verb *verb_find(const char *name)
{
    const char *names[MOST_VERBS] = {NULL};
    for (int i = 0; i < verb_count; i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
        names[i] = verbs[i].name;
    }
    const char *near = nearest(name, names);
    if (near)
        die(name, "no such verb; did you mean ipcgrade %s?", near);
    die(name, "no such verb; see ipcgrade help");
}
