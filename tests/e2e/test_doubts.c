/*
 * test_doubts.c - `run` of what the probe cannot see into, or not follow: it proves nothing, and says why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/programs.h"

static int make_programs(void **state)
{
    (void)state;
    programs_begin();
    write_text(here, "right.c", right_program);
    COMPILE("-o", "right", "right.c");
    return 0;
}

/* No line can be named for it, so it is no finding; but the program is not right either. */
static void a_race_in_unknown_lines_is_no_pass(void **state)
{
    (void)state;
    write_text(here, "unseen.c",
               HEADERS "int main(void)\n{\n"
                       "    int *n = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
                       "    if (fork() == 0) {\n        ++*n;\n        _exit(0);\n    }\n"
                       "    ++*n;\n    return wait(NULL) < 0;\n}\n");
    COMPILE("-g0", "-o", "lineless", "unseen.c");
    json_t *json = report_of(RUN("./lineless"), 3, "inconclusive");
    assert_non_null(strstr(message_of(json), "-g"));
    json_decref(json);
    COMPILE("-g0", "-o", "lineless", "right.c");
    assert_passes(RUN("./lineless"));
}

static void without_the_probe_nothing_is_proved(void **state)
{
    (void)state;
    shell("cd '%s' && gcc -o plain right.c && gcc -static -o static right.c", here);
    json_t *json = report_of(RUN("./plain"), 3, "inconclusive");
    assert_non_null(strstr(message_of(json), "plain was not built with `ipcgrade cc`"));
    json_decref(json);
    json_decref(report_of(RUN("./static"), 3, "inconclusive"));
    json_decref(report_of(RUN("true"), 3, "inconclusive"));
    json_decref(report_of(RUN("sh", "-c", "./plain & ./right; wait"), 3, "inconclusive"));
    json_decref(
        report_of(RUN("sh", "-c", "mv plain /tmp; /tmp/plain; ./right"), 3, "inconclusive"));
    write_text(here, "becomes.c",
               HEADERS
               "#include <fcntl.h>\nint main(int argc, char **argv)\n{\n"
               "    static char all[1 << 20];\n    extern char **environ;\n    (void)argc;\n"
               "    int from = open(\"plain\", O_RDONLY), to = memfd_create(\"it\", 0);\n"
               "    long n = read(from, all, sizeof all);\n"
               "    return write(to, all, n) != n || fexecve(to, argv, environ);\n}\n");
    COMPILE("-D_GNU_SOURCE", "-o", "becomes", "becomes.c");
    json_decref(report_of(RUN("./becomes"), 3, "inconclusive"));
}

/* Nor where a program keeps what it does from the probe: a race may be hidden, or a lock. */
static void what_hides_proves_nothing(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "void __tsan_read4(void *at) { (void)at; }\nvoid __tsan_write4(void *at) { (void)at; }\n"
        "static void add(int *p) { ++*p; }\n",
        "static void add(int *p) { __asm__ volatile(\"lock incl %0\" : \"+m\"(*p)); }\n",
        "static void add(int *p) /* only whoever finds it free */\n{\n    int taken = 1;\n"
        "    __asm__ volatile(\"xchg %0, %1\" : \"+r\"(taken), \"+m\"(p[1]));\n"
        "    if (taken)\n        return;\n    ++*p;\n"
        "    __asm__ volatile(\"movl $0, %0\" : \"=m\"(p[1]));\n}\n"};
    static const char *const told[] = {"sanitizer", "inline assembly", "inline assembly"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char source[2048];
        snprintf(source, sizeof source,
                 HEADERS "%sint main(void)\n{\n"
                         "    int *p = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
                         "    if (fork() == 0) {\n        add(p);\n        _exit(0);\n    }\n"
                         "    add(p);\n    return wait(0) < 0;\n}\n",
                 ways[i]);
        write_text(here, "hides.c", source);
        COMPILE("-w", "-o", "hides", "hides.c");
        json_t *json = report_of(RUN("./hides"), 3, "inconclusive");
        assert_non_null(strstr(message_of(json), told[i]));
        json_decref(json);
    }
}

/* A race that such a call may have ordered is no finding. */
static void what_is_not_followed_is_named(void **state)
{
    (void)state;
    write_text(here, "watches.c",
               HEADERS "#include <sys/inotify.h>\nint main(void)\n{\n"
                       "    int *p = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
                       "    int i = inotify_init();\n    char event[512];\n"
                       "    inotify_add_watch(i, \".\", IN_CREATE);\n"
                       "    if (fork() == 0) {\n        p[0] = 5;\n"
                       "        fclose(fopen(\"ready\", \"w\"));\n        _exit(0);\n    }\n"
                       "    return read(i, event, sizeof event) < 0 || p[0] != 5;\n}\n");
    COMPILE("-o", "watches", "watches.c");
    json_t *json = report_of(RUN("./watches"), 3, "inconclusive");
    assert_non_null(strstr(message_of(json), "the probe does not follow: inotify"));
    json_decref(json);
}

/* The sandbox has no network: that a program misses it says nothing of the program. */
static void a_missing_network_is_nobodys_fault(void **state)
{
    (void)state;
    write_text(here, "connects.c",
               HEADERS "#include <sys/socket.h>\nint main(void)\n{\n"
                       "    return socket(AF_INET, SOCK_STREAM, 0) < 0;\n}\n");
    COMPILE("-o", "connects", "connects.c");
    json_t *json = report_of(RUN("./connects"), 3, "inconclusive");
    assert_non_null(strstr(message_of(json), "does not follow: a socket of the network"));
    json_decref(json);
}

int main(void)
{
    own_host_ipc();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_race_in_unknown_lines_is_no_pass),
        cmocka_unit_test(without_the_probe_nothing_is_proved),
        cmocka_unit_test(what_hides_proves_nothing),
        cmocka_unit_test(what_is_not_followed_is_named),
        cmocka_unit_test(a_missing_network_is_nobodys_fault),
    };
    return cmocka_run_group_tests(tests, make_programs, check_leftovers);
}
