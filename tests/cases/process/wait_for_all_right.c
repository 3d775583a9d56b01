/* expect: none */
/* The parent waits for both children before it adds up. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int i, status, sum, failed = 0;
    int *part;
    pid_t child;

    part = mmap(NULL, WORKERS * sizeof *part, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                -1, 0);
    if (part == MAP_FAILED)
        die("mmap");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            part[i] = 10 * (i + 1);
            exit(0);
        }
    }
    if (wait(&status) < 0)
        die("wait");
    failed |= status != 0;
    if (wait(&status) < 0)
        die("wait");
    failed |= status != 0;
    sum = part[0] + part[1];
    printf("sum %d\n", sum);
    return sum == 30 && !failed ? 0 : 1;
}
