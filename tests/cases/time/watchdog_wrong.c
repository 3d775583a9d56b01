/* expect: deadlock at 43 */
/* The handler asks the child to end, which ignores that. */

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

static pid_t child;
static volatile sig_atomic_t late;

static void on_alarm(int sig)
{
    (void)sig;
    late = 1;
    kill(child, SIGTERM);
}

int main(void)
{
    struct sigaction act = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    int status;

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGALRM, &act, NULL) < 0)
        die("sigaction");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        signal(SIGTERM, SIG_IGN);
        for (;;)
            pause();
    }
    alarm(1);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", late && WIFSIGNALED(status) ? "too late: ended" : "in time");
    return late && WIFSIGNALED(status) ? 0 : 1;
}
