/* 32,000 System V queues, as many semaphore sets, and POSIX queues. */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

int main(void)
{
    int queues = 0, sets = 0, posix = 0;
    for (int i = 0; i < 32000; i++) {
        char name[32];
        snprintf(name, sizeof name, "/queue%d", i);
        queues += msgget(IPC_PRIVATE, 0600) >= 0;
        sets += semget(IPC_PRIVATE, 100, 0600) >= 0;
        posix += mq_open(name, O_CREAT | O_RDWR, 0600, NULL) != (mqd_t)-1;
    }
    if (queues > 200 || sets > 200 || posix > 200)
        printf("%d queues, %d sets, %d POSIX queues\n", queues, sets, posix);
    else
        puts("contained");
    return 0;
}
