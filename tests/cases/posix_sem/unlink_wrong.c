/* expect: leak-posix-semaphore */
/* The name is never unlinked. */

#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

    done = sem_open("/unlink_done", O_CREAT | O_EXCL, 0600, 0);
    if (done == SEM_FAILED)
        die("sem_open");

    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (sem_post(done) < 0)
            die("sem_post");
        exit(0);
    }
    if (sem_wait(done) < 0)
        die("sem_wait");
    printf("the child was here\n");
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (sem_close(done) < 0)
        die("sem_close");
    return status == 0 ? 0 : 1;
}
