/* expect: async-signal-unsafe at 22 */
/* The handler calls printf, and may do so while main is inside printf. */

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

static volatile sig_atomic_t greeted;

static void on_usr1(int sig)
{
    (void)sig;
    greeted = 1;
    printf("the child says hello\n");
}

int main(void)
{
    struct sigaction act = {.sa_handler = on_usr1, .sa_flags = SA_RESTART};
    int i, status;
    pid_t child;

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGUSR1, &act, NULL) < 0)
        die("sigaction");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (kill(getppid(), SIGUSR1) < 0)
            die("kill");
        exit(0);
    }
    for (i = 1; i <= 3; i++)
        printf("line %d\n", i);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    return greeted && status == 0 ? 0 : 1;
}
