/* expect: wrong-exit */
/* The child puts its result into a global variable, which is its own copy. */

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

static int storage;
static int *result = &storage;

int main(void)
{
    int status;
    pid_t child;

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *result = 42;
        exit(0);
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("the result is %d\n", *result);
    return *result == 42 && status == 0 ? 0 : 1;
}
