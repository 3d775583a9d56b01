/* expect: none */
/* The signal gets in only while pselect waits. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static volatile sig_atomic_t called;

static void on_usr1(int sig)
{
    (void)sig;
    called = 1;
}

int main(void)
{
    struct sigaction act = {.sa_handler = on_usr1};
    sigset_t usr1, open;
    int status;
    pid_t child;

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGUSR1, &act, NULL) < 0)
        die("sigaction");
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &usr1, &open) < 0)
        die("sigprocmask");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (kill(getppid(), SIGUSR1) < 0)
            die("kill");
        exit(0);
    }
    while (!called) {
        if (pselect(0, NULL, NULL, NULL, NULL, &open) < 0 && errno != EINTR)
            die("pselect");
    }
    printf("the child has called\n");
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    return status == 0 ? 0 : 1;
}
