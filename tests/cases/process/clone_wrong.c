/* expect: data-race at 24 and 40 */
/* The result is looked at before the child has been waited for. */

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define STACK 65536

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int *result;

static int compute(void *number)
{
    *result = *(int *)number * 2;
    return 0;
}

int main(void)
{
    int number = 21, status, seen;
    char *stack = malloc(STACK);
    pid_t child;

    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED || !stack)
        die("memory");
    child = clone(compute, stack + STACK, SIGCHLD, &number);
    if (child < 0)
        die("clone");
    seen = *result;
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("result %d\n", seen);
    free(stack);
    return seen == 42 && status == 0 ? 0 : 1;
}
