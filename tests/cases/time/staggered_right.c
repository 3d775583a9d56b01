/* expect: none */
/* The workers take turns with a semaphore; how long they sleep is their own affair. */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3

struct shared {
    sem_t mutex;
    int count;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void work(struct shared *s, int me)
{
    usleep(20000 * me);
    if (sem_wait(&s->mutex) < 0)
        die("sem_wait");
    s->count += 1;
    if (sem_post(&s->mutex) < 0)
        die("sem_post");
}

int main(void)
{
    struct shared *s;
    int i, status, count, failed = 0;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        die("mmap");
    if (sem_init(&s->mutex, 1, 1) < 0)
        die("sem_init");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            work(s, i);
            exit(0);
        }
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    count = s->count;
    printf("counted %d\n", count);
    if (sem_destroy(&s->mutex) < 0)
        die("sem_destroy");
    return count == WORKERS && !failed ? 0 : 1;
}
