/* test_probe_mmap.c - shared mappings under the probe: as natively; one object however it is mapped,
 * and none that it is not. */
#include "tests/support/probe_native.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define HEAD                                                                               \
    "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <stdio.h>\n#include <sys/mman.h>\n" \
    "#include <sys/wait.h>\n#include <unistd.h>\n"                                         \
    "static int *map(int fd, int flags) { return mmap(0, 8192, 3, flags, fd, 0); }\n"

static void assert_races(const char *program, unsigned races)
{
    struct trial *t = trial_text(program);
    struct tally y = trial_tally(t, 20);
    assert_int_equal(y.races, races);
    assert_int_equal(y.stuck + y.livelocked + y.other_ends + y.wrong + y.doubtful, 0);
    trial_close(t);
}

#define BOTH_WRITE(at)                                                  \
    HEAD "int main(void) { " at " if (!fork()) { *q = 1; _exit(0); }\n" \
         "*p = 2; wait(0); return 0; }\n"

static void runs_as_natively(void **state)
{
    (void)state;
    assert_as_natively("tests/probe/mmap.c", 40);
}

static void all_kinds_are_seen(void **state)
{
    (void)state;
    assert_races(BOTH_WRITE("int *p = map(-1, MAP_SHARED | MAP_ANONYMOUS), *q = p;"), 20);
    assert_races(BOTH_WRITE("int *p = map(open(\"/dev/zero\", O_RDWR), MAP_SHARED), *q = p;"), 20);
    assert_races(BOTH_WRITE("int fd = memfd_create(\"m\", 0); ftruncate(fd, 8192);\n"
                            "int *p = map(fd, MAP_SHARED), *q = map(fd, MAP_SHARED);"),
                 20);
    assert_races(BOTH_WRITE("int fd = fileno(tmpfile()); ftruncate(fd, 8192);\n"
                            "int *p = map(fd, MAP_SHARED), *q = map(fd, MAP_SHARED) + 1024;\n"
                            "p = mremap(p, 8192, 12288, MREMAP_MAYMOVE) ; p += 1024;"),
                 20);
}

static void apart_is_apart(void **state)
{
    (void)state;
    assert_races(BOTH_WRITE("int *p = map(-1, MAP_SHARED | MAP_ANONYMOUS), *q = p + 1;"), 0);
    assert_races(BOTH_WRITE("int *p = map(-1, MAP_PRIVATE | MAP_ANONYMOUS), *q = p;"), 0);
    assert_races(BOTH_WRITE("int *p = map(-1, MAP_SHARED | MAP_ANONYMOUS);\n"
                            "int *q = map(-1, MAP_SHARED | MAP_ANONYMOUS);"),
                 0);
    /* A private mapping in the place of a shared one. */
    assert_races(BOTH_WRITE("int *p = map(-1, MAP_SHARED | MAP_ANONYMOUS), *q = p;\n"
                            "mmap(p, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);"),
                 0);
}

/* Who waits for a name to appear is ordered after whoever made it. */
static void a_name_orders(void **state)
{
    (void)state;
    assert_races(HEAD
                 "int main(void) { char n[64]; int *p = map(-1, MAP_SHARED | MAP_ANONYMOUS), fd;\n"
                 "snprintf(n, sizeof n, \"/ipcgrade-test-%d\", getpid()); shm_unlink(n);\n"
                 "if (!fork()) { *p = 1; close(shm_open(n, O_CREAT | O_RDWR, 0600)); _exit(0); }\n"
                 "while ((fd = shm_open(n, O_RDWR, 0)) < 0) usleep(100);\n"
                 "int bad = *p != 1; shm_unlink(n); return bad; }\n",
                 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_as_natively),
        cmocka_unit_test(all_kinds_are_seen),
        cmocka_unit_test(apart_is_apart),
        cmocka_unit_test(a_name_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
