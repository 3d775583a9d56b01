/* test_probe_follow.c - what orders or blocks besides the classic calls: followed, so that right programs are
 * silent and wrong ones are not; or a doubt, which names it. */
#include "tests/support/probe_native.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SCHEDULES = 20 };

#define NATIVE(name, source)                   \
    static void name(void **state)             \
    {                                          \
        (void)state;                           \
        assert_as_natively(source, SCHEDULES); \
    }
NATIVE(event_descriptors, "tests/probe/events.c")
NATIVE(what_is_seen, "tests/probe/seen.c")
NATIVE(transfers, "tests/probe/transfer.c")
NATIVE(raw_system_calls, "tests/probe/raw.c")
NATIVE(unusual_lives, "tests/probe/lives.c")
NATIVE(wide_characters, "tests/probe/wide.c")
NATIVE(cplusplus, "tests/probe/cplusplus.cc")

/* ---- wrong programs are still seen to be wrong ----------------------------------------------------- */

#define HEAD \
    "#include \"/proc/self/cwd/tests/probe/common.h\"\nint main(void) { int *p = shared(); "

static void assert_races(const char *program)
{
    struct trial *t = trial_text(program);
    struct tally y = trial_tally(t, SCHEDULES);
    assert_true(y.races > 0);
    assert_int_equal(y.stuck + y.livelocked + y.other_ends + y.wrong + y.doubtful, 0);
    trial_close(t);
}

static void only_what_was_read_is_ordered(void **state)
{
    (void)state;
    /* Written after the count was raised. */
    assert_races(HEAD "int e = eventfd(0, 0); eventfd_t v;\n"
                      "if (!fork()) { eventfd_write(e, 1); p[0] = 1; _exit(0); }\n"
                      "eventfd_read(e, &v); p[0]++; wait(0); return 0; }");
    /* The file appears first. */
    assert_races(HEAD "char n[] = \"/tmp/followXXXXXX\"; close(mkstemp(n)); unlink(n);\n"
                      "if (!fork()) { close(creat(n, 0600)); p[0] = 1; _exit(0); }\n"
                      "while (access(n, F_OK) < 0) usleep(10);\n"
                      "p[0]++; wait(0); unlink(n); return 0; }");
    /* Time is not order. */
    assert_races(HEAD "int t = timerfd_create(CLOCK_MONOTONIC, 0); eventfd_t v;\n"
                      "struct itimerspec s = {.it_value = {1, 0}};\n"
                      "if (!fork()) { p[0] = 1; _exit(0); }\n"
                      "timerfd_settime(t, 0, &s, 0); read(t, &v, 8); p[0]++; wait(0); return 0; }");
    /* One name is not another. */
    assert_races(HEAD
                 "if (!fork()) { p[0] = 1; close(creat(\"/tmp/follow-a\", 0600)); _exit(0); }\n"
                 "close(creat(\"/tmp/follow-b\", 0600)); p[0]++; wait(0);\n"
                 "unlink(\"/tmp/follow-a\"); unlink(\"/tmp/follow-b\"); return 0; }");
    /* Raw calls order no more than the others. */
    assert_races(HEAD "int e[2]; char c; pipe(e);\n"
                      "if (!fork()) { syscall(SYS_write, e[1], \"x\", 1); p[0] = 1; _exit(0); }\n"
                      "syscall(SYS_read, e[0], &c, 1); p[0]++; wait(0); return 0; }");
}

/* Each in a slot of its own, whose first byte somebody else writes at the same time. */
static void library_calls_touch_memory(void **state)
{
    (void)state;
    const char *const calls[] = {
        "wcscpy(w, L\"ab\");",
        "wmemset(w, L'x', 3);",
        "n = wcslen(w);",
        "swprintf(w, 9, L\"%d\", 5);",
        "n = wcscmp(w, L\"a\");",
        "mbstowcs(w, \"ab\", 5);",
        "snprintf(own, 9, \"%ls\", w);",
        "__memcpy_chk(m, \"abc\", 3, 64);",
        "__strcpy_chk(m, \"abc\", 64);",
        "__sprintf_chk(m, 1, 64, \"%d\", 5);",
        "__snprintf_chk(own, 9, 1, 64, \"%s\", m);",
        "__printf_chk(1, \"%s\", m);",
        "__fgets_chk(m, 64, 5, zeros);",
        "__fread_chk(m, 64, 1, 5, zeros);",
        "__read_chk(fileno(zeros), m, 5, 64);",
        "fgets_unlocked(m, 5, zeros);",
        "clock_gettime(CLOCK_REALTIME, (struct timespec *)m);",
        "time((time_t *)m);",
        "gmtime_r((time_t *)own, (struct tm *)m);",
        "stat(\"/\", (struct stat *)m);",
        "pread(fileno(zeros), m, 5, 0);",
        "getline((char **)m, (size_t *)(m + 8), file);",
    };
    enum { CALLS = sizeof calls / sizeof *calls };
    char text[8192] = "#include \"/proc/self/cwd/tests/probe/common.h\"\n"
                      "int main(void) { char *base = (char *)mmap(0, 65536, 3, MAP_SHARED | "
                      "MAP_ANONYMOUS, -1, 0), own[64] = \"\", *m;\n"
                      "wchar_t *w; long n; FILE *zeros = fopen(\"/dev/zero\", \"r\"), *file = "
                      "fopen(\"/proc/version\", \"r\");\n"
                      "if (!fork()) {\n";
    for (int i = 0; i < CALLS; i++)
        snprintf(strchr(text, 0), 256, "m = base + %d; w = (wchar_t *)m;\n%s\n", i * 512, calls[i]);
    snprintf(strchr(text, 0), 512,
             "exit(0); }\nsleep(1); for (int i = 0; i < %d; i++)\nbase[i * 512] = 0;\n"
             "wait(0); return 0; }",
             CALLS);
    struct trial *t = trial_text(text);
    for (unsigned i = 0; i < 3; i++) {
        struct probe_config config = {.seed = 1, .schedule = i, .strategy = PROBE_PORTFOLIO};
        struct world_result r;
        bool seen[CALLS] = {false};
        trial_run(t, &config, NULL, 0, &r);
        assert_int_equal(r.end, PROBE_DONE);
        assert_int_equal(r.doubts, 0);
        for (size_t k = 0; k < r.findings; k++)
            seen[r.finding[k].offset / 512 % CALLS] = true;
        for (int k = 0; k < CALLS; k++)
            if (!seen[k])
                fail_msg("not seen: %s", calls[k]);
        world_forget(&r);
    }
    trial_close(t);
}

/* A wait that nobody ends. */
static void deadlocks_are_known_at_once(void **state)
{
    (void)state;
    const char *const waits[] = {
        "int e = eventfd(0, 0); read(e, p, 8);",
        "syscall(SYS_futex, p, 0, 0, 0, 0, 0);",
        ("sigset_t m; sigemptyset(&m); sigaddset(&m, SIGUSR1); sigprocmask(0, &m, 0);\n"
         "struct signalfd_siginfo i; read(signalfd(-1, &m, 0), &i, sizeof i);"),
        "int t = timerfd_create(CLOCK_MONOTONIC, 0); read(t, p, 8);",
        "int a[2], b[2]; pipe(a); pipe(b); splice(a[0], 0, b[1], 0, 1, 0);",
    };
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        char text[1024];
        snprintf(text, sizeof text, HEAD "%s return 0; }", waits[i]);
        struct trial *t = trial_text(text);
        struct tally y = trial_tally(t, 2);
        assert_int_equal(y.stuck, 2);
        assert_int_equal(y.doubtful, 0);
        trial_close(t);
    }
}

/* ---- what is not followed is named ----------------------------------------------------------------- */

static void assert_doubt(const char *body, const char *what)
{
    char text[2048];
    struct probe_config config = {.seed = 1};
    struct world_result r;

    snprintf(text, sizeof text, HEAD "%s return 0; }", body);
    struct trial *t = trial_text(text);
    trial_run(t, &config, NULL, 0, &r);
    assert_true(r.doubts & PROBE_UNFOLLOWED);
    assert_string_equal(r.unfollowed, what);
    world_forget(&r);
    trial_close(t);
}

static void unfollowed_calls_are_named(void **state)
{
    (void)state;
    assert_doubt("char b[512]; int i = inotify_init1(O_NONBLOCK); read(i, b, 512);", "inotify");
    assert_doubt("int i = inotify_init(); struct pollfd f = {i, POLLIN}; poll(&f, 1, 1);",
                 "inotify");
    assert_doubt("int e = epoll_create1(0), i = inotify_init(); struct epoll_event v = {EPOLLIN};\n"
                 "epoll_ctl(e, EPOLL_CTL_ADD, i, &v);",
                 "inotify");
    assert_doubt("syscall(SYS_membarrier, 0, 0, 0);", "system call 324");
    assert_doubt(
        "struct iovec a = {p, 4}, b = {p + 1, 4}; process_vm_readv(getpid(), &a, 1, &b, 1, 0);",
        "process_vm_readv");
    assert_doubt("syscall(SYS_futex, p, FUTEX_LOCK_PI, 0, 0, 0, 0);", "a futex of another kind");
    assert_doubt("posix_openpt(O_RDWR);", "a pseudo-terminal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_descriptors),
        cmocka_unit_test(what_is_seen),
        cmocka_unit_test(transfers),
        cmocka_unit_test(raw_system_calls),
        cmocka_unit_test(unusual_lives),
        cmocka_unit_test(wide_characters),
        cmocka_unit_test(cplusplus),
        cmocka_unit_test(only_what_was_read_is_ordered),
        cmocka_unit_test(library_calls_touch_memory),
        cmocka_unit_test(deadlocks_are_known_at_once),
        cmocka_unit_test(unfollowed_calls_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
