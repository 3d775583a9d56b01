/* expect: none */
/* Every thread gets a number of its own. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 3

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static int seen[THREADS];

static void *run(void *arg)
{
    int me = *(int *)arg;

    if (me < THREADS)
        __atomic_fetch_add(&seen[me], 1, __ATOMIC_SEQ_CST);
    return NULL;
}

int main(void)
{
    pthread_t thread[THREADS];
    int number[THREADS];
    int i, failed = 0;

    for (i = 0; i < THREADS; i++) {
        number[i] = i;
        if (pthread_create(&thread[i], NULL, run, &number[i]) != 0)
            stop("pthread_create");
    }
    for (i = 0; i < THREADS; i++)
        if (pthread_join(thread[i], NULL) != 0)
            stop("pthread_join");
    for (i = 0; i < THREADS; i++)
        failed |= seen[i] != 1;
    printf("%s\n", failed ? "somebody had another's number" : "everybody had a number");
    return failed;
}
