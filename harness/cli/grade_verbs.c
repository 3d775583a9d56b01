/* grade_verbs.c - `grade` and `check`: from folders on the command line to one report. */
#include "base/die.h"
#include "base/fs.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "grade.h"
#include "report/report.h"
#include "run/registry.h"

/* Reserved, not used: a submission's evidence is bounded by its limits, far below this. */
#define ARENA_OF_ONE ((size_t)1 << 30)

static const struct report_format *format_of(const struct options *options)
{
    const struct report_format *format = report_find(options->format);
    if (!format)
        die(options->format, "no such report format; see ipcgrade help grade");
    return format;
}

/* Grades every folder, whatever becomes of the others. Those that cannot be graded are complained
 * about, and have their place in the report among the others. */
static int grade_each(const struct call *call, const struct assignment_set *set,
                      struct grade *grades)
{
    int status = EXIT_PASSED;
    for (int i = 0; i < call->count; i++) {
        const char *why = NULL;
        struct arena *arena = arena_new(ARENA_OF_ONE); /* lives until the report is written */
        if (!grade_submission(arena, call->options, set, call->arguments[i], call->scratch,
                              &grades[i], &why))
            complain(call->arguments[i], "%s", why);
        status = graver_status(status, grade_exit_status(&grades[i]));
    }
    return status;
}

static int grade_and_report(const struct call *call, const char *assignment)
{
    const struct report_format *format = format_of(call->options);
    if (call->options->strategy && call->options->plain_only)
        die("--strategy", "chooses schedules, and --schedules 0 wants none");
    struct assignment_set set =
        assignment_load(call->arena, call->options->root, assignment, call->scratch);
    struct output out = output_open(call->arena, call->options->output);
    struct report_style style = {.color = output_wants_color(&out, call->options),
                                 .quiet = call->options->quiet};
    struct grade *grades = arena_array(call->arena, struct grade, call->count);

    int status = grade_each(call, &set, grades);
    bool nothing_to_report = call->count == 1 && grades[0].fault;
    if (nothing_to_report) /* the complaint has said it, and an old report is better than none */
        return status;
    format->write(out.stream, grades, call->count, &style);
    output_close(&out);
    return status;
}

int verb_grade(const struct call *call)
{
    if (!call->options->assignment)
        die("grade", "which assignment? say -a ASSIGNMENT; see ipcgrade list");
    return grade_and_report(call, call->options->assignment);
}

int verb_check(const struct call *call)
{
    char *here[] = {(char *)".", NULL};
    struct call of = *call;
    if (of.count == 0) {
        of.arguments = here;
        of.count = 1;
    }
    const char *folder = of.arguments[0], *assignment = call->options->assignment;
    fs_need_folder(folder);
    if (!assignment)
        assignment = assignment_recognise(call->arena, folder);
    if (!assignment)
        die(folder,
            "which assignment is this? no %s in it, which ipcgrade start leaves; say -a "
            "ASSIGNMENT",
            ASSIGNMENT_MARK);
    return grade_and_report(&of, assignment);
}
