/* expect: none */
/* The parent ends at once; the child has a little left to do and then ends by itself. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void tidy_up(void)
{
    int i, sum = 0;

    for (i = 1; i <= 10; i++)
        sum += i;
    printf("tidied up %d things\n", sum);
}

int main(void)
{
    pid_t child;

    child = fork();
    if (child < 0)
        die("fork");
    if (child > 0)
        exit(0);

    if (setsid() < 0)
        die("setsid");
    tidy_up();
    return 0;
}
