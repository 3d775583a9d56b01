/* expect: none */
/* The parent ends its helper with SIGTERM before it ends itself. */

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

static void help(void)
{
    for (;;)
        pause();
}

int main(void)
{
    pid_t helper;
    int status;

    helper = fork();
    if (helper < 0)
        die("fork");
    if (helper == 0)
        help();

    printf("the work is done\n");
    if (kill(helper, SIGTERM) < 0)
        die("kill");
    if (waitpid(helper, &status, 0) < 0)
        die("waitpid");
    return WIFSIGNALED(status) ? 0 : 1;
}
