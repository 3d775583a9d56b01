/* expect: none */
/* The message leaves after the table is filled, so that who receives it may read the table. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

struct note {
    long mtype;
    int rows;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct note note = {.mtype = 1, .rows = 1};
    int queue, status, seen;
    int *table;
    pid_t child;

    table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (table == MAP_FAILED)
        die("mmap");
    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        *table = 1815;
        if (msgsnd(queue, &note, sizeof note.rows, 0) < 0)
            die("msgsnd");
        exit(0);
    }

    if (msgrcv(queue, &note, sizeof note.rows, 1, 0) < 0)
        die("msgrcv");
    seen = *table;
    printf("%d row: %d\n", note.rows, seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return seen == 1815 && status == 0 ? 0 : 1;
}
