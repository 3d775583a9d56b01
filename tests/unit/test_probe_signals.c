/* test_probe_signals.c - signals under the probe: as natively, only at points, ordering what they
 * order; lost wake-ups by their name; timers in virtual time. */
#include "tests/support/probe_native.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define HEAD                                                                                  \
    "#include <signal.h>\n#include <stdlib.h>\n#include <sys/mman.h>\n#include <sys/shm.h>\n" \
    "#include <sys/time.h>\n#include <sys/wait.h>\n#include <unistd.h>\n"                     \
    "static volatile sig_atomic_t flag; static void set(int s) { (void)s; flag++; }\n"

static void runs_as_natively(void **state)
{
    (void)state;
    assert_as_natively("tests/probe/signals.c", 40);
}

static void check_then_pause_is_a_lost_wakeup(void **state)
{
    (void)state;
    struct trial *t = trial_text(HEAD "int main(void) { signal(SIGUSR1, set);\n"
                                      "if (!fork()) { kill(getppid(), SIGUSR1); _exit(0); }\n"
                                      "while (!flag) pause();\n"
                                      "return wait(0) < 0; }\n");
    unsigned lost = 0, done = 0;
    for (unsigned i = 0; i < 40; i++) {
        struct probe_config config = {.seed = 1, .schedule = i, .strategy = PROBE_PORTFOLIO};
        struct world_result r;
        trial_run(t, &config, NULL, 0, &r);
        done += r.end == PROBE_DONE;
        if (r.end == PROBE_STUCK) {
            assert_int_equal(r.findings, 1);
            assert_int_equal(r.finding[0].rule, PROBE_LOST_WAKEUP);
            assert_int_equal(r.finding[0].first.task, 0);
            assert_true(r.task[0].flags & PROBE_MISSED);
            lost++;
        }
        world_forget(&r);
    }
    assert_true(lost > 0);
    assert_true(done > 0);
    assert_int_equal(lost + done, 40);
    trial_close(t);
}

#define SHARED                                                                          \
    HEAD "int main(void) { sigset_t s, old; sigemptyset(&s); sigaddset(&s, SIGUSR1);\n" \
         "int *p = shmat(shmget(IPC_PRIVATE, 4096, 0600), 0, 0);\n"                     \
         "signal(SIGUSR1, set); sigprocmask(SIG_BLOCK, &s, &old);\n"

static void handler_comes_after_kill(void **state)
{
    (void)state;
    struct trial *t =
        trial_text(SHARED "if (!fork()) { *p = 1; kill(getppid(), SIGUSR1); _exit(0); }\n"
                          "while (!flag) sigsuspend(&old);\n"
                          "return *p != 1; }\n");
    assert_true(trial_is_silent(t, 60, NULL));
    trial_close(t);
    t = trial_text(SHARED "if (!fork()) { kill(getppid(), SIGUSR1); *p = 1; _exit(0); }\n"
                          "while (!flag) sigsuspend(&old);\n"
                          "return *p > 1; }\n");
    struct tally y = trial_tally(t, 60);
    assert_int_equal(y.races, 60);
    assert_int_equal(y.stuck + y.livelocked + y.other_ends + y.wrong + y.doubtful, 0);
    trial_close(t);
}

/* What is there already is not taken away by a signal that comes after it. */
static void data_before_signal_is_read(void **state)
{
    (void)state;
    struct trial *t = trial_text(
        HEAD "int main(void) { int e[2]; char c; struct sigaction a = {.sa_handler = set};\n"
             "sigaction(SIGUSR1, &a, 0); pipe(e);\n"
             "if (!fork()) { write(e[1], \"x\", 1); kill(getppid(), SIGUSR1); _exit(0); }\n"
             "if (read(e[0], &c, 1) != 1) return 1;\n"
             "while (wait(0) < 0); return 0; }\n");
    assert_true(trial_is_silent(t, 60, NULL));
    trial_close(t);
}

static void time_costs_nothing(void **state)
{
    (void)state;
    struct trial *t = trial_text(HEAD "int main(void) { signal(SIGALRM, set);\n"
                                      "for (int i = 0; i < 20; i++) { alarm(60); pause(); }\n"
                                      "alarm(60); while (flag < 21); return flag != 21; }\n");
    assert_true(trial_is_silent(t, 5, NULL));
    trial_close(t);
    t = trial_text(HEAD "int main(void) { struct itimerval v = {{0, 10000}, {0, 10000}};\n"
                        "signal(SIGVTALRM, set); setitimer(ITIMER_VIRTUAL, &v, 0);\n"
                        "while (flag < 5); return 0; }\n");
    assert_true(trial_is_silent(t, 5, NULL));
    trial_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_as_natively),
        cmocka_unit_test(check_then_pause_is_a_lost_wakeup),
        cmocka_unit_test(handler_comes_after_kill),
        cmocka_unit_test(data_before_signal_is_read),
        cmocka_unit_test(time_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
