/* expect: data-race at 34 and 34 */
/* Everybody makes a clean start with sem_unlink, and each has a semaphore of its own. */

#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME    "/clean_start"
#define WORKERS 2
#define ROUNDS  3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void work(int *count)
{
    sem_t *mutex;
    int i;

    sem_unlink(NAME);
    mutex = sem_open(NAME, O_CREAT, 0600, 1);
    if (mutex == SEM_FAILED)
        die("sem_open");
    for (i = 0; i < ROUNDS; i++) {
        if (sem_wait(mutex) < 0)
            die("sem_wait");
        *count += 1;
        if (sem_post(mutex) < 0)
            die("sem_post");
    }
    if (sem_close(mutex) < 0)
        die("sem_close");
}

int main(void)
{
    int i, status, total, failed = 0;
    int *count;
    pid_t child;

    count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (count == MAP_FAILED)
        die("mmap");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            work(count);
            exit(0);
        }
    }
    for (i = 0; i < WORKERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    total = *count;
    printf("counted %d of %d\n", total, WORKERS * ROUNDS);
    if (sem_unlink(NAME) < 0)
        die("sem_unlink");
    return total == WORKERS * ROUNDS && !failed ? 0 : 1;
}
