/* expect: wrong-exit */
/* A child goes round the loop as well and forks children of its own. */

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    atomic_int *started;
    int i, count;
    pid_t child;

    started =
        mmap(NULL, sizeof *started, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (started == MAP_FAILED)
        die("mmap");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            atomic_fetch_add(started, 1);
        }
    }
    while (wait(NULL) > 0)
        ;
    count = atomic_load(started);
    if (count != WORKERS) {
        fprintf(stderr, "%d workers were started\n", count);
        return 1;
    }
    printf("%d workers were started\n", count);
    return 0;
}
