/*
 * private.c - code that shares nothing: what the hooks cost where they have nothing to do.
 *
 *   private THREADS ROUNDS    each thread sorts, sums and copies numbers of its own, ROUNDS times
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 1 << 14, MOST = 8 };

struct work {
    pthread_t thread;
    long rounds;
    uint32_t *numbers, *copy;
    uint64_t sum;
};

static void fill(struct work *w, uint32_t seed)
{
    for (int i = 0; i < NUMBERS; i++) {
        seed = seed * 1664525 + 1013904223;
        w->numbers[i] = seed >> 8;
    }
}

/* Shell's sort: nothing but memory accesses and comparisons. */
static void sort(uint32_t *a, int n)
{
    for (int gap = n / 2; gap > 0; gap /= 2)
        for (int i = gap; i < n; i++) {
            uint32_t x = a[i];
            int j = i;
            for (; j >= gap && a[j - gap] > x; j -= gap)
                a[j] = a[j - gap];
            a[j] = x;
        }
}

static void *toil(void *argument)
{
    struct work *w = argument;

    for (long round = 0; round < w->rounds; round++) {
        fill(w, (uint32_t)round + 1);
        memcpy(w->copy, w->numbers, NUMBERS * sizeof *w->copy);
        sort(w->numbers, NUMBERS);
        for (int i = 0; i < NUMBERS; i++)
            w->sum += (uint64_t)w->numbers[i] * w->copy[i];
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    int threads = argc > 2 ? atoi(argv[1]) : 1;
    static struct work work[MOST];

    if (threads < 1 || threads > MOST)
        return 1;
    for (int i = 0; i < threads; i++) {
        work[i].rounds = argc > 2 ? atol(argv[2]) : 1;
        work[i].numbers = malloc(NUMBERS * sizeof *work[i].numbers);
        work[i].copy = malloc(NUMBERS * sizeof *work[i].copy);
        if (!work[i].numbers || !work[i].copy)
            return 1;
        if (threads > 1 && pthread_create(&work[i].thread, NULL, toil, &work[i]) != 0)
            return 1;
    }
    if (threads == 1)
        toil(&work[0]);
    for (int i = 0; threads > 1 && i < threads; i++)
        pthread_join(work[i].thread, NULL);
    for (int i = 1; i < threads; i++)
        if (work[i].sum != work[0].sum)
            return 1;
    return 0;
}
