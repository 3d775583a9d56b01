/* test_probe_posix_mq.c - POSIX message queues under the probe: as natively; each message orders its
 * receiver after its sender; notice is given once, and only of what comes to an empty queue. */
#include "tests/support/probe_native.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define HEAD                                                                                   \
    "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <mqueue.h>\n#include <signal.h>\n"      \
    "#include <stdio.h>\n#include <sys/mman.h>\n#include <sys/wait.h>\n#include <unistd.h>\n"  \
    "static int *x; static char c[64];\n"                                                      \
    "static mqd_t make(void) { char n[64]; struct mq_attr a = {.mq_maxmsg = 1, .mq_msgsize = " \
    "8};\n"                                                                                    \
    "snprintf(n, sizeof n, \"/ipcgrade-test-%d\", getpid());\n"                                \
    "mqd_t q = mq_open(n, O_CREAT | O_RDWR, 0600, &a); mq_unlink(n);\n"                        \
    "x = mmap(0, 4096, 3, 0x21, -1, 0); return q; }\n"

static struct tally tally_of(const char *program, unsigned schedules)
{
    struct trial *t = trial_text(program);
    struct tally y = trial_tally(t, schedules);
    trial_close(t);
    return y;
}

/* Of a program that sleeps so that another one is first. */
static struct tally tally_in_fair_time(const char *program, unsigned schedules)
{
    struct trial *t = trial_text(program);
    trial_in_fair_time(t);
    struct tally y = trial_tally(t, schedules);
    trial_close(t);
    return y;
}

static unsigned other_faults(const struct tally *y)
{
    return y->stuck + y->livelocked + y->other_ends + y->wrong + y->doubtful;
}

static void runs_as_natively(void **state)
{
    (void)state;
    assert_as_natively("tests/probe/posix_mq.c", 40);
}

static void message_orders(void **state)
{
    (void)state;
    struct tally y = tally_of(HEAD "int main(void) { mqd_t q = make();\n"
                                   "if (!fork()) { *x = 1; mq_send(q, c, 1, 0); _exit(0); }\n"
                                   "mq_receive(q, c, 8, 0); return *x != 1; }\n",
                              40);
    assert_int_equal(y.races + other_faults(&y), 0);
    y = tally_of(HEAD "int main(void) { mqd_t q = make();\n"
                      "if (!fork()) { mq_send(q, c, 1, 0); *x = 1; _exit(0); }\n"
                      "mq_receive(q, c, 8, 0); return *x > 1; }\n",
                 40);
    assert_int_equal(y.races, 40);
    assert_int_equal(other_faults(&y), 0);
}

/* The queue holds one: whoever gets the second in comes after who took the first, even without a wait. */
static void room_orders_who_uses_it(void **state)
{
    (void)state;
    struct tally y = tally_of(HEAD "int main(void) { mqd_t q = make(); mq_send(q, c, 1, 0);\n"
                                   "if (!fork()) { *x = 1; mq_receive(q, c, 8, 0);\n"
                                   "_exit(0); }\n"
                                   "mq_send(q, c, 1, 0); return *x != 1; }\n",
                              20);
    assert_int_equal(y.races + other_faults(&y), 0);
}

static void notice_orders(void **state)
{
    (void)state;
    struct tally y = tally_of(
        HEAD "int main(void) { mqd_t q = make(); sigset_t s; int got; sigemptyset(&s);\n"
             "struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};\n"
             "sigaddset(&s, SIGUSR1); sigprocmask(SIG_BLOCK, &s, 0); mq_notify(q, &e);\n"
             "if (!fork()) { *x = 1; mq_send(q, c, 1, 0); _exit(0); }\n"
             "sigwait(&s, &got); return *x != 1; }\n",
        40);
    assert_int_equal(y.races + other_faults(&y), 0);
}

/* A message that somebody waits for is no news. */
static void receiver_goes_before_notice(void **state)
{
    (void)state;
    struct tally y = tally_in_fair_time(
        HEAD "int main(void) { mqd_t q = make();\n"
             "struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};\n"
             "mq_notify(q, &e);\n" /* would end it */
             "if (!fork()) { sleep(1); mq_send(q, c, 1, 0); _exit(0); }\n"
             "mq_receive(q, c, 8, 0); wait(0); return 0; }\n",
        20);
    assert_int_equal(y.races + other_faults(&y), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_as_natively),
        cmocka_unit_test(message_orders),
        cmocka_unit_test(room_orders_who_uses_it),
        cmocka_unit_test(notice_orders),
        cmocka_unit_test(receiver_goes_before_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
