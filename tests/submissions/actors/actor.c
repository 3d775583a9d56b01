/* actor.c - does as its first argument says: every way to wait, to end, to print. */
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothing(int s)
{
    (void)s;
}

static int take_semaphore(void)
{
    int id = semget(IPC_PRIVATE, 1, 0600);
    struct sembuf take = {0, -1, 0};
    int r = semop(id, &take, 1);
    semctl(id, 0, IPC_RMID);
    return r;
}

static int receive(long type)
{
    struct {
        long type;
        char text[64];
    } m;
    int id = msgget(ftok(".", 'A'), IPC_CREAT | 0600);
    ssize_t n = msgrcv(id, &m, sizeof m.text, type, 0);
    if (n < 0) {
        perror("msgrcv");
        return 2;
    }
    printf("got %.*s\n", (int)n, m.text);
    msgctl(id, IPC_RMID, NULL);
    return 0;
}

static void *sleep_in_thread(void *arg)
{
    sleep(1);
    return arg;
}

static void *take_in_thread(void *arg)
{
    take_semaphore();
    return arg;
}

int main(int argc, char *argv[])
{
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "semop"))
        return take_semaphore() != 0;
    if (!strcmp(what, "child-semop")) { /* a child does the work, its parent waits for it */
        if (fork() == 0)
            return take_semaphore() != 0;
        return wait(NULL) < 0;
    }
    if (!strcmp(what, "thread-semop")) {
        pthread_t t;
        pthread_create(&t, NULL, take_in_thread, NULL);
        return pthread_join(t, NULL);
    }
    if (!strcmp(what, "receive"))
        return receive(argc > 2 ? atol(argv[2]) : 0);
    if (!strcmp(what, "alarm")) { /* sleeps without a timeout, but something is set to wake it */
        signal(SIGALRM, nothing);
        alarm(1);
        pause();
        puts("woken");
        return 0;
    }
    if (!strcmp(what, "itimer")) {
        struct itimerval t = {.it_value = {0, 300000}};
        signal(SIGALRM, nothing);
        setitimer(ITIMER_REAL, &t, NULL);
        pause();
        puts("woken");
        return 0;
    }
    if (!strcmp(what, "alarm-off")) {
        alarm(100);
        alarm(0);
        pause();
    }
    if (!strcmp(what, "timeout-socket")) { /* a read that ends by itself, which no argument shows */
        int s[2];
        char c;
        struct timeval t = {.tv_usec = 300000};
        socketpair(AF_UNIX, SOCK_STREAM, 0, s);
        setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
        return read(s[0], &c, 1) == 1;
    }
    if (!strcmp(what, "socket")) {
        int s[2];
        char c;
        socketpair(AF_UNIX, SOCK_STREAM, 0, s);
        return read(s[0], &c, 1) == 1;
    }
    if (!strcmp(what, "thread")) { /* main waits for ever, but a thread will wake it */
        pthread_t t;
        pthread_create(&t, NULL, sleep_in_thread, NULL);
        return pthread_join(t, NULL);
    }
    if (!strcmp(what, "spin"))
        for (volatile unsigned n = 0;; n++)
            ;
    if (!strcmp(what, "poll"))
        for (;;)
            usleep(2000);
    if (!strcmp(what, "pause"))
        pause();
    if (!strcmp(what, "stop"))
        raise(SIGSTOP);
    if (!strcmp(what, "posix-sem")) {
        sem_t s;
        sem_init(&s, 0, 0);
        sem_wait(&s);
    }
    if (!strcmp(what, "fifo")) {
        mkfifo("box", 0600);
        return open("box", O_RDONLY) < 0;
    }
    if (!strcmp(what, "mq")) {
        char c[8192];
        mqd_t q = mq_open("/actor", O_CREAT | O_RDWR, 0600, NULL);
        return mq_receive(q, c, sizeof c, NULL) < 0;
    }
    if (!strcmp(what, "shm"))
        return shm_open("/actor", O_CREAT | O_RDWR, 0600) < 0;
    if (!strcmp(what, "ask")) {
        char line[64] = "";
        puts("Name?");
        if (fgets(line, sizeof line, stdin))
            printf("Hello %s", line);
        else
            puts("nobody");
        return 0;
    }
    if (!strcmp(what, "cat")) {
        int c, n = 0;
        while ((c = getchar()) != EOF)
            n++;
        printf("%d bytes\n", n);
        return 0;
    }
    if (!strcmp(what, "crash")) {
        fputs("about to fall\n", stderr);
        *(volatile int *)8 = 1;
    }
    if (!strcmp(what, "exit"))
        return atoi(argv[2]);
    if (!strcmp(what, "orphan")) {
        if (fork() == 0) {
            pause();
            _exit(0);
        }
        return 0;
    }
    if (!strcmp(what, "late-orphan")) { /* on its way to its end: no orphan */
        if (fork() == 0) {
            usleep(200000);
            _exit(0);
        }
        return 0;
    }
    if (!strcmp(what, "zombie")) {
        if (fork() == 0)
            _exit(0);
        pause();
    }
    if (!strcmp(what, "leak")) {
        shmget(ftok(".", 'L'), 4096, IPC_CREAT | 0600);
        return 0;
    }
    if (!strcmp(what, "flood"))
        for (;;)
            puts("and again and again and again and again and again and again and again");
    if (!strcmp(what, "grow"))
        for (;;)
            memset(malloc(1 << 20), 1, 1 << 20);
    if (!strcmp(what,
                "partial")) { /* a line buffered by stdio, lost only if it were not a terminal */
        printf("first line\n");
        raise(SIGKILL);
    }
    if (!strcmp(what, "lines"))
        for (int i = 1; i <= atoi(argv[2]); i++)
            printf("item %d\n", i);
    if (!strcmp(what, "notify")) {
        char c[64], answer[80];
        struct mq_attr small = {.mq_maxmsg = 4, .mq_msgsize = sizeof c};
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
        sigset_t set;
        int s;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, NULL);
        sem_t *noticed = sem_open("/noticed", O_CREAT | O_EXCL, 0600, 0);
        mqd_t q = mq_open("/notify", O_CREAT | O_EXCL | O_RDWR, 0600, &small);
        mq_notify(q, &event);
        sigwait(&set, &s);
        mq_receive(q, c, sizeof c, NULL);
        sem_post(noticed);
        snprintf(answer, sizeof c, "got %s", c);
        sleep(1);
        mq_send(q, answer, strlen(answer) + 1, 0);
        return mq_unlink("/notify") || sem_unlink("/noticed");
    }
    if (!strcmp(what, "nul"))
        fwrite("a\0b\n", 1, 4, stdout);
    return 0;
}
