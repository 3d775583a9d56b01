/* test_probe_memory.c - accesses inside library calls: exactly the bytes that each touches, not one less,
 * not one more. */
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SLOT = 64, AT = 16 };

static const struct {
    const char *before;
    unsigned first, last;
    const char *call;
} ops[] = {
#define OP(before, first, last, ...) {before, first, last, #__VA_ARGS__},
#include "tests/probe/ranges.h"
#undef OP
};
enum { OPS = sizeof ops / sizeof *ops };

static int times_found(const struct world_result *r, uint64_t offset)
{
    int n = 0;
    for (size_t i = 0; i < r->findings; i++)
        n += r->finding[i].rule == PROBE_DATA_RACE && r->finding[i].offset == offset;
    return n;
}

static void touch_exactly(unsigned schedule)
{
    struct trial *t = trial_compile("tests/probe/ranges.c", "");
    struct probe_config config = {.seed = 5, .schedule = schedule, .strategy = PROBE_PORTFOLIO};
    struct world_result r;

    trial_run(t, &config, NULL, 0, &r);
    assert_int_equal(r.end, PROBE_DONE);
    assert_int_equal(r.doubts, 0);
    for (unsigned k = 0; k < OPS; k++) {
        uint64_t slot = SLOT, at = slot * k + AT;
        uint64_t first = at + ops[k].first, last = at + ops[k].last;
        if (times_found(&r, first - 1) || !times_found(&r, first) || !times_found(&r, last) ||
            times_found(&r, last + 1))
            fail_msg("%s: %d %d %d %d", ops[k].call, times_found(&r, first - 1),
                     times_found(&r, first), times_found(&r, last), times_found(&r, last + 1));
    }
    assert_int_equal(trial_status(t, 0), 0);
    world_forget(&r);
    trial_close(t);
}

static void run_to_block(void **state)
{
    (void)state;
    touch_exactly(0);
}

static void other_strategies(void **state)
{
    (void)state;
    touch_exactly(1);
    touch_exactly(3);
}

/* Formats that need care, with something shared so that they are followed: prints as natively. */
static void prints_as_natively(void **state)
{
    (void)state;
    struct trial *t = trial_text(
        "#define _GNU_SOURCE 1\n#include <stdio.h>\n#include <sys/shm.h>\n#include <string.h>\n"
        "int main(void) { int n = 0, id = shmget(IPC_PRIVATE, 64, 0600 | IPC_CREAT);\n"
        "char *m = shmat(id, NULL, 0), w[20]; short h; double d; long l; shmctl(id, IPC_RMID, "
        "NULL);\n"
        "strcpy(m, \"abc\");\n"
        "printf(\"%5.1f|%Lg|%-6s|%%|%c|%hhd|%lld|%zu|%p|%n%s\\n\", 1.25, 2.5L, m, 'z', 300, -5LL,\n"
        "       (size_t)7, (void *)0, &n, m);\n"
        "printf(\"%2$s %1$d\\n\", 4, m); printf(\"%*.*s|\\n\", -5, 2, m);\n"
        "n = sscanf(\"7 3.5 99 xy]z\", \"%hd %lf %*d %3[]xyz]\", &h, &d, m);\n"
        "printf(\"%d %d %g %s\\n\", n, h, d, m); l = strtol(\"0x1f\", NULL, 0);\n"
        "printf(\"%ld %s\\n\", l, strtok(strcpy(w, \"a,b\"), \",\")); return 0; }\n");
    struct probe_config config = {.seed = 1};
    struct world_result r;
    trial_run(t, &config, NULL, 0, &r);
    assert_int_equal(r.end, PROBE_DONE);
    assert_int_equal(r.findings, 0);
    assert_string_equal(
        trial_output(t),
        "  1.2|2.5|abc   |%|z|44|-5|7|(nil)|abc\nabc 4\nab   |\n3 7 3.5 xy]\n31 a\n");
    world_forget(&r);
    trial_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_to_block),
        cmocka_unit_test(other_strategies),
        cmocka_unit_test(prints_as_natively),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
