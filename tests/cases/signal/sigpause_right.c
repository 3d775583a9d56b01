/* expect: none */
/* The signal is held but while sigpause waits for it, which lets it in and waits in one step. */

#define _XOPEN_SOURCE 700
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
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

int main(void)
{
    int status;
    pid_t child;

    if (sigset(SIGUSR1, on_usr1) == SIG_ERR || sighold(SIGUSR1) < 0)
        die("preparing for SIGUSR1");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0)
        _exit(kill(getppid(), SIGUSR1) < 0);

    while (!told)
        sigpause(SIGUSR1);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("told\n");
    return status == 0 ? 0 : 1;
}
