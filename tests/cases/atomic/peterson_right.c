/* expect: none */
/* Peterson's lock with atomics, which keep their order. */

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 2

struct shared {
    atomic_int wants[2], turn;
    int count;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void work(struct shared *s, int me)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        s->wants[me] = 1;
        s->turn = 1 - me;
        while (s->wants[1 - me] && s->turn == 1 - me)
            sched_yield();
        s->count++;
        s->wants[me] = 0;
    }
}

int main(void)
{
    struct shared *s;
    int status, count;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        die("mmap");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        work(s, 1);
        exit(0);
    }
    work(s, 0);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    count = s->count;
    printf("counted %d of %d\n", count, 2 * ROUNDS);
    return count == 2 * ROUNDS && status == 0 ? 0 : 1;
}
