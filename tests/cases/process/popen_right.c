/* expect: none */
/* Every command that popen starts is closed, and waited for, with pclose. */

#include <stdio.h>
#include <stdlib.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int run(const char *command)
{
    FILE *out = popen(command, "r");
    int number;

    if (out == NULL)
        die("popen");
    if (fscanf(out, "%d", &number) != 1)
        die("fscanf");
    if (pclose(out) != 0)
        die("pclose");
    return number;
}

int main(void)
{
    int sum = run("echo 3") + run("echo 4") + run("echo 5");

    printf("sum %d\n", sum);
    return sum == 12 ? 0 : 1;
}
