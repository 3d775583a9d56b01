/* expect: data-race at 34 and 60 */
/* The reader in the other process takes no lock: reading alone changes nothing, it thinks. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3

struct shared {
    pthread_rwlock_t lock;
    int debit, credit;
};

static void stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void check(int error)
{
    if (error != 0)
        stop("pthread call failed");
}

static int balanced(struct shared *s)
{
    int sum;

    sum = s->debit + s->credit;
    return sum == 0;
}

int main(void)
{
    pthread_rwlockattr_t attr;
    struct shared *s;
    int i, status;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        stop("mmap");
    check(pthread_rwlockattr_init(&attr));
    check(pthread_rwlockattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
    check(pthread_rwlock_init(&s->lock, &attr));
    check(pthread_rwlockattr_destroy(&attr));

    child = fork();
    if (child < 0)
        stop("fork");
    if (child == 0)
        exit(balanced(s) ? 0 : 1);
    for (i = 0; i < ROUNDS; i++) {
        check(pthread_rwlock_wrlock(&s->lock));
        s->debit -= 5;
        s->credit += 5;
        check(pthread_rwlock_unlock(&s->lock));
    }
    if (waitpid(child, &status, 0) < 0)
        stop("waitpid");
    printf("%s\n", status == 0 ? "balanced" : "not balanced");
    check(pthread_rwlock_destroy(&s->lock));
    return status == 0 ? 0 : 1;
}
