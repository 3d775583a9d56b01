/* expect: none */
/* The parent waits for the program that its vforked child has become. */

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

static int compute(const char *id)
{
    int *result = shmat(atoi(id), NULL, 0);

    if (result == (void *)-1)
        die("shmat");
    *result = 99;
    return 0;
}

int main(int argc, char **argv)
{
    char id[16];
    char *args[] = {argv[0], id, NULL};
    int shm, status, seen;
    int *result;
    pid_t child;

    if (argc == 2)
        return compute(argv[1]);

    shm = shmget(IPC_PRIVATE, sizeof *result, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    result = shmat(shm, NULL, 0);
    if (result == (void *)-1)
        die("shmat");
    snprintf(id, sizeof id, "%d", shm);
    child = vfork();
    if (child < 0)
        die("vfork");
    if (child == 0) {
        execv(argv[0], args);
        _exit(127);
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    seen = *result;
    printf("result %d\n", seen);
    if (shmdt(result) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    return seen == 99 && status == 0 ? 0 : 1;
}
