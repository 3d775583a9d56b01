/* expect: none */
/* The signal is blocked, and only sigsuspend lets it in: it cannot come in between. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static volatile sig_atomic_t ready;

static void on_usr1(int sig)
{
    (void)sig;
    ready = 1;
}

int main(void)
{
    struct sigaction act = {.sa_handler = on_usr1};
    sigset_t usr1, before;
    int status, seen;
    int *result;
    pid_t child;

    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED)
        die("mmap");
    sigemptyset(&act.sa_mask);
    if (sigaction(SIGUSR1, &act, NULL) < 0)
        die("sigaction");
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &usr1, &before) < 0)
        die("sigprocmask");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *result = 64;
        if (kill(getppid(), SIGUSR1) < 0)
            die("kill");
        exit(0);
    }
    while (!ready)
        sigsuspend(&before);
    seen = *result;
    printf("the result is %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    return seen == 64 && status == 0 ? 0 : 1;
}
