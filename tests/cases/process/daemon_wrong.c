/* expect: orphan or orphaned-blocking at 19 or deadlock at 19 */
/* The parent forgets its helper, which goes on pausing when everybody else has gone. */

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

    helper = fork();
    if (helper < 0)
        die("fork");
    if (helper == 0)
        help();

    printf("the work is done\n");
    return 0;
}
