/* test_probe_driver_signals.c - the driver, outside of the probe, sends signals by plain kill(2), and messages
 * by plain mq_send(3), while it has the turn: they end, wake, interrupt and notify as any other. */
#include "probe/host/driver.h"
#include "tests/support/probe_world.h"

#include <fcntl.h>
#include <mqueue.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[160], region[200], probe[200];

static void compile(const char *text)
{
    char command[2048], path[200];
    snprintf(path, sizeof path, "%s/p.c", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    snprintf(command, sizeof command,
             "cd %s && gcc -fsanitize=thread --param tsan-distinguish-volatile=1 -O0 -w -c p.c && "
             "gcc -o p p.o %s",
             folder, probe);
    assert_int_equal(system(command), 0);
}

static pid_t begin(struct world *w, unsigned task)
{
    char preload[512], place[256], path[200];
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", probe);
    snprintf(place, sizeof place, PROBE_ENV "=%s", region);
    snprintf(path, sizeof path, "%s/p", folder);
    char *env[] = {preload, place, NULL}, *argv[] = {path, NULL};
    pid_t pid = fork();
    if (pid == 0) {
        world_become(w, task);
        execve(path, argv, env);
        _exit(127);
    }
    world_set_pid(w, task, pid);
    return pid;
}

/* Starts the program, lets it come to rest, acts, lets it rest again. Its wait status. */
typedef void acting(pid_t pid, int signal);
static int status_after_act(acting *act, int signal)
{
    struct world *w = world_create(region);
    enum probe_end end = PROBE_RUNNING;
    int status = -1;

    assert_non_null(w);
    world_reset(w, &(struct probe_config){.seed = 1, .strategy = PROBE_RANDOM_WALK}, NULL, 0);
    world_add_driver(w);
    pid_t pid = begin(w, world_add(w, "program", 0));
    assert_true(world_yield(w, WORLD_REST));
    assert_true(world_returned(w, 5000, &end));
    if (end == PROBE_RUNNING) {
        act(pid, signal);
        world_yield(w, WORLD_REST);
        world_returned(w, 5000, &end);
    }
    for (int i = 0; i < 2000 && waitpid(pid, &status, WNOHANG) == 0; i++)
        usleep(1000);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, WNOHANG);
    world_destroy(w);
    return status;
}

static void send_signal(pid_t pid, int signal)
{
    kill(pid, signal);
}

static int status_after(int signal)
{
    return status_after_act(send_signal, signal);
}

#define HEAD                                                                                 \
    "#include <errno.h>\n#include <semaphore.h>\n#include <signal.h>\n#include <unistd.h>\n" \
    "static volatile sig_atomic_t flag; static void set(int s) { flag = 1; }\n"              \
    "int main(void) { struct sigaction a = {.sa_handler = set}; sigaction(SIGTERM, &a, 0);\n"

static void ends_and_wakes(void **state)
{
    (void)state;
    compile(HEAD "pause(); return flag + 2; }\n");
    assert_int_equal(WEXITSTATUS(status_after(SIGTERM)), 3);
    assert_int_equal(WTERMSIG(status_after(SIGINT)), SIGINT);
    assert_int_equal(WTERMSIG(status_after(SIGKILL)), SIGKILL);
    compile(HEAD
            "sem_t s; sem_init(&s, 0, 0); return sem_wait(&s) < 0 && errno == EINTR ? 6 : 0; }\n");
    assert_int_equal(WEXITSTATUS(status_after(SIGTERM)), 6);
    compile(
        HEAD
        "int e[2]; char c; pipe(e); return read(e[0], &c, 1) < 0 && errno == EINTR ? 7 : 0; }\n");
    assert_int_equal(WEXITSTATUS(status_after(SIGTERM)), 7);
    compile(HEAD "sigset_t s; int n; sigemptyset(&s); sigaddset(&s, SIGUSR1);\n"
                 "sigprocmask(SIG_BLOCK, &s, 0); sigwait(&s, &n); return n; }\n");
    assert_int_equal(WEXITSTATUS(status_after(SIGUSR1)), SIGUSR1);
}

static void send_message(pid_t pid, int signal)
{
    char name[32];
    (void)signal;
    snprintf(name, sizeof name, "/ipcgrade-test-%d", (int)pid);
    mqd_t queue = mq_open(name, O_WRONLY);
    assert_int_not_equal(queue, -1);
    assert_int_equal(mq_send(queue, "hello", 5, 0), 0);
    mq_close(queue);
}

/* And nobody takes it any more. */
static void send_both(pid_t pid, int signal)
{
    char name[32];
    snprintf(name, sizeof name, "/ipcgrade-test-%d", (int)pid);
    send_message(pid, 0);
    mq_unlink(name);
    kill(pid, signal);
}

#define QUEUE                                                                                      \
    "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <mqueue.h>\n#include <signal.h>\n"          \
    "#include <stdio.h>\n#include <unistd.h>\n"                                                    \
    "static mqd_t q; static char name[32], text[8192];\n"                                          \
    "static int take(void) { int n = mq_receive(q, text, 8192, 0); mq_unlink(name); return n; }\n" \
    "static void handle(int s) { _exit(take() + 20); }\n"                                          \
    "static void run(union sigval v) { _exit(take() + 40); }\n"                                    \
    "int main(void) { sprintf(name, \"/ipcgrade-test-%d\", getpid()); signal(SIGUSR1, handle);\n"  \
    "q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, 0);\n"

static void notifies(void **state)
{
    (void)state;
    compile(QUEUE "struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};\n"
                  "mq_notify(q, &e); for (;;) pause(); }\n");
    assert_int_equal(WEXITSTATUS(status_after_act(send_message, 0)), 25);
    compile(QUEUE "struct sigevent e = {.sigev_notify = SIGEV_THREAD};\n"
                  "e.sigev_notify_function = run; mq_notify(q, &e); for (;;) pause(); }\n");
    assert_int_equal(WEXITSTATUS(status_after_act(send_message, 0)), 45);
    /* Who asks while a message lies there is told of the first one into an empty queue only. */
    compile(QUEUE "struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};\n"
                  "mq_send(q, \"a\", 1, 0); mq_notify(q, &e); for (;;) pause(); }\n");
    assert_int_equal(WTERMSIG(status_after_act(send_both, SIGTERM)), SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ends_and_wakes),
                                       cmocka_unit_test(notifies)};
    char command[200];

    probe_test_folder(folder, sizeof folder);
    probe_test_region(folder, region, sizeof region);
    probe_test_library(folder, probe, sizeof probe);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) || failed;
}
