/* expect: schedule-dependent */
/* The child opens the semaphore by its name, which the parent has unlinked by then, or not. */

#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/late_open"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    sem_t *done;
    int status;
    pid_t child;

    done = sem_open(NAME, O_CREAT | O_EXCL, 0600, 0);
    if (done == SEM_FAILED)
        die("sem_open");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        done = sem_open(NAME, 0);
        if (done == SEM_FAILED)
            die("sem_open");
        if (sem_post(done) < 0)
            die("sem_post");
        exit(0);
    }
    if (sem_unlink(NAME) < 0)
        die("sem_unlink");

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "the child is done" : "the child came too late");
    if (sem_close(done) < 0)
        die("sem_close");
    return status == 0 ? 0 : 1;
}
