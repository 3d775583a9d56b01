/* run.c - `run`: any command under many schedules; and what `replay` needs to play one of them again. */
#include "cli/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/fs.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "grade.h"
#include "report/report.h"
#include "trial.h"

enum { MOST_INPUT = 1 << 20 };

/* ---- what is to be run ------------------------------------------------------------------------- */

static bool is_program(const char *path)
{
    return fs_is_file(path) && access(path, X_OK) == 0;
}

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* "/home/ada/ipc/bank" is ./bank in the box, which knows no other paths but the system's. */
static const char *below_here(struct arena *arena, const char *folder, const char *program)
{
    size_t n = strlen(folder);
    if (begins(program, folder) && program[n] == '/')
        return arena_printf(arena, "./%s", program + n + 1);
    return program;
}

static void refuse_missing(struct arena *arena, const char *program)
{
    bool system = begins(program, "/usr/") || begins(program, "/bin/");
    if ((begins(program, "/") && !system) || begins(program, "../"))
        die(program, "is not below this folder, which is all of yours that the sandbox holds");
    if (strchr(program, '/')) {
        if (!is_program(program))
            die(program, "%s", access(program, F_OK) ? "no such program" : "is no program");
        return;
    }
    static const char *const path[] = {"/usr/bin", "/bin", NULL}; /* the box's, more or less */
    for (const char *const *p = path; *p; p++)
        if (is_program(fs_join(arena, *p, program)))
            return;
    if (is_program(program))
        die(program, "no such command; did you mean ./%s?", program);
    die(program, "no such command");
}

/* All of it, once, since every schedule is to read the same. A terminal is not asked: what would be typed
 * there nobody knows, and most programs want nothing. */
static void take_input(struct arena *arena, struct command *command)
{
    ssize_t n = 1;
    if (isatty(STDIN_FILENO) || fcntl(STDIN_FILENO, F_GETFD) < 0)
        return;
    char *input = arena_alloc(arena, MOST_INPUT + 1);
    while (n > 0 && command->input_length <= MOST_INPUT) {
        n = read(STDIN_FILENO, input + command->input_length,
                 MOST_INPUT + 1 - command->input_length);
        if (n < 0 && errno != EINTR)
            die_errno("standard input");
        command->input_length += n > 0 ? (size_t)n : 0;
        n = n < 0 ? 1 : n;
    }
    if (command->input_length > MOST_INPUT)
        die("standard input", "more than %d bytes", MOST_INPUT);
    command->input = input;
}

const char *words_typed(struct arena *arena, const char *const *argv)
{
    const char *all = "";
    for (; *argv; argv++) {
        bool plain = **argv && !(*argv)[strcspn(*argv, " \t\n\"'\\$`&|;<>()*?[]#~{}!")];
        all = arena_printf(arena, plain ? "%s%s%s" : "%s%s'%s'", all, *all ? " " : "", *argv);
    }
    return all;
}

struct command command_of(struct arena *arena, char *const *arguments, int count)
{
    char *here = getcwd(NULL, 0);
    if (!here)
        die_errno("this folder");
    struct command command = {.folder = arena_strdup(arena, here)};
    free(here);
    const char **argv = arena_array(arena, const char *, count + 1);
    for (int i = 0; i < count; i++)
        argv[i] = arguments[i];
    command.typed = words_typed(arena, argv);
    argv[0] = below_here(arena, command.folder, argv[0]);
    refuse_missing(arena, argv[0]);
    command.argv = argv;
    take_input(arena, &command);
    return command;
}

/* ---- the verb ---------------------------------------------------------------------------------- */

int verb_run(const struct call *call)
{
    const struct report_format *format = report_find(call->options->format);
    if (!format)
        die(call->options->format, "no such report format; see ipcgrade help run");
    if (!format->commands)
        die(call->options->format, "is a format for the grades of submissions; say term or json");
    struct command command = command_of(call->arena, call->arguments, call->count);
    struct options options = *call->options;
    options.command = &command;
    struct output out = output_open(call->arena, options.output);
    struct report_style style = {.color = output_wants_color(&out, &options),
                                 .quiet = options.quiet};
    struct grade grade;
    const char *why;
    if (!trial_explore(call->arena, &options, call->scratch, &grade, &why))
        die(command.argv[0], "%s", why);
    format->write(out.stream, &grade, 1, &style);
    output_close(&out);
    return grade_exit_status(&grade);
}
