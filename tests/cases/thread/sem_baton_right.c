/* expect: none */
/* One thread waits on the semaphore, and the other posts it when the cake is there. */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static sem_t baked, eaten;
static int cake;

static void *bake(void *unused)
{
    cake = 8;
    if (sem_post(&baked) < 0)
        stop("sem_post");
    while (sem_wait(&eaten) < 0)
        ;
    return unused;
}

int main(void)
{
    pthread_t baker;
    int pieces;

    if (sem_init(&baked, 0, 0) < 0 || sem_init(&eaten, 0, 0) < 0)
        stop("sem_init");
    if (pthread_create(&baker, NULL, bake, NULL) != 0)
        stop("pthread_create");
    if (sem_wait(&baked) < 0)
        stop("sem_wait");
    pieces = cake;
    if (sem_post(&eaten) < 0)
        stop("sem_post");
    if (pthread_join(baker, NULL) != 0)
        stop("pthread_join");
    printf("%d pieces\n", pieces);
    if (sem_destroy(&baked) < 0 || sem_destroy(&eaten) < 0)
        stop("sem_destroy");
    return pieces == 8 ? 0 : 1;
}
