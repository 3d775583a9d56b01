/* expect: none */
/* The queue goes away after the reader has had everything. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#define LETTERS 4

struct letter {
    long mtype;
    int number;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int read_letters(int queue)
{
    struct letter l;
    int i, sum = 0;

    for (i = 0; i < LETTERS; i++) {
        if (msgrcv(queue, &l, sizeof l.number, 0, 0) < 0)
            die("msgrcv");
        sum += l.number;
    }
    return sum == LETTERS * (LETTERS - 1) / 2 ? 0 : 1;
}

int main(void)
{
    int queue, i, status;
    pid_t reader;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    reader = fork();
    if (reader < 0)
        die("fork");
    if (reader == 0)
        exit(read_letters(queue));

    for (i = 0; i < LETTERS; i++) {
        struct letter l = {.mtype = 1, .number = i};

        if (msgsnd(queue, &l, sizeof l.number, 0) < 0)
            die("msgsnd");
    }
    if (waitpid(reader, &status, 0) < 0)
        die("waitpid");
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    printf("%s\n", status == 0 ? "all letters were read" : "letters were lost");
    return status == 0 ? 0 : 1;
}
