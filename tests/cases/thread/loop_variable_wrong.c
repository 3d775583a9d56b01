/* expect: data-race at 32 and 20 */
/* Every thread gets the address of the loop variable, which goes on changing. */

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
    int i, failed = 0;

    for (i = 0; i < THREADS; i++) {
        if (pthread_create(&thread[i], NULL, run, &i) != 0)
            stop("pthread_create");
    }
    for (int j = 0; j < THREADS; j++)
        if (pthread_join(thread[j], NULL) != 0)
            stop("pthread_join");
    for (i = 0; i < THREADS; i++)
        failed |= seen[i] != 1;
    printf("%s\n", failed ? "somebody had another's number" : "everybody had a number");
    return failed;
}
