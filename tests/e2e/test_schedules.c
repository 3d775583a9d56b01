/*
 * test_schedules.c - the schedules lens: the same is said each time, and a token shows it again. What it finds in
 * submissions, and what it must not: see test_fixtures.c.
 */
#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/command.h"

static struct answer explored(const char *assignment, const char *folder, const char *schedules)
{
    return ask("grade", "-a", assignment, "--schedules", schedules, "--format", "json", folder);
}

static char *token_of_first_race(const char *folder)
{
    struct answer answer = explored("bounded_buffer", folder, "10");
    json_t *report = parse_json(&answer);
    char *token = NULL;
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(report, "findings"), i,
                       finding) if (!token && strcmp(json_text(finding, "rule"), "data-race") == 0)
        token = strdup(json_text(finding, "replay"));
    json_decref(report);
    answer_free(&answer);
    return token;
}

static void a_token_shows_it_again(void **state)
{
    (void)state;
    const char *folder = "fixtures/bounded_buffer/counter_outside_lock";
    char *token = token_of_first_race(folder);
    assert_non_null(token);
    struct answer first = ask("replay", "-a", "bounded_buffer", token, folder);
    assert_int_equal(first.status, 1);
    assert_non_null(strstr(first.out, "data-race"));
    assert_non_null(strstr(first.out, "common.c:97"));
    for (int i = 0; i < 3; i++) {
        struct answer again = ask("replay", "-a", "bounded_buffer", token, folder);
        assert_string_equal(again.out, first.out);
        answer_free(&again);
    }
    answer_free(&first);
    free(token);
}

static void what_is_no_token_is_told_so(void **state)
{
    (void)state;
    const char *const bad[] = {"crowd",     "@3",           "crowd@", "crowd@x",
                               "crowd@0:1", "crowd@0:1.2,", NULL};
    for (int i = 0; bad[i]; i++) {
        struct answer answer =
            ask("replay", "-a", "bounded_buffer", bad[i], "reference/bounded_buffer");
        assert_true(is_one_clear_line(&answer, "not a token"));
        answer_free(&answer);
    }
    struct answer answer =
        ask("replay", "-a", "bounded_buffer", "no_such@1", "reference/bounded_buffer");
    assert_true(is_one_clear_line(&answer, "no scenario no_such"));
    answer_free(&answer);
}

/* Every hostile submission on this lens: an answer, and nothing left on the host. */
static void hostile_submissions_are_survived(void **state)
{
    (void)state;
    DIR *all = opendir("tests/hostile");
    assert_non_null(all);
    own_host_ipc();
    int before = host_ipc_objects(), tried = 0;
    for (struct dirent *e; (e = readdir(all)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        char folder[300];
        snprintf(folder, sizeof folder, "tests/hostile/%s", e->d_name);
        struct answer answer = explored("tests/assignments/contained", folder, "1");
        json_t *report = parse_json(&answer);
        const char *verdict = json_text(report, "verdict");
        if (answer.status == 2 || strcmp(verdict, "harness_error") == 0)
            print_error("%s: %s\n%.2000s\n", folder, verdict, answer.out);
        assert_int_not_equal(answer.status, 2);
        assert_string_not_equal(verdict, "harness_error");
        assert_false(has_escaped_processes());
        assert_int_equal(host_ipc_objects(), before);
        json_decref(report);
        answer_free(&answer);
        tried++;
    }
    closedir(all);
    assert_true(tried > 10);
}

static json_t *first_finding(const json_t *report)
{
    return json_array_get(json_object_get(report, "findings"), 0);
}

/* It builds as handed in. That it does not with the probe earns nothing, and costs nothing. */
static void what_does_not_build_with_the_probe_is_not_judged(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    char command[PATH_MAX + 200];
    snprintf(command, sizeof command,
             "cp -r reference/bounded_buffer/* '%s' && cd '%s' && "
             "printf '#ifdef __SANITIZE_THREAD__\\n#error not so\\n#endif\\n' >> common.c",
             folder, folder);
    assert_int_equal(system(command), 0);
    struct answer answer = explored("bounded_buffer", folder, "4");
    json_t *report = parse_json(&answer);
    assert_int_equal(answer.status, 3);
    assert_string_equal(json_text(report, "verdict"), "inconclusive");
    assert_string_equal(json_text(first_finding(report), "rule"), "inconclusive");
    json_t *plain = json_object_get(report, "score"), *most = json_object_get(report, "max_score");
    assert_true(json_number_value(plain) == json_number_value(most));
    assert_true(json_number_value(most) < 65.5 && json_number_value(most) > 0);
    json_decref(report);
    answer_free(&answer);
}

/* Nobody could defend a race in what is locked by inline assembly, nor that there is none. */
static void inline_assembly_is_not_judged(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    char command[PATH_MAX + 300];
    snprintf(command, sizeof command,
             "cp -r reference/bounded_buffer/* '%s' && cd '%s' && "
             "printf 'void take(int *p);\nvoid take(int *p)\n{\n    __asm__ volatile(\"lock incl "
             "%%%%0\" "
             ": \"+m\"(*p));\n}\n' > lock.c",
             folder, folder);
    assert_int_equal(system(command), 0);
    struct answer answer = explored("bounded_buffer", folder, "4");
    json_t *report = parse_json(&answer);
    assert_int_equal(answer.status, 3);
    assert_string_equal(json_text(first_finding(report), "rule"), "inconclusive");
    assert_non_null(strstr(json_text(first_finding(report), "message"), "lock.c:4"));
    json_decref(report);
    answer_free(&answer);
}

/* It brings a program along that was not built here. */
static void a_program_from_elsewhere_proves_nothing(void **state)
{
    (void)state;
    const char *folder = scratch_folder();
    write_text(
        folder, "hostile.c",
        "#include <stdlib.h>\n#include <sys/wait.h>\n#include <unistd.h>\nint main(void)\n{\n"
        "    if (system(\"cp /bin/echo other\") != 0)\n        return 1;\n"
        "    if (fork() == 0)\n"
        "        return execl(\"./other\", \"other\", \"contained\", (char *)0);\n"
        "    wait(NULL);\n    return unlink(\"other\");\n}\n");
    struct answer answer = explored("tests/assignments/contained", folder, "4");
    json_t *report = parse_json(&answer);
    assert_int_equal(answer.status, 3);
    assert_non_null(strstr(json_text(first_finding(report), "message"), "other"));
    json_decref(report);
    answer_free(&answer);
}

/* Where everything races with everything, a student reads of three pairs, and of the others by their lines. */
static void many_races_are_told_in_short(void **state)
{
    (void)state;
    struct answer answer = ask("grade", "-a", "bounded_buffer", "--schedules", "8", "--color",
                               "never", "fixtures/bounded_buffer/both_initialise");
    int told = 0;
    for (const char *at = answer.out; (at = strstr(at, ". data-race: Two processes")); at++)
        told++;
    assert_int_equal(answer.status, 1);
    assert_int_equal(told, 3);
    assert_non_null(strstr(answer.out, "more pairs of lines"));
    answer_free(&answer);
}

static void schedules_can_be_left_out(void **state)
{
    (void)state;
    struct answer answer = ask("grade", "-a", "bounded_buffer", "--schedules", "0", "--color",
                               "never", "fixtures/bounded_buffer/counter_outside_lock");
    assert_int_equal(answer.status, 0); /* only other schedules show it */
    assert_non_null(strstr(answer.out, "Not judged (and not counted in the points): race freedom"));
    answer_free(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_shows_it_again),
        cmocka_unit_test(what_is_no_token_is_told_so),
        cmocka_unit_test(hostile_submissions_are_survived),
        cmocka_unit_test(what_does_not_build_with_the_probe_is_not_judged),
        cmocka_unit_test(inline_assembly_is_not_judged),
        cmocka_unit_test(a_program_from_elsewhere_proves_nothing),
        cmocka_unit_test(schedules_can_be_left_out),
        cmocka_unit_test(many_races_are_told_in_short),
    };
    own_host_ipc();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
