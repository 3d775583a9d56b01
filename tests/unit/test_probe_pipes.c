/* test_probe_pipes.c - processes, pipes, FIFOs, stdio on them, programs built elsewhere: all run as
 * natively, on every schedule, and order what they order. */
#include "tests/support/probe_native.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void runs_as_natively(void **state)
{
    (void)state;
    struct trial *t = trial_compile("tests/probe/pipes.c", "");
    for (unsigned i = 0; i < 40; i++) {
        struct probe_config config = {.seed = 3, .schedule = i, .strategy = PROBE_PORTFOLIO};
        struct world_result r;
        trial_run(t, &config, NULL, 0, &r);
        assert_int_equal(r.end, PROBE_DONE);
        assert_int_equal(r.findings, 0);
        assert_int_equal(r.doubts, 0);
        assert_int_equal(trial_status(t, 0), 0);
        assert_string_equal(trial_output(t),
                            "eof 7\nexit 3\ngot hello\ngot 6\npclose 0\nlines 2000\n"
                            "system 5\nfrom exec\nsignal 11\n");
        world_forget(&r);
    }
    trial_close(t);
}

static void processes_run_as_natively(void **state)
{
    (void)state;
    assert_as_natively("tests/probe/processes.c", 40);
}

static void tool_takes_part(void **state)
{
    (void)state;
    static const char *const argv[] = {"/bin/sh", "-c",
                                       "echo a b | wc -w; sleep 1; ls / > /dev/null", NULL};
    struct trial *t = trial_command(argv);
    assert_true(trial_is_silent(t, 20, "2\n"));
    trial_close(t);
}

static void reader_without_writer_is_stuck(void **state)
{
    (void)state;
    struct trial *t = trial_text("#include <unistd.h>\n"
                                 "int main(void) { int p[2]; char c; pipe(p);\n"
                                 "if (fork() == 0) { close(p[0]); _exit(0); }\n"
                                 "return read(p[0], &c, 1); }\n"); /* p[1] is still open */
    struct tally y = trial_tally(t, 10);
    assert_int_equal(y.stuck, 10);
    trial_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_as_natively),
        cmocka_unit_test(processes_run_as_natively),
        cmocka_unit_test(tool_takes_part),
        cmocka_unit_test(reader_without_writer_is_stuck),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
