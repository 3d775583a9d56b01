/* expect: none */
/* A real-time signal is queued as often as it is sent. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT 3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    const int news = SIGRTMIN;
    int i, status, sum = 0;
    siginfo_t info;
    sigset_t set;
    pid_t child;

    sigemptyset(&set);
    sigaddset(&set, news);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        die("sigprocmask");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        for (i = 1; i <= COUNT; i++) {
            if (sigqueue(getppid(), news, (union sigval){.sival_int = i}) < 0)
                die("sigqueue");
        }
        exit(0);
    }
    for (i = 0; i < COUNT; i++) {
        if (sigwaitinfo(&set, &info) < 0)
            die("sigwaitinfo");
        sum += info.si_value.sival_int;
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("sum %d\n", sum);
    return sum == COUNT * (COUNT + 1) / 2 && status == 0 ? 0 : 1;
}
