/* expect: none */
/* The mutex lies in the shared memory and is made for processes. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3

struct shared {
    pthread_mutex_t mutex;
    int count;
};

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static struct shared *s;

static void *work(void *unused)
{
    pthread_mutex_t *lock = &s->mutex;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        if (pthread_mutex_lock(lock) != 0)
            stop("pthread_mutex_lock");
        s->count++;
        if (pthread_mutex_unlock(lock) != 0)
            stop("pthread_mutex_unlock");
    }
    return unused;
}

int main(void)
{
    pthread_mutexattr_t attr;
    pthread_t thread;
    int status, count;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        stop("mmap");
    if (pthread_mutexattr_init(&attr) != 0 ||
        pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) != 0 ||
        pthread_mutex_init(&s->mutex, &attr) != 0 || pthread_mutexattr_destroy(&attr) != 0)
        stop("pthread_mutex_init");

    child = fork();
    if (child < 0)
        stop("fork");
    /* Two threads in each of the two processes. */
    if (pthread_create(&thread, NULL, work, NULL) != 0)
        stop("pthread_create");
    work(NULL);
    if (pthread_join(thread, NULL) != 0)
        stop("pthread_join");
    if (child == 0)
        exit(0);

    if (waitpid(child, &status, 0) < 0)
        stop("waitpid");
    count = s->count;
    printf("counted %d of %d\n", count, 4 * ROUNDS);
    if (pthread_mutex_destroy(&s->mutex) != 0)
        stop("pthread_mutex_destroy");
    return count == 4 * ROUNDS && status == 0 ? 0 : 1;
}
