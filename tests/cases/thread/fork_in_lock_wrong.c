/* expect: deadlock at 53 or orphaned-blocking at 53 */
/* Another thread may hold the mutex at the fork; in the child there is nobody to give it back. */

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void check(int error)
{
    if (error != 0)
        stop("pthread call failed");
}

static void *work(void *unused)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        check(pthread_mutex_lock(&mutex));
        count++;
        sched_yield();
        count++;
        check(pthread_mutex_unlock(&mutex));
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    int status;
    pid_t child;

    check(pthread_create(&thread, NULL, work, NULL));
    child = fork();
    if (child < 0)
        stop("fork");
    if (child == 0) {
        if (pthread_mutex_lock(&mutex) != 0)
            _exit(1);
        _exit(count % 2);
    }
    if (waitpid(child, &status, 0) < 0)
        stop("waitpid");
    check(pthread_join(thread, NULL));
    printf("%s\n", status == 0 ? "the child saw an even number" : "odd");
    return status == 0 ? 0 : 1;
}
