/* Sockets as a program sees them, on every schedule. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(x)                                                              \
    do                                                                        \
        if (!(x)) {                                                           \
            fprintf(stderr, "line %d: %s (errno %d)\n", __LINE__, #x, errno); \
            _exit(1);                                                         \
        }                                                                     \
    while (0)

static int *shared;

static void finish(pid_t child)
{
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void pairs(int type)
{
    int s[2], n = 0;
    char buffer[64];
    CHECK(socketpair(AF_UNIX, type, 0, s) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(s[0]);
        shared[0] = 1;
        CHECK(send(s[1], "one", 3, 0) == 3);
        shared[1] = 2;
        CHECK(write(s[1], "two!", 4) == 4);
        CHECK(recv(s[1], buffer, 64, 0) == 2);
        CHECK(shared[2] == 3);
        _exit(0);
    }
    close(s[1]);
    CHECK(recv(s[0], buffer, 3, MSG_PEEK) == 3 && !memcmp(buffer, "one", 3));
    CHECK(shared[0] == 1);
    CHECK(recv(s[0], buffer, type == SOCK_STREAM ? 3 : 64, 0) == 3);
    if (type == SOCK_STREAM)
        CHECK(recv(s[0], buffer, 4, MSG_WAITALL) == 4);
    else
        CHECK(read(s[0], buffer, 64) == 4);
    CHECK(!memcmp(buffer, "two!", 4) && shared[1] == 2);
    shared[2] = 3;
    CHECK(send(s[0], "ok", 2, MSG_NOSIGNAL) == 2);
    finish(child);
    if (type != SOCK_DGRAM) {
        while ((n = read(s[0], buffer, 64)) > 0)
            ;
        CHECK(n == 0 && send(s[0], "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
    }
    close(s[0]);
    CHECK(recv(s[0], buffer, 1, 0) < 0 && errno == EBADF);
    CHECK(recv(0, buffer, 1, 0) < 0 && errno == ENOTSOCK);
}

/* More than fits, both ways. */
static void bulk(void)
{
    enum { MUCH = 600000 };
    static char data[MUCH];
    int s[2];
    long n, got = 0;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(s[0]);
        shared[3] = 4;
        CHECK(write(s[1], data, MUCH) == MUCH);
        _exit(0);
    }
    close(s[1]);
    while ((n = read(s[0], data, 100000)) > 0)
        got += n;
    CHECK(n == 0 && got == MUCH && shared[3] == 4);
    close(s[0]);
    finish(child);
}

static void half_closed(void)
{
    int s[2];
    char c;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(s[0]);
        CHECK(read(s[1], &c, 1) == 0 && shared[4] == 5); /* its end is ours to see */
        CHECK(write(s[1], "z", 1) == 1);
        _exit(0);
    }
    close(s[1]);
    shared[4] = 5;
    CHECK(shutdown(s[0], SHUT_WR) == 0 && read(s[0], &c, 1) == 1 && c == 'z');
    close(s[0]);
    finish(child);
}

static socklen_t address(struct sockaddr_un *a, const char *name, int abstract)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(a->sun_path + abstract, sizeof a->sun_path - abstract, "%s%d", name,
             abstract ? getpid() : 0);
    return offsetof(struct sockaddr_un, sun_path) + abstract + strlen(a->sun_path + abstract) +
           !abstract;
}

static void served(int abstract)
{
    struct sockaddr_un a;
    socklen_t length = address(&a, "service", abstract);
    int l = socket(AF_UNIX, SOCK_STREAM, 0), sum = 0;
    pid_t child[3];
    char c;

    CHECK(connect(l, (void *)&a, length) < 0 && (errno == ENOENT || errno == ECONNREFUSED));
    CHECK(bind(l, (void *)&a, length) == 0 && listen(l, 1) == 0);
    for (int i = 0; i < 3; i++) {
        child[i] = fork();
        if (child[i])
            continue;
        int s = socket(AF_UNIX, SOCK_STREAM, 0);
        shared[10 + i] = i + 1;
        CHECK(connect(s, (void *)&a, length) == 0);
        c = i;
        CHECK(write(s, &c, 1) == 1 && read(s, &c, 1) == 1 && c == 'k');
        CHECK(shared[20 + i] == 7);
        _exit(0);
    }
    for (int i = 0; i < 3; i++) {
        int s = accept(l, NULL, NULL);
        CHECK(s >= 0 && read(s, &c, 1) == 1);
        sum += shared[10 + c];
        shared[20 + c] = 7;
        CHECK(write(s, "k", 1) == 1);
        close(s);
    }
    CHECK(sum == 6);
    for (int i = 0; i < 3; i++)
        finish(child[i]);
    CHECK(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, length) < 0 && errno == EADDRINUSE);
    close(l);
    if (!abstract)
        unlink(a.sun_path);
}

static void named_datagrams(void)
{
    struct sockaddr_un a, from;
    socklen_t length = address(&a, "inbox", 0), n = sizeof from;
    int in = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct timeval soon = {.tv_usec = 30000};
    char buffer[32];

    unlink(a.sun_path);
    CHECK(bind(in, (void *)&a, length) == 0);
    CHECK(setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon) == 0);
    CHECK(recv(in, buffer, 32, 0) < 0 && errno == EAGAIN);
    soon.tv_usec = 0;
    setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    CHECK(recv(in, buffer, 32, MSG_DONTWAIT) < 0 && errno == EAGAIN);
    pid_t child = fork();
    if (child == 0) {
        int out = socket(AF_UNIX, SOCK_DGRAM, 0);
        for (int i = 0; i < 20; i++) { /* more than the queue takes */
            shared[30 + i] = i;
            CHECK(sendto(out, &i, sizeof i, 0, (void *)&a, length) == sizeof i);
        }
        _exit(0);
    }
    for (int i = 0, got; i < 20; i++)
        CHECK(recvfrom(in, &got, sizeof got, 0, (void *)&from, &n) == sizeof got && got == i &&
              shared[30 + got] == i);
    finish(child);
    close(in);
    unlink(a.sun_path);
}

static void descriptor_passed(void)
{
    int s[2], p[2], got;
    char c = 'd';
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec one = {&c, 1};
    struct msghdr m = {.msg_iov = &one,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};

    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && pipe(p) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(p[1]);
        CHECK(recvmsg(s[1], &m, 0) == 1 && c == 'd');
        memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof got);
        shared[60] = 6;
        CHECK(write(got, "p", 1) == 1);
        _exit(0);
    }
    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), &p[1], sizeof(int));
    CHECK(sendmsg(s[0], &m, 0) == 1);
    close(p[1]);
    CHECK(read(p[0], &c, 1) == 1 && c == 'p' && shared[60] == 6);
    CHECK(read(p[0], &c, 1) == 0);
    finish(child);
    close(s[0]);
    close(s[1]);
    close(p[0]);
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, 4096, 0600);
    shared = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    alarm(60);
    pairs(SOCK_STREAM);
    pairs(SOCK_DGRAM);
    pairs(SOCK_SEQPACKET);
    bulk();
    half_closed();
    served(0);
    served(1);
    named_datagrams();
    descriptor_passed();
    printf("done\n");
    return 0;
}
