/* expect: none */
/* The memory is mapped before the fork: parent and child have the same. */

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
    int *p;
    pid_t child;

    p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        die("mmap");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *p = 5;
        exit(0);
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    seen = *p;
    printf("the child wrote %d\n", seen);
    if (munmap(p, sizeof *p) < 0)
        die("munmap");
    return seen == 5 && status == 0 ? 0 : 1;
}
