/* expect: data-race at 39 and 43 */
/* The name is read and written at the same time, inside strcpy and strlen. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct person {
    int born;
    char name[32];
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int shm, status;
    size_t length;
    struct person *p;
    pid_t child;

    shm = shmget(IPC_PRIVATE, sizeof *p, IPC_CREAT | 0600);
    if (shm < 0)
        die("shmget");
    p = shmat(shm, NULL, 0);
    if (p == (void *)-1)
        die("shmat");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        strcpy(p->name, "Ada Lovelace");
        exit(0);
    }

    length = strlen(p->name);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("the name has %zu letters\n", length);
    if (shmdt(p) < 0 || shmctl(shm, IPC_RMID, NULL) < 0)
        die("removing the segment");
    return length == 12 && status == 0 ? 0 : 1;
}
