/* expect: data-race at 52 and 23 */
/* The segment is filled while the new program may be reading it. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int read_order(const char *id)
{
    int *order = shmat(atoi(id), NULL, 0);
    int seen;

    if (order == (void *)-1)
        die("shmat");
    seen = *order;
    return seen == 77 ? 0 : 1;
}

int main(int argc, char **argv)
{
    char id[16];
    char *args[] = {argv[0], id, NULL};
    int shm, status;
    int *order;
    pid_t child;

    if (argc == 2)
        return read_order(argv[1]);

    shm = shmget(IPC_PRIVATE, sizeof *order, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    order = shmat(shm, NULL, 0);
    if (order == (void *)-1)
        die("shmat");
    snprintf(id, sizeof id, "%d", shm);
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        execv(argv[0], args);
        die("execv");
    }
    *order = 77;

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "the order was read" : "there was no order");
    if (shmdt(order) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    return status == 0 ? 0 : 1;
}
