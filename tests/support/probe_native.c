/* probe_native.c - see probe_native.h. */
#include "probe_native.h"
#include "probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void run_natively(const char *source, char *text, size_t room)
{
    char command[512];
    snprintf(command, sizeof command,
             "t=$(mktemp) && gcc -w -pthread -o $t %s && $t < /dev/null; rm -f $t", source);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    text[fread(text, 1, room - 1, f)] = 0;
    pclose(f);
    assert_true(strlen(text) > 0);
}

void assert_as_natively(const char *source, unsigned schedules)
{
    char native[1 << 14];
    run_natively(source, native, sizeof native);
    struct trial *t = trial_compile(source, "");
    for (unsigned i = 0; i < schedules; i++) {
        struct probe_config config = {.seed = 1, .schedule = i, .strategy = PROBE_PORTFOLIO};
        struct world_result r;
        trial_run(t, &config, NULL, 0, &r);
        assert_string_equal(trial_output(t), native);
        assert_int_equal(r.end, PROBE_DONE);
        assert_int_equal(r.doubts, 0);
        assert_int_equal(r.findings, 0);
        assert_int_equal(trial_status(t, 0), 0);
        world_forget(&r);
    }
    trial_close(t);
}
