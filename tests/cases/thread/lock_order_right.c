/* expect: none */
/* Both transfers lock the accounts in the same order. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 2

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

struct account {
    pthread_mutex_t mutex;
    int balance;
};

static struct account account[2] = {
    {PTHREAD_MUTEX_INITIALIZER, 100},
    {PTHREAD_MUTEX_INITIALIZER, 100},
};

static void transfer(int from, int to, int sum)
{
    int first = from < to ? from : to, second = from < to ? to : from;

    if (pthread_mutex_lock(&account[first].mutex) != 0)
        stop("pthread_mutex_lock");
    if (pthread_mutex_lock(&account[second].mutex) != 0)
        stop("pthread_mutex_lock");
    account[from].balance -= sum;
    account[to].balance += sum;
    if (pthread_mutex_unlock(&account[first].mutex) != 0 ||
        pthread_mutex_unlock(&account[second].mutex) != 0)
        stop("pthread_mutex_unlock");
}

static void *pay(void *unused)
{
    int i;

    for (i = 0; i < ROUNDS; i++)
        transfer(0, 1, 10);
    return unused;
}

static void *pay_back(void *unused)
{
    int i;

    for (i = 0; i < ROUNDS; i++)
        transfer(1, 0, 5);
    return unused;
}

int main(void)
{
    pthread_t a, b;

    if (pthread_create(&a, NULL, pay, NULL) != 0 || pthread_create(&b, NULL, pay_back, NULL) != 0)
        stop("pthread_create");
    if (pthread_join(a, NULL) != 0 || pthread_join(b, NULL) != 0)
        stop("pthread_join");
    printf("%d and %d\n", account[0].balance, account[1].balance);
    return account[0].balance == 90 && account[1].balance == 110 ? 0 : 1;
}
