/* expect: none */
/* One message is the key to the counter: who has received it may count. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2
#define ROUNDS  3

struct key {
    long mtype;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void work(int queue, int *count)
{
    struct key key;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        if (msgrcv(queue, &key, 0, 1, 0) < 0)
            die("msgrcv");
        *count += 1;
        if (msgsnd(queue, &key, 0, 0) < 0)
            die("msgsnd");
    }
}

int main(void)
{
    struct key key = {.mtype = 1};
    int queue, i, status, total, failed = 0;
    int *count;
    pid_t child;

    count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (count == MAP_FAILED)
        die("mmap");
    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    if (msgsnd(queue, &key, 0, 0) < 0)
        die("msgsnd");
    for (i = 0; i < WORKERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            work(queue, count);
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
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return total == WORKERS * ROUNDS && !failed ? 0 : 1;
}
