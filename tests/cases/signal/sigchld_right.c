/* expect: none */
/* One SIGCHLD may stand for several children: the handler waits for all that have ended. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static volatile sig_atomic_t ended;

static void on_child(int sig)
{
    int before = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ended++;
    errno = before;
}

int main(void)
{
    struct sigaction act = {.sa_handler = on_child};
    sigset_t chld, before;
    int i;
    pid_t child;

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGCHLD, &act, NULL) < 0)
        die("sigaction");
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &chld, &before) < 0)
        die("sigprocmask");

    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0)
            exit(0);
    }
    while (ended < WORKERS)
        sigsuspend(&before);
    printf("%d workers have ended\n", (int)ended);
    return 0;
}
