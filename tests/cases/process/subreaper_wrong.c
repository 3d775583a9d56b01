/* expect: data-race at 30 and 35 */
/* Nobody waits for the grandchild: whether it has written yet, the parent does not know. */

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
    int *result, seen;
    pid_t child;

    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED)
        die("mmap");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        child = fork();
        if (child == 0)
            *result = 42;
        _exit(child < 0 ? 1 : 0);
    }
    while (wait(NULL) > 0)
        ;
    seen = *result;
    printf("the grandchild says %d\n", seen);
    return seen == 42 ? 0 : 1;
}
