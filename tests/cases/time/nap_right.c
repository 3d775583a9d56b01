/* expect: none */
/* A nap that a signal ends early goes on for the rest; the semaphore is what orders. */

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared {
    sem_t written;
    int pages;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void on_usr1(int sig)
{
    (void)sig;
}

static void nap(long milliseconds)
{
    struct timespec left = {.tv_nsec = milliseconds * 1000000};

    while (nanosleep(&left, &left) < 0)
        if (errno != EINTR)
            die("nanosleep");
}

int main(void)
{
    struct sigaction act = {.sa_handler = on_usr1, .sa_flags = SA_RESTART};
    struct shared *s;
    int status, pages;
    pid_t child;

    sigemptyset(&act.sa_mask);
    if (sigaction(SIGUSR1, &act, NULL) < 0)
        die("sigaction");
    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        die("mmap");
    if (sem_init(&s->written, 1, 0) < 0)
        die("sem_init");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (kill(getppid(), SIGUSR1) < 0)
            die("kill");
        s->pages = 24;
        if (sem_post(&s->written) < 0)
            die("sem_post");
        exit(0);
    }
    nap(10);
    if (sem_wait(&s->written) < 0)
        die("sem_wait");
    pages = s->pages;
    printf("%d pages\n", pages);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (sem_destroy(&s->written) < 0)
        die("sem_destroy");
    return pages == 24 && status == 0 ? 0 : 1;
}
