/* expect: not-process-shared at 27 */
/* A mutex and a condition variable in shared memory hand a job to a child; the mutex is made for one process alone. */
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct desk {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    int job;
};

static struct desk *desk_new(void)
{
    struct desk *d =
        mmap(NULL, sizeof *d, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t ma;
    pthread_condattr_t ca;

    if (d == MAP_FAILED)
        return NULL;
    pthread_mutexattr_init(&ma);
    pthread_condattr_init(&ca);
    pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&d->lock, &ma);
    pthread_cond_init(&d->filled, &ca);
    return d;
}

static int take(struct desk *d)
{
    pthread_mutex_lock(&d->lock);
    while (d->job == 0)
        pthread_cond_wait(&d->filled, &d->lock);
    int job = d->job;
    pthread_mutex_unlock(&d->lock);
    return job;
}

static void put(struct desk *d, int job)
{
    pthread_mutex_lock(&d->lock);
    d->job = job;
    pthread_cond_signal(&d->filled);
    pthread_mutex_unlock(&d->lock);
}

int main(void)
{
    struct desk *d = desk_new();
    int status = 1;

    if (!d)
        return 1;
    pid_t child = fork();
    if (child == 0)
        _exit(take(d) != 42);
    put(d, 42);
    waitpid(child, &status, 0);
    printf("the child took %s\n", status == 0 ? "its job" : "something else");
    return status != 0;
}
