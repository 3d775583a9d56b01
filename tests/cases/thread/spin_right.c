/* expect: none */
/* The spin lock guards the figure wherever it is used. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 3

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static pthread_spinlock_t spin;
static int figure;

static int read_figure(void)
{
    int f;

    pthread_spin_lock(&spin);
    f = figure;
    pthread_spin_unlock(&spin);
    return f;
}

static void *change(void *unused)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        pthread_spin_lock(&spin);
        figure += 2;
        pthread_spin_unlock(&spin);
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    int even;

    if (pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE) != 0)
        stop("pthread_spin_init");
    if (pthread_create(&thread, NULL, change, NULL) != 0)
        stop("pthread_create");
    even = read_figure() % 2 == 0;
    if (pthread_join(thread, NULL) != 0)
        stop("pthread_join");
    printf("%d%s\n", figure, even ? "" : ", but was odd once");
    if (pthread_spin_destroy(&spin) != 0)
        stop("pthread_spin_destroy");
    return even && figure == 2 * ROUNDS ? 0 : 1;
}
