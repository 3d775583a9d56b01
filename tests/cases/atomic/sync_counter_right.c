/* expect: none */
/* Three processes count with __sync_fetch_and_add. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3
#define ROUNDS  4

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int i, j, status, total, failed = 0;
    int *count;
    pid_t child;

    count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (count == MAP_FAILED)
        die("mmap");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child > 0)
            continue;
        for (j = 0; j < ROUNDS; j++)
            __sync_fetch_and_add(count, 1);
        exit(0);
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    total = *count;
    printf("counted %d of %d\n", total, WORKERS * ROUNDS);
    return total == WORKERS * ROUNDS && !failed ? 0 : 1;
}
