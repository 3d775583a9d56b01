/* expect: deadlock at 30 and 43 */
/* The producer takes the mutex before it waits for a free slot. */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 2
#define EACH  3

struct ring {
    sem_t mutex, empty, full;
    int slot[SLOTS];
    int in, out;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void put(struct ring *r, int item)
{
    if (sem_wait(&r->mutex) < 0)
        die("sem_wait");
    if (sem_wait(&r->empty) < 0)
        die("sem_wait");
    r->slot[r->in++ % SLOTS] = item;
    if (sem_post(&r->mutex) < 0 || sem_post(&r->full) < 0)
        die("sem_post");
}

static int take(struct ring *r)
{
    int item;

    if (sem_wait(&r->full) < 0)
        die("sem_wait");
    if (sem_wait(&r->mutex) < 0)
        die("sem_wait");
    item = r->slot[r->out++ % SLOTS];
    if (sem_post(&r->mutex) < 0 || sem_post(&r->empty) < 0)
        die("sem_post");
    return item;
}

int main(void)
{
    struct ring *r;
    int i, j, status, sum = 0, failed = 0;
    pid_t child;

    r = mmap(NULL, sizeof *r, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r == MAP_FAILED)
        die("mmap");
    if (sem_init(&r->mutex, 1, 1) < 0 || sem_init(&r->empty, 1, SLOTS) < 0)
        die("sem_init");
    if (sem_init(&r->full, 1, 0) < 0)
        die("sem_init");
    for (i = 0; i < 2; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            for (j = 1; j <= EACH; j++)
                put(r, j);
            exit(0);
        }
    }
    for (i = 0; i < 2 * EACH; i++)
        sum += take(r);
    for (i = 0; i < 2; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    printf("sum %d\n", sum);
    if (sem_destroy(&r->mutex) < 0 || sem_destroy(&r->empty) < 0 || sem_destroy(&r->full) < 0)
        die("sem_destroy");
    return sum == EACH * (EACH + 1) && !failed ? 0 : 1;
}
