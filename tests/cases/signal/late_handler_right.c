/* expect: none */
/* The handler is there before the child is: the signal cannot come too early. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static volatile sig_atomic_t told;

static void on_usr1(int sig)
{
    (void)sig;
    told = 1;
}

static void prepare(sigset_t *before)
{
    struct sigaction act = {.sa_handler = on_usr1};
    sigset_t usr1;

    sigemptyset(&act.sa_mask);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &usr1, before) < 0 || sigaction(SIGUSR1, &act, NULL) < 0)
        die("preparing for SIGUSR1");
}

int main(void)
{
    sigset_t before;
    int status;
    pid_t child;

    prepare(&before);
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        while (!told)
            sigsuspend(&before);
        exit(0);
    }
    if (kill(child, SIGUSR1) < 0)
        die("kill");
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "the child has been told" : "the child was killed");
    return status == 0 ? 0 : 1;
}
