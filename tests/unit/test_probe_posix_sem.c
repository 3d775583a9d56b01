/* test_probe_posix_sem.c - POSIX semaphores under the probe: as natively; each post's unit orders whom
 * it lets through, and nobody else. */
#include "tests/support/probe_native.h"
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define HEAD                                                                                      \
    "#include <semaphore.h>\n#include <sys/mman.h>\n#include <sys/wait.h>\n#include <unistd.h>\n" \
    "struct s { sem_t lock, full; int x; };\n"                                                    \
    "static struct s *make(int a, int b) { struct s *s = mmap(0, 4096, 3, 0x21, -1, 0);\n"        \
    "sem_init(&s->lock, 1, a); sem_init(&s->full, 1, b); return s; }\n"

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
    assert_as_natively("tests/probe/posix_sem.c", 40);
}

static void lock_orders(void **state)
{
    (void)state;
    struct tally y = tally_of(HEAD "int main(void) { struct s *s = make(1, 0); int p = fork();\n"
                                   "for (int i = 0; i < 3; i++) { sem_wait(&s->lock); s->x++;\n"
                                   "sem_post(&s->lock); }\n"
                                   "if (!p) _exit(0); wait(0); return s->x != 6; }\n",
                              60);
    assert_int_equal(y.races + other_faults(&y), 0);
}

/* Both take a unit of their own, so nothing is between them: 2 is not a lock. */
static void two_units_do_not_exclude(void **state)
{
    (void)state;
    struct tally y = tally_of(HEAD "int main(void) { struct s *s = make(2, 0); int p = fork();\n"
                                   "sem_wait(&s->lock); s->x++; sem_post(&s->lock);\n"
                                   "if (!p) _exit(0); wait(0); return 0; }\n",
                              60);
    assert_int_equal(other_faults(&y), 0);
    assert_int_equal(y.races, 60);
}

static void baton_is_no_race(void **state)
{
    (void)state;
    struct tally y =
        tally_of(HEAD "int main(void) { struct s *s = make(1, 0); sem_wait(&s->lock);\n"
                      "if (!fork()) { sem_wait(&s->full); s->x *= 2;\n"
                      "sem_post(&s->lock); _exit(0); }\n"
                      "s->x = 4; sem_post(&s->full); sem_wait(&s->lock);\n"
                      "return s->x != 8; }\n",
                 60);
    assert_int_equal(y.races + other_faults(&y), 0);
}

static void polling_the_value_orders(void **state)
{
    (void)state;
    struct tally y = tally_of(HEAD "int main(void) { struct s *s = make(0, 0); int v = 0;\n"
                                   "if (!fork()) { s->x = 1; sem_post(&s->full); _exit(0); }\n"
                                   "while (!v) sem_getvalue(&s->full, &v);\n"
                                   "return s->x != 1; }\n",
                              30);
    assert_int_equal(y.races + other_faults(&y), 0);
}

static void one_processes_own_wakes_no_other(void **state)
{
    (void)state;
    struct tally y = tally_in_fair_time(
        HEAD "int main(void) { struct s *s = make(0, 0); sem_init(&s->full, 0, 0);\n"
             "if (!fork()) { sleep(1); sem_post(&s->full); _exit(0); }\n"
             "return sem_wait(&s->full); }\n",
        20);
    assert_int_equal(y.stuck, 20);
}

static void making_it_anew_races(void **state)
{
    (void)state;
    struct tally y =
        tally_of(HEAD "int main(void) { struct s *s = mmap(0, 4096, 3, 0x21, -1, 0);\n"
                      "int p = fork(); sem_init(&s->lock, 1, 1);\n"
                      "sem_trywait(&s->lock); if (!p) _exit(0); wait(0); return 0; }\n",
                 20);
    assert_int_equal(y.races, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_as_natively),
        cmocka_unit_test(lock_orders),
        cmocka_unit_test(two_units_do_not_exclude),
        cmocka_unit_test(baton_is_no_race),
        cmocka_unit_test(polling_the_value_orders),
        cmocka_unit_test(one_processes_own_wakes_no_other),
        cmocka_unit_test(making_it_anew_races),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
