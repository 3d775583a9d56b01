/* expect: data-race at 56 and 56 */
/* The spin lock tests, and then sets: two processes may both find it free. */

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2
#define ROUNDS  3

struct shared {
    atomic_int locked;
    int count;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void lock(struct shared *s)
{
    while (atomic_load(&s->locked))
        sched_yield();
    atomic_store(&s->locked, 1);
}

static void unlock(struct shared *s)
{
    atomic_store(&s->locked, 0);
}

int main(void)
{
    int i, j, status, count, failed = 0;
    struct shared *s;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        die("mmap");
    atomic_init(&s->locked, 0);
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child > 0)
            continue;
        for (j = 0; j < ROUNDS; j++) {
            lock(s);
            s->count++;
            unlock(s);
        }
        exit(0);
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    count = s->count;
    printf("counted %d of %d\n", count, WORKERS * ROUNDS);
    return count == WORKERS * ROUNDS && !failed ? 0 : 1;
}
