/*
 * test_probe_misuse.c - rules that a program breaks for certain: what is told, and what must not be.
 */
#include "tests/support/probe_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define HEAD                                                                                     \
    "#include <fcntl.h>\n#include <setjmp.h>\n#include <signal.h>\n#include <stdio.h>\n"         \
    "#include <stdlib.h>\n#include <sys/wait.h>\n#include <unistd.h>\n"                          \
    "static volatile sig_atomic_t flag; static int status;\n"                                    \
    "static void say(int s) { (void)s; flag++; printf(\"hello\\n\"); }\n"                        \
    "static void handle(int s) { sigaction(s, &(struct sigaction){.sa_handler = say,\n"          \
    "    .sa_flags = SA_RESTART}, 0); }\n"                                                       \
    "static void hold(int how) { sigset_t s; sigemptyset(&s); sigaddset(&s, SIGUSR1);\n"         \
    "    sigprocmask(how, &s, 0); }\n"                                                           \
    "static int call(void) { if (!fork()) { kill(getppid(), SIGUSR1); _exit(0); } return 0; }\n" \
    "static void ask(void) { int e[2]; char c; pipe(e); if (!fork()) exit(0);\n"                 \
    "    close(e[1]); while (read(e[0], &c, 1) > 0); close(e[0]); }\n"                           \
    "static int number(const char *from) { int n = 0; FILE *f = popen(from, \"r\");\n"           \
    "    fscanf(f, \"%d\", &n); if (flag) pclose(f); return n; }\n"

#define LOCKS                                                                                   \
    "#include <pthread.h>\n#include <string.h>\n#include <sys/mman.h>\n#include <sys/wait.h>\n" \
    "#include <unistd.h>\n#define SHARED PTHREAD_PROCESS_SHARED\n"                              \
    "static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; static int ready;\n"                 \
    "static pthread_cond_t c = PTHREAD_COND_INITIALIZER;\n"                                     \
    "static void lock(void) { pthread_mutex_lock(&m); }\n"                                      \
    "static void unlock(void) { pthread_mutex_unlock(&m); }\n"                                  \
    "static void *unlocks(void *at) { unlock(); return at; }\n"                                 \
    "static void *uses(void *at) { lock(); ready = 1; pthread_cond_signal(&c); unlock();\n"     \
    "    return at; }\n"                                                                        \
    "static void both(void *(*run)(void *), void *at) { pthread_t t;\n"                         \
    "    pthread_create(&t, 0, run, at); run(at); pthread_join(t, 0); }\n"                      \
    "static void child(void *(*run)(void *), void *at) { pid_t p = fork();\n"                   \
    "    if (!p) { run(at); _exit(0); } waitpid(p, 0, 0); }\n"                                  \
    "static void *shared(void) { return mmap(0, 4096, PROT_READ | PROT_WRITE,\n"                \
    "    MAP_SHARED | MAP_ANONYMOUS, -1, 0); }\n"                                               \
    "static void *takes(void *at) { pthread_mutex_lock(at); pthread_mutex_unlock(at);\n"        \
    "    return at; }\n"                                                                        \
    "static void *reads(void *at) { pthread_rwlock_rdlock(at); pthread_rwlock_unlock(at);\n"    \
    "    return at; }\n"                                                                        \
    "static void *signals(void *at) { pthread_cond_broadcast(at); return at; }\n"               \
    "static void *meets(void *at) { pthread_barrier_wait(at); return at; }\n"

enum { MANY = 60 };

static void assert_silent(const char *program)
{
    struct trial *t = trial_text(program);
    assert_true(trial_is_silent(t, MANY, NULL));
    trial_close(t);
}

/* On every schedule, the first one included. */
static void assert_told(const char *program, const char *rule)
{
    struct trial *t = trial_text(program);
    for (unsigned i = 0; i < 5; i++) {
        struct probe_config config = {.seed = 1, .schedule = i, .strategy = PROBE_PORTFOLIO};
        struct world_result r;
        bool told = false;
        trial_run(t, &config, NULL, 0, &r);
        for (size_t k = 0; k < r.findings; k++)
            told = told || (r.finding[k].rule == PROBE_MISUSE && !strcmp(r.finding[k].text, rule));
        assert_true(told);
        world_forget(&r);
    }
    trial_close(t);
}

/* ---- duplicated-output --------------------------------------------------------------------------- */

static void a_buffer_written_twice_is_told(void **state)
{
    (void)state;
    assert_told(HEAD "int main(void) { printf(\"a\"); if (!fork()) exit(0);\n"
                     "wait(&status); printf(\"b\\n\"); return status; }\n",
                "duplicated-output");
    assert_told(HEAD "int main(void) { FILE *f = fopen(\"out\", \"w\"); fputs(\"a\", f);\n"
                     "for (int i = 0; i < 2; i++) if (!fork()) { fputs(\"c\", f); exit(0); }\n"
                     "while (wait(&status) > 0); _exit(0); }\n",
                "duplicated-output");
}

static void a_buffer_written_once_is_not(void **state)
{
    (void)state;
    assert_silent(HEAD "int main(void) { printf(\"a\"); fflush(stdout);\n"
                       "if (!fork()) { printf(\"b\"); exit(0); }\n"
                       "wait(&status); printf(\"c\"); return status; }\n");
    assert_silent(HEAD
                  "int main(void) { printf(\"a\"); if (!fork()) _exit(0);\n"
                  "if (!fork()) { execl(\"/bin/echo\", \"echo\", \"b\", (char *)0); _exit(1); }\n"
                  "wait(&status); wait(0); printf(\"c\"); return status; }\n");
    assert_silent(HEAD "int main(void) { char big[9000] = {0}; setvbuf(stdout, 0, _IONBF, 0);\n"
                       "printf(\"a\"); fwrite(big, 1, sizeof big, stdout);\n"
                       "if (!fork()) { printf(\"b\"); exit(0); }\n"
                       "wait(&status); printf(\"c\"); return status; }\n");
}

/* ---- unlock-not-held ---------------------------------------------------------------------------- */

static void unlocking_what_is_not_locked_is_told(void **state)
{
    (void)state;
    assert_told(LOCKS "int main(void) { lock(); unlock(); unlock(); return 0; }\n",
                "unlock-not-held");
    assert_told(LOCKS "int main(void) { pthread_t t; lock(); pthread_create(&t, 0, unlocks, 0);\n"
                      "pthread_join(t, 0); return 0; }\n",
                "unlock-not-held");
    assert_told(LOCKS "int main(void) { pthread_t t; pthread_create(&t, 0, uses, 0);\n"
                      "struct timespec now = {0}; pthread_cond_timedwait(&c, &m, &now);\n"
                      "pthread_join(t, 0); return 0; }\n",
                "unlock-not-held");
}

/* A child has what its parent locked; the kinds that keep count say no by themselves. */
static void unlocking_what_is_locked_is_not(void **state)
{
    (void)state;
    assert_silent(LOCKS "int main(void) { lock(); if (!fork()) { unlock(); lock(); _exit(0); }\n"
                        "wait(0); unlock(); return 0; }\n");
    assert_silent(LOCKS "int main(void) { pthread_atfork(lock, unlock, unlock);\n"
                        "child(uses, 0); both(uses, 0); return !ready; }\n");
    assert_silent(LOCKS "int main(void) { pthread_mutexattr_t a; pthread_mutexattr_init(&a);\n"
                        "pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);\n"
                        "pthread_mutex_init(&m, &a); lock(); lock(); unlock(); unlock();\n"
                        "return pthread_mutex_unlock(&m) == 0; }\n");
    assert_silent(LOCKS "int main(void) { if (pthread_mutex_trylock(&m)) return 1; unlock();\n"
                        "pthread_t t; pthread_create(&t, 0, uses, 0); lock();\n"
                        "while (!ready) pthread_cond_wait(&c, &m); unlock();\n"
                        "return pthread_join(t, 0); }\n");
}

/* ---- not-process-shared ------------------------------------------------------------------------- */

static void a_lock_for_one_process_is_told(void **state)
{
    static const char by_initializer[] =
        "*(pthread_mutex_t *)at = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;"
        "child(takes, at); takes(at);";
    static const char *const made[] = {
        "takes(at); child(takes, at);",
        by_initializer,
        "pthread_mutex_init(at, 0); child(takes, at); child(takes, at);",
        "pthread_rwlock_init(at, 0); child(reads, at); reads(at);",
        "pthread_cond_init(at, 0); child(signals, at); signals(at);",
        "pthread_barrier_init(at, 0, 1); child(meets, at); meets(at);",
        NULL};
    (void)state;
    for (int i = 0; made[i]; i++) {
        char text[4096];
        snprintf(text, sizeof text, LOCKS "int main(void) { void *at = shared(); %s return 0; }\n",
                 made[i]);
        assert_told(text, "not-process-shared");
    }
}

static void a_lock_for_several_processes_is_not(void **state)
{
    (void)state;
    assert_silent(
        LOCKS "int main(void) { char *at = shared();\n"
              "pthread_mutexattr_t a; pthread_mutexattr_init(&a);\n"
              "pthread_mutexattr_setpshared(&a, SHARED); pthread_mutex_init((void *)at, &a);\n"
              "child(takes, at); takes(at); at += 512;\n"
              "pthread_rwlockattr_t r; pthread_rwlockattr_init(&r);\n"
              "pthread_rwlockattr_setpshared(&r, SHARED); pthread_rwlock_init((void *)at, &r);\n"
              "child(reads, at); reads(at); at += 512;\n"
              "pthread_condattr_t k; pthread_condattr_init(&k);\n"
              "pthread_condattr_setpshared(&k, SHARED); pthread_cond_init((void *)at, &k);\n"
              "child(signals, at); signals(at); at += 512;\n"
              "pthread_barrierattr_t b; pthread_barrierattr_init(&b);\n"
              "pthread_barrierattr_setpshared(&b, SHARED);\n"
              "pthread_barrier_init((void *)at, &b, 1);\n"
              "child(meets, at); meets(at); return 0; }\n");
    /* Of one alone; a copy of its own in each. */
    assert_silent(LOCKS "int main(void) { void *at = shared(); pthread_mutex_init(at, 0);\n"
                        "both(takes, at); pthread_mutex_destroy(at);\n"
                        "child(takes, &m); takes(&m); return 0; }\n");
}

/* ---- async-signal-unsafe ------------------------------------------------------------------------- */

static void a_handler_that_may_interrupt_is_told(void **state)
{
    (void)state;
    assert_told(HEAD "int main(void) { handle(SIGUSR1); call(); printf(\"x\\n\");\n"
                     "wait(&status); return status; }\n",
                "async-signal-unsafe");
}

static void a_handler_that_cannot_is_not(void **state)
{
    (void)state;
    assert_silent(HEAD "int main(void) { handle(SIGUSR1); printf(\"x\\n\"); call();\n"
                       "wait(&status); printf(\"y\\n\"); return status; }\n");
    assert_silent(HEAD
                  "int main(void) { sigset_t none; sigemptyset(&none); hold(SIG_BLOCK);\n"
                  "handle(SIGUSR1); call(); printf(\"x\\n\"); while (!flag) sigsuspend(&none);\n"
                  "printf(\"y\\n\"); wait(&status); return status; }\n");
    assert_silent(HEAD "int main(void) { handle(SIGUSR1); printf(\"x\\n\"); raise(SIGUSR1);\n"
                       "printf(\"y\\n\"); return 0; }\n");
    assert_silent(HEAD
                  "int main(void) { int e[2]; char c; pipe(e); handle(SIGUSR1);\n"
                  "if (!fork()) { read(e[0], &c, 1); kill(getppid(), SIGUSR1); _exit(0); }\n"
                  "printf(\"x\\n\"); write(e[1], \"x\", 1); wait(&status); return status; }\n");
    assert_silent(HEAD
                  "int main(void) { int e[2]; char c; pipe(e); handle(SIGUSR1);\n"
                  "if (!fork()) { read(e[0], &c, 1); kill(getppid(), SIGUSR1); _exit(0); }\n"
                  "fprintf(stderr, \"x\\n\"); write(e[1], \"x\", 1); fprintf(stderr, \"x\\n\");\n"
                  "wait(&status); return status; }\n");
}

static void who_jumps_out_of_a_handler_is_out(void **state)
{
    (void)state;
    assert_silent(HEAD "static sigjmp_buf out; static void leave(int s) { siglongjmp(out, s); }\n"
                       "int main(void) { signal(SIGUSR2, leave);\n"
                       "if (!sigsetjmp(out, 1)) raise(SIGUSR2);\n"
                       "handle(SIGUSR1); printf(\"x\\n\"); call(); wait(&status);\n"
                       "return status; }\n");
}

/* ---- zombie, leak-fd ----------------------------------------------------------------------------- */

static void children_that_pile_up_are_told(void **state)
{
    (void)state;
    assert_told(HEAD "int main(void) { ask(); ask(); ask(); return 0; }\n", "zombie");
    assert_told(HEAD "int main(void) { return number(\"echo 1\") + number(\"echo 2\")\n"
                     "+ number(\"echo 3\") + number(\"echo 4\") != 10; }\n",
                "leak-fd");
}

static void children_that_do_not_are_not(void **state)
{
    (void)state;
    assert_silent(HEAD "int main(void) { ask(); ask(); ask(); while (wait(0) > 0); return 0; }\n");
    assert_silent(HEAD
                  "int main(void) { signal(SIGCHLD, SIG_IGN); ask(); ask(); ask(); return 0; }\n");
    assert_silent(HEAD "int main(void) { for (int i = 0; i < 5; i++) if (!fork()) _exit(0);\n"
                       "return 0; }\n");
    assert_silent(HEAD "int main(void) { ask(); ask(); return 0; }\n");
    assert_silent(HEAD
                  "int main(void) { flag = 1; int sum = number(\"echo 1\") + number(\"echo 2\")\n"
                  "+ number(\"echo 3\") + number(\"echo 4\"); return sum != 10; }\n");
}

/* Four at once, and all are used to the end. */
static void streams_in_use_are_not(void **state)
{
    (void)state;
    assert_silent(HEAD "int main(void) { FILE *f[4]; int n, sum = 0;\n"
                       "for (int i = 0; i < 4; i++) { f[i] = popen(\"echo 1 2\", \"r\");\n"
                       "    fscanf(f[i], \"%d\", &n); }\n"
                       "for (int i = 0; i < 4; i++) { fscanf(f[i], \"%d\", &n); sum += n; }\n"
                       "for (int i = 0; i < 4; i++) pclose(f[i]);\n"
                       "return sum != 8; }\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_written_twice_is_told),
        cmocka_unit_test(a_buffer_written_once_is_not),
        cmocka_unit_test(unlocking_what_is_not_locked_is_told),
        cmocka_unit_test(unlocking_what_is_locked_is_not),
        cmocka_unit_test(a_lock_for_one_process_is_told),
        cmocka_unit_test(a_lock_for_several_processes_is_not),
        cmocka_unit_test(a_handler_that_may_interrupt_is_told),
        cmocka_unit_test(a_handler_that_cannot_is_not),
        cmocka_unit_test(who_jumps_out_of_a_handler_is_out),
        cmocka_unit_test(children_that_pile_up_are_told),
        cmocka_unit_test(children_that_do_not_are_not),
        cmocka_unit_test(streams_in_use_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
