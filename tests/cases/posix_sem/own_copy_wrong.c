/* expect: data-race at 33 and 33 */
/* The semaphore is a global variable, of which every process has a copy of its own. */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 4

struct shared {
    sem_t mutex;
    int count;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static sem_t mutex;

static void work(struct shared *s)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        if (sem_wait(&mutex) < 0)
            die("sem_wait");
        s->count++;
        if (sem_post(&mutex) < 0)
            die("sem_post");
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
    if (sem_init(&mutex, 1, 1) < 0)
        die("sem_init");
    child = fork();
    if (child < 0)
        die("fork");
    work(s);
    if (child == 0)
        exit(0);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    count = s->count;
    printf("counted %d of %d\n", count, 2 * ROUNDS);
    if (sem_destroy(&mutex) < 0)
        die("sem_destroy");
    return count == 2 * ROUNDS && status == 0 ? 0 : 1;
}
