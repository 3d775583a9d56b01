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
             "t=$(mktemp) && %s -w -pthread -o $t %s && $t < /dev/null; rm -f $t",
             strstr(source, ".cc") ? "g++ -std=c++20" : "gcc", source);
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
    trial_in_fair_time(t);
    assert_true(trial_is_silent(t, schedules, native));
    trial_close(t);
}
