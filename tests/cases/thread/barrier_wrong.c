/* expect: data-race at 36 and 38 */
/* All wait after writing, but not after reading: a fast thread begins the next round. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 3
#define ROUNDS  3

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static pthread_barrier_t barrier;
static int cell[THREADS];
static int number[THREADS];
static int wrong[THREADS];

static void wait_for_all(void)
{
    int result = pthread_barrier_wait(&barrier);

    if (result != 0 && result != PTHREAD_BARRIER_SERIAL_THREAD)
        stop("pthread_barrier_wait");
}

static void *run(void *arg)
{
    int me = *(int *)arg;
    int round, seen;

    for (round = 1; round <= ROUNDS; round++) {
        cell[me] = round;
        wait_for_all();
        seen = cell[(me + 1) % THREADS];
        wrong[me] += seen != round;
    }
    return NULL;
}

int main(void)
{
    pthread_t thread[THREADS];
    int i, failed = 0;

    if (pthread_barrier_init(&barrier, NULL, THREADS) != 0)
        stop("pthread_barrier_init");
    for (i = 0; i < THREADS; i++) {
        number[i] = i;
        if (pthread_create(&thread[i], NULL, run, &number[i]) != 0)
            stop("pthread_create");
    }
    for (i = 0; i < THREADS; i++) {
        if (pthread_join(thread[i], NULL) != 0)
            stop("pthread_join");
        failed |= wrong[i] != 0;
    }
    printf("%s\n", failed ? "somebody was ahead" : "all in step");
    if (pthread_barrier_destroy(&barrier) != 0)
        stop("pthread_barrier_destroy");
    return failed;
}
