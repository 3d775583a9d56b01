/* expect: deadlock at 38 */
/* The semaphore lies in shared memory but is initialised for the threads of one process. */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
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

    done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (done == MAP_FAILED)
        die("mmap");
    if (sem_init(done, 0, 0) < 0)
        die("sem_init");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        usleep(20000);
        if (sem_post(done) < 0)
            die("sem_post");
        exit(0);
    }

    if (sem_wait(done) < 0)
        die("sem_wait");
    printf("the child was here\n");
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (sem_destroy(done) < 0)
        die("sem_destroy");
    return status == 0 ? 0 : 1;
}
