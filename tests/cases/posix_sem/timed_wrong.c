/* expect: data-race at 55 and 63 or unchecked-error at 62 */
/* When the time is up, the parent takes the result, whether it is there or not. */

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared {
    sem_t ready;
    int result;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct timespec soon(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_REALTIME, &t) < 0)
        die("clock_gettime");
    t.tv_nsec += 5000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

int main(void)
{
    struct timespec deadline;
    struct shared *s;
    int status, seen;
    pid_t child;

    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        die("mmap");
    if (sem_init(&s->ready, 1, 0) < 0)
        die("sem_init");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        usleep(20000);
        s->result = 28;
        if (sem_post(&s->ready) < 0)
            die("sem_post");
        exit(0);
    }

    deadline = soon();
    sem_timedwait(&s->ready, &deadline);
    seen = s->result;
    printf("result %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (sem_destroy(&s->ready) < 0)
        die("sem_destroy");
    return seen == 28 && status == 0 ? 0 : 1;
}
