/* expect: none */
/* The parent flushes its output before it forks. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int status;
    pid_t child;

    printf("computing ... ");
    fflush(stdout);
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0)
        exit(0);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("done\n");
    return status == 0 ? 0 : 1;
}
