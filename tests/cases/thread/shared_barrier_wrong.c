/* expect: deadlock at 27 */
/* The barrier is made for three, and two processes come to it. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_barrier_t barrier;
    int part[2];
};

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static int meet(struct shared *s, int me)
{
    int result;

    s->part[me] = me + 5;
    result = pthread_barrier_wait(&s->barrier);
    if (result != 0 && result != PTHREAD_BARRIER_SERIAL_THREAD)
        stop("pthread_barrier_wait");
    return s->part[1 - me] == 1 - me + 5;
}

int main(void)
{
    const unsigned processes = 3;
    pthread_barrierattr_t attr;
    struct shared *s;
    int status, met;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        stop("mmap");
    if (pthread_barrierattr_init(&attr) != 0 ||
        pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) != 0 ||
        pthread_barrier_init(&s->barrier, &attr, processes) != 0 ||
        pthread_barrierattr_destroy(&attr) != 0)
        stop("pthread_barrier_init");

    child = fork();
    if (child < 0)
        stop("fork");
    if (child == 0)
        exit(meet(s, 1) ? 0 : 1);
    met = meet(s, 0);
    if (waitpid(child, &status, 0) < 0)
        stop("waitpid");
    printf("%s\n", met && status == 0 ? "they have met" : "they have missed each other");
    if (pthread_barrier_destroy(&s->barrier) != 0)
        stop("pthread_barrier_destroy");
    return met && status == 0 ? 0 : 1;
}
