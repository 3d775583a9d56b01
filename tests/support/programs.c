/* programs.c - see programs.h. */
#include "tests/support/programs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

char here[PATH_MAX];

void programs_begin(void)
{
    snprintf(here, sizeof here, "%s", scratch_folder());
}

const char right_program[] = HEADERS
    "int main(int argc, char **argv)\n{\n"
    "    int *n = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
    "    if (fork() == 0) {\n"
    "        ++*n;\n"
    "        _exit(0);\n"
    "    }\n"
    "    wait(NULL);\n"
    "    ++*n;\n"
    "    char line[80] = \"\";\n"
    "    if (argc > 1 && !strcmp(argv[1], \"read\") && !fgets(line, sizeof line, stdin))\n"
    "        return 7;\n"
    "    return argc > 1 && !strcmp(argv[1], \"fail\") ? 3 : *n != 2;\n}\n";

void shell(const char *format, ...)
{
    char line[2 * PATH_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    assert_int_equal(system(line), 0);
}

void assert_quiet(struct answer answer)
{
    if (answer.status || answer.out_length || answer.err_length)
        print_error("status %d: %s%s\n", answer.status, answer.out, answer.err);
    assert_int_equal(answer.status, 0);
    assert_int_equal(answer.out_length + answer.err_length, 0);
    answer_free(&answer);
}

json_t *report_of(struct answer answer, int status, const char *verdict)
{
    if (answer.status != status)
        print_error("status %d: %s%s\n", answer.status, answer.out, answer.err);
    assert_int_equal(answer.status, status);
    json_t *report = parse_json(&answer);
    assert_string_equal(json_text(report, "verdict"), verdict);
    answer_free(&answer);
    return report;
}

void assert_passes(struct answer answer)
{
    json_t *report = report_of(answer, 0, "pass");
    assert_int_equal(json_array_size(json_object_get(report, "findings")), 0);
    json_decref(report);
}

const char *message_of(const json_t *report)
{
    return json_text(json_array_get(json_object_get(report, "findings"), 0), "message");
}

int check_leftovers(void **state)
{
    (void)state;
    return has_escaped_processes() ? -1 : 0;
}
