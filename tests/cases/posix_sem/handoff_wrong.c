/* expect: data-race at 39 and 45 */
/* The semaphore is posted before the result is there. */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    sem_t ready;
    int result;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct shared *s;
    int status, seen;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        die("mmap");
    if (sem_init(&s->ready, 1, 0) < 0)
        die("sem_init");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (sem_post(&s->ready) < 0)
            die("sem_post");
        s->result = 28;
        exit(0);
    }

    if (sem_wait(&s->ready) < 0)
        die("sem_wait");
    seen = s->result;
    printf("result %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (sem_destroy(&s->ready) < 0)
        die("sem_destroy");
    return seen == 28 && status == 0 ? 0 : 1;
}
