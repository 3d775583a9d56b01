/*
 * test_driver.c - what the driver tells apart: one program that can behave in every way, one scenario a
 * behaviour, whose name says what it must come to (tests/assignments/actors/scenarios.c).
 */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *graded;

static int grade_actors(void **state)
{
    (void)state;
    const char *build = getenv("BUILD");
    char command[512];
    snprintf(
        command, sizeof command,
        "'%s/ipcgrade' grade -a tests/assignments/actors --format json tests/submissions/actors",
        build ? build : "build");
    FILE *f = popen(command, "re");
    graded = f ? json_loadf(f, 0, NULL) : NULL;
    if (f)
        pclose(f);
    return graded ? 0 : -1;
}

static int forget(void **state)
{
    (void)state;
    json_decref(graded);
    return 0;
}

/* "leak_posix_shm" begins with the rule "leak-posix-shm". */
static int begins_with(const char *name, const char *rule)
{
    for (; *rule; name++, rule++)
        if (*name != (*rule == '-' ? '_' : *rule))
            return 0;
    return 1;
}

static int verdict_as_named(const json_t *scenario)
{
    const char *name = json_string_value(json_object_get(scenario, "name"));
    const char *verdict = json_string_value(json_object_get(scenario, "verdict"));
    int right =
        strncmp(name, "pass_", 5) == 0 ? strcmp(verdict, "pass") == 0 : begins_with(name, verdict);
    if (!right)
        print_error("%s came to: %s\n", name, verdict);
    return right;
}

static void every_behaviour_has_its_verdict(void **state)
{
    (void)state;
    json_t *scenarios = json_object_get(graded, "scenarios");
    int wrong = 0;
    size_t i;
    json_t *scenario;
    json_array_foreach(scenarios, i, scenario) wrong += !verdict_as_named(scenario);
    assert_int_equal(wrong, 0);
    assert_true(json_array_size(scenarios) > 25);
}

static const json_t *finding_of(const char *name)
{
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(graded, "findings"), i,
                       finding) if (strcmp(json_string_value(json_object_get(finding, "scenario")),
                                           name) == 0) return finding;
    return NULL;
}

/* file and line of the call, without any help from inside the process. */
static void assert_site(const char *name, const char *function, int line)
{
    const json_t *site = json_array_get(json_object_get(finding_of(name), "sites"), 0);
    assert_non_null(site);
    assert_string_equal(json_string_value(json_object_get(site, "file")), "actor.c");
    assert_string_equal(json_string_value(json_object_get(site, "function")), function);
    assert_int_equal(json_integer_value(json_object_get(site, "line")), line);
}

static void a_blocked_call_has_its_line(void **state)
{
    (void)state;
    assert_site("deadlock_semop", "take_semaphore", 30);
    assert_site("waiting_for_input", "main", 149);
}

static void a_leak_names_its_creation(void **state)
{
    (void)state;
    assert_site("leak_sysv_shm", "main", 188);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_behaviour_has_its_verdict),
        cmocka_unit_test(a_blocked_call_has_its_line),
        cmocka_unit_test(a_leak_names_its_creation),
    };
    return cmocka_run_group_tests(tests, grade_actors, forget);
}
