/*
 * test_probe_time.c - adversarial time and the adversary: what must be found on the first schedule, what must
 * never be reported, and that what was recorded gives the same again.
 */
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define HEAD                                                                                     \
    "#include <errno.h>\n#include <fcntl.h>\n#include <poll.h>\n#include <signal.h>\n"           \
    "#include <stdlib.h>\n#include <sys/mman.h>\n#include <sys/stat.h>\n#include <sys/time.h>\n" \
    "#include <sys/wait.h>\n#include <unistd.h>\n"                                               \
    "static volatile sig_atomic_t flag;\nstatic void set(int s) { (void)s; flag++; }\n"          \
    "static void handle(int s) { sigaction(s, &(struct sigaction){.sa_handler = set}, 0); }\n"

enum { MANY = 120 };

static void assert_silent(const char *program)
{
    struct trial *t = trial_text(program);
    assert_true(trial_is_silent(t, MANY, NULL));
    trial_close(t);
}

static struct tally tally_of(const char *program, unsigned schedules)
{
    struct trial *t = trial_text(program);
    struct tally y = trial_tally(t, schedules);
    trial_close(t);
    return y;
}

/* ---- never --------------------------------------------------------------------------------------- */

static void who_tries_again_for_a_while_is_right(void **state)
{
    (void)state;
    assert_silent(HEAD
                  "int main(void) { int fd = -1, status;\n"
                  "if (!fork()) { close(open(\"there\", O_CREAT | O_WRONLY, 0600)); _exit(0); }\n"
                  "for (int i = 0; i < 5 && fd < 0; i++) {\n"
                  "    if ((fd = open(\"there\", O_RDONLY)) < 0) usleep(1000); }\n"
                  "wait(&status); unlink(\"there\"); return fd < 0 || status; }\n");
}

static void a_long_timeout_is_no_accusation(void **state)
{
    (void)state;
    assert_silent(HEAD "int main(void) { int e[2], status; char c; pipe(e); alarm(5);\n"
                       "struct pollfd p = {.events = POLLIN}; p.fd = e[0];\n"
                       "if (!fork()) { alarm(0); sleep(2); write(e[1], \"x\", 1); _exit(0); }\n"
                       "if (poll(&p, 1, 3000) != 1 || read(e[0], &c, 1) != 1) return 1;\n"
                       "wait(&status); return status; }\n");
}

/* Somebody else's longer sleep is over early, but not before the timeout. */
static void a_sleep_does_not_use_up_a_timeout(void **state)
{
    (void)state;
    assert_silent(HEAD "int main(void) { int e[2]; char c; pipe(e);\n"
                       "struct pollfd p = {.events = POLLIN}; p.fd = e[0];\n"
                       "if (!fork()) { sleep(5); _exit(0); }\n"
                       "if (!fork()) { write(e[1], \"x\", 1); _exit(0); }\n"
                       "if (poll(&p, 1, 3000) != 1 || read(e[0], &c, 1) != 1) return 1;\n"
                       "while (wait(0) > 0); return 0; }\n");
}

static void its_own_timeout_comes_before_an_alarm(void **state)
{
    (void)state;
    assert_silent(HEAD "int main(void) { alarm(1); for (int i = 0; i < 3; i++)\n"
                       "if (poll(0, 0, 100)) return 1; alarm(0); return flag; }\n");
}

static void an_alarm_that_only_sigsuspend_lets_in_is_right(void **state)
{
    (void)state;
    assert_silent(HEAD
                  "int main(void) { sigset_t s, none; sigemptyset(&none); sigemptyset(&s);\n"
                  "sigaddset(&s, SIGALRM); handle(SIGALRM); sigprocmask(SIG_BLOCK, &s, 0);\n"
                  "for (int i = 0; i < 3; i++) { alarm(1); while (flag <= i) sigsuspend(&none); }\n"
                  "return flag != 3; }\n");
}

static void who_counts_ticks_gets_them(void **state)
{
    (void)state;
    assert_silent(HEAD "int main(void) { struct itimerval t = {{0, 10000}, {0, 10000}};\n"
                       "handle(SIGALRM); setitimer(ITIMER_REAL, &t, 0);\n"
                       "while (flag < 5) pause(); return 0; }\n");
}

static void an_alarm_ends_a_longer_sleep(void **state)
{
    (void)state;
    assert_silent(HEAD "int main(void) { int status; handle(SIGALRM);\n"
                       "if (!fork()) { for (int i = 0; i < 20; i++) sigprocmask(SIG_BLOCK, 0, 0);\n"
                       "_exit(0); }\n"
                       "alarm(1); if (sleep(10) < 8) return 1; wait(&status); return status; }\n");
}

/* ---- at once ------------------------------------------------------------------------------------- */

/* By the book it is wrong; and yet nobody who writes so will ever see it fail. */
static void a_pause_after_an_alarm_of_a_second_is_not_accused(void **state)
{
    (void)state;
    assert_silent(HEAD
                  "int main(void) { handle(SIGALRM); alarm(1); pause(); return flag != 1; }\n");
}

static void an_alarm_before_its_pause_is_found(void **state)
{
    (void)state;
    struct tally y = tally_of(
        HEAD "int main(void) { handle(SIGALRM); ualarm(10000, 0); pause(); return 0; }\n", 1);
    assert_int_equal(y.stuck, 1);
}

static void sleep_is_no_order(void **state)
{
    (void)state;
    struct tally y =
        tally_of(HEAD "int main(void) { int status, p = fork();\n"
                      "if (!p) { handle(SIGUSR1); while (!flag) sleep(9); _exit(0); }\n"
                      "sleep(1); kill(p, SIGUSR1); wait(&status); return status != 0; }\n",
                 1);
    assert_int_equal(y.wrong, 1);
}

static void a_load_and_a_store_are_not_one(void **state)
{
    (void)state;
    struct tally y =
        tally_of(HEAD "#include <stdatomic.h>\nint main(void) {\n"
                      "atomic_int *n = mmap(0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
                      "int p = fork(); atomic_store(n, atomic_load(n) + 1); if (!p) _exit(0);\n"
                      "wait(0); return atomic_load(n) != 2; }\n",
                 1);
    assert_int_equal(y.wrong, 1);
}

/* ---- again --------------------------------------------------------------------------------------- */

static void what_was_recorded_gives_it_again(void **state)
{
    (void)state;
    struct trial *t =
        trial_text(HEAD "int main(void) { int status, p = fork(); handle(SIGALRM);\n"
                        "if (!p) { sleep(3); _exit(0); }\n"
                        "wait(&status); ualarm(10000, 0); pause(); return status; }\n");
    struct probe_config config = {.seed = 1, .strategy = PROBE_PORTFOLIO};
    struct world_result first, second;
    trial_run(t, &config, NULL, 0, &first);
    assert_int_equal(first.end, PROBE_STUCK);
    config.strategy = PROBE_RUN_TO_BLOCK;
    trial_run(t, &config, first.decision, first.decisions, &second);
    assert_int_equal(second.end, PROBE_STUCK);
    assert_int_equal(first.steps, second.steps);
    assert_int_equal(first.virtual_ns, second.virtual_ns);
    world_forget(&second);
    trial_run(t, &config, NULL, 0, &second);
    assert_int_equal(second.end, PROBE_DONE);
    world_forget(&first);
    world_forget(&second);
    trial_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_tries_again_for_a_while_is_right),
        cmocka_unit_test(a_long_timeout_is_no_accusation),
        cmocka_unit_test(a_sleep_does_not_use_up_a_timeout),
        cmocka_unit_test(its_own_timeout_comes_before_an_alarm),
        cmocka_unit_test(an_alarm_that_only_sigsuspend_lets_in_is_right),
        cmocka_unit_test(who_counts_ticks_gets_them),
        cmocka_unit_test(an_alarm_ends_a_longer_sleep),
        cmocka_unit_test(a_pause_after_an_alarm_of_a_second_is_not_accused),
        cmocka_unit_test(an_alarm_before_its_pause_is_found),
        cmocka_unit_test(sleep_is_no_order),
        cmocka_unit_test(a_load_and_a_store_are_not_one),
        cmocka_unit_test(what_was_recorded_gives_it_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
