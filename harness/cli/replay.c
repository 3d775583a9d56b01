/* replay.c - `replay`: one schedule again, point by point. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/die.h"
#include "base/fs.h"
#include "base/terminal.h"
#include "box/box.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/verbs.h"
#include "grade.h"
#include "report/page.h"
#include "report/report.h"
#include "run/command.h"
#include "run/debug.h"
#include "run/registry.h"
#include "run/token.h"
#include "trial.h"

static int page_width(void)
{
    struct winsize size;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        return size.ws_col;
    return 0; /* not a terminal: no columns, which other programs read badly */
}

static void print_findings(struct arena *arena, FILE *to, const struct report_style *style,
                           const struct evidence *e)
{
    struct page page = {to, style->color};
    if (!e->failure_count)
        fputs("This schedule shows nothing wrong.\n", to);
    for (int i = 0; i < e->failure_count; i++) {
        const struct finding *f = &e->failures[i];
        fputc('\n', to);
        page_mark(&page, INK_BAD, f->rule);
        page_wrap(&page, (int)strlen(f->rule), 4, arena_printf(arena, ": %s", f->message));
    }
}

/* ---- gdb ------------------------------------------------------------------------------------- */

/* Standard input is the command's, if there is anything in it; then gdb asks the terminal, if there is one. */
static int gdb_input(const struct options *options)
{
    const struct command *command = options->command;
    return command && command->input_length ? open("/dev/tty", O_RDWR | O_CLOEXEC) : STDIN_FILENO;
}

static void prepare_gdb(struct options *options, struct debug *debug)
{
    if (!options->gdb && options->gdb_commands[0])
        die("--ex", "is for gdb: say --gdb PROCESS as well");
    if (!options->gdb)
        return;
    if (access(GDB, X_OK) != 0)
        die("gdb", "is not installed; `apt-get install gdb` installs it");
    const char *term = getenv("TERM");
    *debug = (struct debug){.process = options->gdb,
                            .commands = options->gdb_commands,
                            .terminal = terminal_lend(),
                            .compiled_in = options->command ? options->command->folder : BOX_WORK,
                            .term = term ? term : "dumb"};
    int inner = debug->terminal ? terminal_inner(debug->terminal) : -1;
    debug->in = debug->terminal ? inner : gdb_input(options);
    debug->out = debug->terminal ? inner : STDOUT_FILENO;
    debug->err = debug->terminal ? inner : STDERR_FILENO;
    options->debug = debug;
}

/* ---- of what ----------------------------------------------------------------------------------- */

static const char *assignment_of(const struct call *call, const char *folder)
{
    const char *assignment = call->options->assignment;
    if (!assignment)
        assignment = assignment_recognise(call->arena, folder);
    if (!assignment)
        die(folder, "which assignment is this? say -a ASSIGNMENT");
    return assignment;
}

static const struct evidence *replay_command(const struct call *call, struct options *options)
{
    const char *why = NULL;
    if (call->count < 2)
        die(call->arguments[0], "of which command? say ipcgrade replay %s -- COMMAND",
            call->arguments[0]);
    struct command *command = arena_alloc(call->arena, sizeof *command);
    *command = command_of(call->arena, call->arguments + 1, call->count - 1);
    options->command = command;
    prepare_gdb(options, arena_alloc(call->arena, sizeof(struct debug)));
    const struct evidence *e = trial_replay(call->arena, options, call->scratch, &why);
    if (!e)
        die(command->argv[0], "%s", why);
    return e;
}

static const struct evidence *replay_scenario(const struct call *call, struct options *options)
{
    const char *folder = call->count > 1 ? call->arguments[1] : ".", *why = NULL;
    if (call->count > 2)
        die("replay", "too many arguments: ipcgrade replay TOKEN [DIR]");
    fs_need_folder(folder);
    struct assignment_set set =
        assignment_load(call->arena, options->root, assignment_of(call, folder), call->scratch);
    prepare_gdb(options, arena_alloc(call->arena, sizeof(struct debug)));
    const struct evidence *e =
        grade_replay(call->arena, options, &set, folder, call->scratch, &why);
    if (!e)
        die(folder, "%s", why);
    return e;
}

/* ---- the verb -------------------------------------------------------------------------------- */

/* A number means a schedule only together with the strategy that chose it. */
static void choose_strategy(const struct call *call, struct options *options)
{
    const char *of_token = options->replay->strategy, *asked = options->strategy;
    if (of_token && asked && strcmp(of_token, asked) != 0)
        die(call->arguments[0], "was found by the strategy %s, not by %s", of_token, asked);
    if (of_token)
        options->strategy = of_token;
}

int verb_replay(const struct call *call)
{
    struct replay replay;
    struct options options = *call->options;
    if (!token_read(call->arena, call->arguments[0], &replay))
        die(call->arguments[0], "not a token; a finding shows one, such as two_consumers@17");
    options.replay = &replay;
    choose_strategy(call, &options);
    bool of_command = strcmp(replay.scenario, COMMAND_SCENARIO) == 0 && !options.assignment;
    const struct evidence *e =
        of_command ? replay_command(call, &options) : replay_scenario(call, &options);
    struct output out = output_open(call->arena, options.output);
    struct report_style style = {.color = output_wants_color(&out, &options)};
    report_trace(out.stream, e, &style, page_width());
    print_findings(call->arena, out.stream, &style, e);
    output_close(&out);
    return e->inconclusive ? EXIT_INCONCLUSIVE : e->failure_count ? EXIT_FINDINGS : EXIT_PASSED;
}
