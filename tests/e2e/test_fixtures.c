/*
 * test_fixtures.c - grades every submission whose faults are known, on all lenses together, and compares what
 * the command says with the table in fixtures/expected.c: no listed finding may be missing, and none may be
 * there that is not listed. Also: every folder has a row and every row a folder, every starter builds, an assignment's
 * points add up to 100.
 *
 * All gradings are done first, several at a time; then each row is a test of its own.
 * FIXTURES=bounded_buffer/spin in the environment grades only rows whose path holds this text.
 */
#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "fixtures/expected.h"
#include "judge/verdict.h"
#include "run/registry.h"
#include "tests/support/command.h"

/* Of each scenario, where the row does not ask for more: the unlucky one, the simplest, and one of each kind. */
enum { SCHEDULES = 6 };

struct grading { /* one run of the command */
    const char *assignment;
    char *path;                 /* of the submission */
    const struct expected *row; /* NULL: a starter */
    FILE *report;
    pid_t pid;
    int status; /* exit status; -1: ended by a signal */
    json_t *json;
};

static struct grading *gradings;
static int grading_count;
static char **assignments;
static int assignment_count;

static char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *print(const char *format, ...)
{
    char *printed;
    va_list args;

    va_start(args, format);
    if (vasprintf(&printed, format, args) < 0)
        abort();
    va_end(args);
    return printed;
}

/* An array of `count` elements with room for one more. */
static void *grown(void *array, int count, size_t element)
{
    void *larger = realloc(array, (size_t)(count + 1) * element);

    if (!larger)
        abort();
    return larger;
}

/* ---- what is to be graded ----------------------------------------------------------------------- */

static bool is_wanted(const char *path)
{
    const char *only = getenv("FIXTURES");
    return !only || strstr(path, only);
}

static void add_grading(const char *assignment, char *path, const struct expected *row)
{
    if (!is_wanted(path)) {
        free(path);
        return;
    }
    gradings = grown(gradings, grading_count, sizeof *gradings);
    gradings[grading_count++] =
        (struct grading){.assignment = assignment, .path = path, .row = row};
}

static char *path_of(const struct expected *row)
{
    return row->folder ? print("fixtures/%s/%s", row->assignment, row->folder)
                       : print("reference/%s", row->assignment);
}

/* Calls `found` for each folder below `parent`. False: there is no `parent`. */
static bool each_folder(const char *parent, void (*found)(const char *parent, const char *name))
{
    DIR *folder = opendir(parent);
    struct dirent *entry;

    if (!folder)
        return false;
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.' && entry->d_type == DT_DIR)
            found(parent, entry->d_name);
    closedir(folder);
    return true;
}

static void add_assignment(const char *parent, const char *name)
{
    (void)parent;
    assignments = grown(assignments, assignment_count, sizeof *assignments);
    assignments[assignment_count++] = print("%s", name);
}

static void list_gradings(void)
{
    each_folder("assignments", add_assignment);
    for (int i = 0; i < expected_count; i++)
        add_grading(expected[i].assignment, path_of(&expected[i]), &expected[i]);
    for (int i = 0; i < assignment_count; i++)
        add_grading(assignments[i], print("assignments/%s/starter", assignments[i]), NULL);
}

/* ---- grading, several at a time ------------------------------------------------------------------ */

/* A starter is only built. */
static int schedules_of(const struct grading *g)
{
    return !g->row ? 0 : g->row->schedules ? g->row->schedules : SCHEDULES;
}

static void begin(struct grading *g)
{
    const char *build = getenv("BUILD");
    char *command = print("%s/ipcgrade", build ? build : "build");
    char *schedules = print("%d", schedules_of(g));

    g->report = tmpfile();
    assert_non_null(g->report);
    g->pid = fork();
    assert_true(g->pid >= 0);
    if (g->pid == 0) {
        dup2(fileno(g->report), STDOUT_FILENO);
        execl(command, command, "grade", "-a", g->assignment, "--schedules", schedules, "--format",
              "json", "--jobs", "1", "--quiet", g->path, (char *)NULL);
        perror(command);
        _exit(127);
    }
    free(schedules);
    free(command);
}

static void end(pid_t pid, int status)
{
    for (int i = 0; i < grading_count; i++) {
        struct grading *g = &gradings[i];
        json_error_t error;

        if (g->pid != pid)
            continue;
        g->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        rewind(g->report);
        g->json = json_loadf(g->report, 0, &error);
        fclose(g->report);
    }
}

/* One more at a time than there are cores: a program that sleeps must not keep a core idle. */
static int most_at_a_time(void)
{
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) + 1 : 2;
}

static int grade_all(void **state)
{
    int running = 0, next = 0, status;

    (void)state;
    while (next < grading_count || running > 0) {
        for (; next < grading_count && running < most_at_a_time(); running++)
            begin(&gradings[next++]);
        pid_t pid = wait(&status);
        assert_true(pid > 0);
        end(pid, status);
        running--;
    }
    return 0;
}

/* ---- one row ------------------------------------------------------------------------------------- */

static const char *string_of(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static bool site_matches(const json_t *site, const struct expected_finding *pattern)
{
    int line = (int)json_integer_value(json_object_get(site, "line"));
    return strcmp(string_of(site, "file"), pattern->file) == 0 &&
           (pattern->line == 0 || abs(line - pattern->line) <= 2);
}

static bool place_matches(const json_t *finding, const struct expected_finding *pattern)
{
    size_t i;
    json_t *site;

    if (!pattern->file)
        return true;
    json_array_foreach(json_object_get(finding, "sites"), i,
                       site) if (site_matches(site, pattern)) return true;
    return false;
}

static bool matches(const json_t *finding, const struct expected_finding *pattern)
{
    return strcmp(string_of(finding, "rule"), pattern->rule) == 0 &&
           strcmp(string_of(finding, "lens"), lens_names[pattern->lens]) == 0 &&
           (!pattern->scenario || strcmp(string_of(finding, "scenario"), pattern->scenario) == 0) &&
           place_matches(finding, pattern);
}

static int count_patterns(const struct expected *row)
{
    int n = 0;
    while (n < MAX_EXPECTED_FINDINGS && row->findings[n].rule)
        n++;
    return n;
}

/* How many findings no pattern matches; each is shown. */
static int count_extra(const struct expected *row, const json_t *findings)
{
    int extra = 0;
    size_t i;
    json_t *finding;

    json_array_foreach(findings, i, finding)
    {
        int pattern = 0, patterns = count_patterns(row);

        while (pattern < patterns && !matches(finding, &row->findings[pattern]))
            pattern++;
        if (pattern < patterns)
            continue;
        char *dump = json_dumps(finding, JSON_INDENT(2));
        print_error("not in the table: %s\n", dump);
        free(dump);
        extra++;
    }
    return extra;
}

/* Its lens does not exist yet. */
static bool is_waiting(const struct expected_finding *pattern)
{
    return pattern->lens == LENS_MEMORY && !quality_is_judged(QUALITY_MEMORY, true);
}

/* Nothing of what is wrong can be seen yet. */
static bool row_is_waiting(const struct expected *row)
{
    int waiting = 0;
    for (int p = 0; p < count_patterns(row); p++)
        waiting += is_waiting(&row->findings[p]);
    return waiting > 0 && waiting == count_patterns(row);
}

static bool is_found(const struct expected_finding *pattern, const json_t *findings)
{
    size_t i;
    json_t *finding;

    json_array_foreach(findings, i, finding) if (matches(finding, pattern)) return true;
    return false;
}

/* How many patterns no finding matches; each is shown. */
static int count_missing(const struct expected *row, const json_t *findings)
{
    int missing = 0;

    for (int p = 0; p < count_patterns(row); p++) {
        const struct expected_finding *pattern = &row->findings[p];

        if (pattern->maybe || is_waiting(pattern) || is_found(pattern, findings))
            continue;
        print_error("missing: %s by the lens %s in scenario %s at %s:%d\n", pattern->rule,
                    lens_names[pattern->lens], pattern->scenario ? pattern->scenario : "(any)",
                    pattern->file ? pattern->file : "(anywhere)", pattern->line);
        missing++;
    }
    return missing;
}

static double points_of(const struct grading *g, const char *name)
{
    return json_number_value(json_object_get(g->json, name));
}

static void assert_score(const struct grading *g, enum verdict verdict)
{
    double score = points_of(g, "score"), most = points_of(g, "max_score");

    if (g->row->scores_nothing && score > 0)
        fail_msg("%s scores %g of %g; it must score nothing", g->path, score, most);
    if (verdict == VERDICT_PASS && (fabs(score - most) > 0.001 || most <= 0))
        fail_msg("%s scores %g of %g; it must have full marks", g->path, score, most);
    assert_int_equal(g->status, verdict == VERDICT_PASS ? 0 : 1);
}

static void assert_graded(const struct grading *g)
{
    if (!g->json)
        fail_msg("ipcgrade grade %s gave no JSON; exit status %d", g->path, g->status);
}

static void row_holds(void **state)
{
    const struct grading *g = *state;
    const struct expected *row = g->row;
    enum verdict verdict = row_is_waiting(row) ? VERDICT_PASS : row->verdict;
    const json_t *findings;

    assert_graded(g);
    findings = json_object_get(g->json, "findings");
    int extra = count_extra(row, findings);
    int missing = count_missing(row, findings);
    if (extra || missing)
        fail_msg("%s: %d finding(s) not in the table, %d missing", g->path, extra, missing);
    assert_string_equal(string_of(g->json, "verdict"), verdict_names[verdict]);
    assert_score(g, verdict);
}

static void starter_builds(void **state)
{
    const struct grading *g = *state;

    assert_graded(g);
    assert_string_equal(string_of(g->json, "verdict"), verdict_names[VERDICT_FINDINGS]);
}

/* ---- the table as a whole ------------------------------------------------------------------------ */

static int strays;

static const struct expected *row_of(const char *path, const struct expected *other_than)
{
    const struct expected *found = NULL;

    for (int i = 0; i < expected_count && !found; i++) {
        char *row_path = path_of(&expected[i]);
        if (&expected[i] != other_than && strcmp(path, row_path) == 0)
            found = &expected[i];
        free(row_path);
    }
    return found;
}

static void look_for_row(const char *parent, const char *name)
{
    char *path = print("%s/%s", parent, name);

    if (!row_of(path, NULL)) {
        print_error("%s has no row in fixtures/expected.c\n", path);
        strays++;
    }
    free(path);
}

static void look_for_rows_below(const char *parent, const char *assignment)
{
    char *path = print("%s/%s", parent, assignment);
    each_folder(path, look_for_row);
    free(path);
}

static void every_folder_has_a_row(void **state)
{
    (void)state;
    strays = 0;
    assert_true(each_folder("fixtures", look_for_rows_below));
    assert_true(each_folder("reference", look_for_row));
    assert_int_equal(strays, 0);
}

static void every_row_has_a_folder(void **state)
{
    int wrong = 0;

    (void)state;
    for (int i = 0; i < expected_count; i++) {
        char *path = path_of(&expected[i]);
        struct stat status;

        if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
            print_error("%s has a row in fixtures/expected.c, but is no folder\n", path);
            wrong++;
        }
        if (row_of(path, &expected[i])) {
            print_error("%s has two rows in fixtures/expected.c\n", path);
            wrong++;
        }
        free(path);
    }
    assert_int_equal(wrong, 0);
}

static bool is_race_or_block(const struct expected_finding *pattern)
{
    static const char *const rules[] = {"data-race",   "deadlock",          "livelock",
                                        "lost-wakeup", "orphaned-blocking", "pipe-end-open"};

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(pattern->rule, rules[i]) == 0)
            return true;
    return false;
}

/* Of what races or blocks, something is said with its line. */
static bool names_its_lines(const struct expected *row)
{
    bool any = false, lines = false;

    for (int p = 0; p < count_patterns(row); p++) {
        any |= is_race_or_block(&row->findings[p]);
        lines |= is_race_or_block(&row->findings[p]) && row->findings[p].line;
    }
    return lines || !any;
}

/* Nothing is waived but what a lens will see, and that is said. */
static void rows_make_sense(void **state)
{
    int waiting = 0, wrong = 0;

    (void)state;
    for (int i = 0; i < expected_count; i++) {
        const struct expected *row = &expected[i];

        /* a row that fails says at least one thing that is certain */
        assert_true((row->verdict == VERDICT_PASS) == (count_patterns(row) == 0));
        assert_false(row->findings[0].maybe);
        if (!names_its_lines(row)) {
            print_error("%s/%s races or blocks, at a line that is not said\n", row->assignment,
                        row->folder);
            wrong++;
        }
        waiting += row_is_waiting(row);
    }
    print_message("%d rows wait for the lens %s\n", waiting, lens_names[LENS_MEMORY]);
    assert_int_equal(wrong, 0);
}

static void points_add_up_to_100(void **state)
{
    cleanup_arena struct arena *arena = arena_new((size_t)64 << 20);
    const char *scratch = scratch_folder();

    (void)state;
    for (int i = 0; i < assignment_count; i++) {
        struct assignment_set set = assignment_load(arena, ".", assignments[i], scratch);
        unsigned points = 0;

        for (int s = 0; s < set.scenario_count; s++)
            points += set.scenarios[s]->points;
        if (points != 100)
            fail_msg("the scenarios of %s are worth %u points together", assignments[i], points);
    }
}

/* ---- the tests ----------------------------------------------------------------------------------- */

int main(void)
{
    const struct CMUnitTest of_the_table[] = {
        cmocka_unit_test(every_folder_has_a_row),
        cmocka_unit_test(every_row_has_a_folder),
        cmocka_unit_test(rows_make_sense),
        cmocka_unit_test(points_add_up_to_100),
    };
    struct CMUnitTest *of_rows;
    int failed;

    list_gradings();
    of_rows = calloc((size_t)grading_count, sizeof *of_rows);
    for (int i = 0; i < grading_count; i++)
        of_rows[i] = (struct CMUnitTest){.name = gradings[i].path,
                                         .test_func = gradings[i].row ? row_holds : starter_builds,
                                         .initial_state = &gradings[i]};
    failed = cmocka_run_group_tests_name("the fixture table", of_the_table, NULL, NULL);
    failed += _cmocka_run_group_tests("fixtures", of_rows, (size_t)grading_count, grade_all, NULL);
    for (int i = 0; i < grading_count; i++) {
        json_decref(gradings[i].json);
        free(gradings[i].path);
    }
    free(of_rows);
    free(gradings);
    return failed != 0;
}
