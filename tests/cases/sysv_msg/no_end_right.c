/* expect: none */
/* The last job tells the worker that there are no more. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOP -1

struct job {
    long mtype;
    int number;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int work(int queue)
{
    struct job job;
    int sum = 0;

    for (;;) {
        if (msgrcv(queue, &job, sizeof job.number, 0, 0) < 0)
            die("msgrcv");
        if (job.number == STOP)
            break;
        sum += job.number;
    }
    return sum == 6 ? 0 : 1;
}

static void send_job(int queue, int number)
{
    struct job job = {.mtype = 1, .number = number};

    if (msgsnd(queue, &job, sizeof job.number, 0) < 0)
        die("msgsnd");
}

int main(void)
{
    int queue, i, status;
    pid_t worker;

    queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    if (queue < 0)
        die("msgget");
    worker = fork();
    if (worker < 0)
        die("fork");
    if (worker == 0)
        exit(work(queue));

    for (i = 1; i <= 3; i++)
        send_job(queue, i);
    send_job(queue, STOP);
    if (waitpid(worker, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "all jobs are done" : "a job was lost");
    if (msgctl(queue, IPC_RMID, NULL) < 0)
        die("msgctl");
    return status == 0 ? 0 : 1;
}
