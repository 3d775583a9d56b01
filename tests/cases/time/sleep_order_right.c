/* expect: none */
/* The parent waits for the child to end. */

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

int main(void)
{
    int status, seen;
    int *result;
    pid_t child;

    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED)
        die("mmap");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *result = 11;
        exit(0);
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    seen = *result;
    printf("the result is %d\n", seen);
    return seen == 11 && status == 0 ? 0 : 1;
}
