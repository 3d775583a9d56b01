/* expect: orphaned-blocking at 55 or deadlock at 55 */
/* SIGTERM may end the worker while it holds the lock, which nobody else ever gets then. */

#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void work(sem_t *lock)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        if (sem_wait(lock) < 0)
            die("sem_wait");
        if (sem_post(lock) < 0)
            die("sem_post");
    }
    for (;;)
        pause();
}

int main(void)
{
    sem_t *lock;
    int status;
    pid_t worker;

    lock = mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (lock == MAP_FAILED)
        die("mmap");
    if (sem_init(lock, 1, 1) < 0)
        die("sem_init");
    worker = fork();
    if (worker < 0)
        die("fork");
    if (worker == 0)
        work(lock);

    if (kill(worker, SIGTERM) < 0)
        die("kill");
    if (waitpid(worker, &status, 0) < 0)
        die("waitpid");
    if (sem_wait(lock) < 0)
        die("sem_wait");
    printf("the worker has ended and left the lock free\n");
    if (sem_destroy(lock) < 0)
        die("sem_destroy");
    return WIFSIGNALED(status) ? 0 : 1;
}
