/* expect: none */
/* Who changes the table has the lock for writing. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 2
#define ROUNDS  3

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int visits;

static int look(void)
{
    int v;

    if (pthread_rwlock_rdlock(&lock) != 0)
        stop("pthread_rwlock_rdlock");
    v = visits;
    if (pthread_rwlock_unlock(&lock) != 0)
        stop("pthread_rwlock_unlock");
    return v;
}

static void visit(void)
{
    if (pthread_rwlock_wrlock(&lock) != 0)
        stop("pthread_rwlock_wrlock");
    visits++;
    if (pthread_rwlock_unlock(&lock) != 0)
        stop("pthread_rwlock_unlock");
}

static void *run(void *unused)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        visit();
        if (look() < 1)
            stop("nobody was here");
    }
    return unused;
}

int main(void)
{
    pthread_t thread[THREADS];
    int i;

    for (i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, run, NULL) != 0)
            stop("pthread_create");
    for (i = 0; i < THREADS; i++)
        if (pthread_join(thread[i], NULL) != 0)
            stop("pthread_join");
    printf("%d visits\n", look());
    return look() == THREADS * ROUNDS ? 0 : 1;
}
