/* expect: schedule-dependent */
/* A load and a store are atomic each, but not the two together. */

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2
#define ROUNDS  3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void add(atomic_int *sum, int by)
{
    int old = atomic_load(sum);

    atomic_store(sum, old + by);
}

int main(void)
{
    int i, j, status, total, failed = 0;
    atomic_int *sum;
    pid_t child;

    sum = mmap(NULL, sizeof *sum, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (sum == MAP_FAILED)
        die("mmap");
    atomic_init(sum, 0);
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child > 0)
            continue;
        for (j = 1; j <= ROUNDS; j++)
            add(sum, j);
        exit(0);
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    total = atomic_load(sum);
    printf("sum %d\n", total);
    return total == WORKERS * ROUNDS * (ROUNDS + 1) / 2 && !failed ? 0 : 1;
}
