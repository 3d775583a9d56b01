/* transfer.c - bytes that the kernel moves from one descriptor to another, several messages, many closes. */
#include "common.h"

static int try_splice(void)
{
    int *p = shared(), a[2], b[2];
    char t[10];
    pipe(a);
    pipe(b);
    if (!fork()) {
        p[0] = 5;
        write(a[1], "abc", 3);
        _exit(0);
    }
    if (!fork()) {
        splice(a[0], 0, b[1], 0, 3, 0);
        _exit(0);
    }
    read(b[0], t, 3);
    printf("%.3s %d\n", t, p[0]);
    all_end();
    if (!fork()) {
        p[1] = 6;
        usleep(10);
        write(a[1], "abc", 3);
        _exit(0);
    }
    if (!fork()) {
        tee(a[0], b[1], 3, 0);
        _exit(0);
    }
    read(b[0], t, 3);
    printf("%.3s %d\n", t, p[1]);
    all_end();
    read(a[0], t, 3);
    struct iovec v = {"xyz", 3};
    if (!fork()) {
        p[2] = 6;
        usleep(10);
        vmsplice(a[1], &v, 1, 0);
        _exit(0);
    }
    read(a[0], t, 3);
    printf("%.3s %d\n", t, p[2]);
    all_end();
    return 0;
}

static int try_sendfile(void)
{
    int *p = shared(), a[2];
    char t[10];
    pipe(a);
    int f = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    write(f, "hello", 5);
    if (!fork()) {
        p[0] = 5;
        off_t o = 0;
        sendfile(a[1], f, &o, 5);
        _exit(0);
    }
    read(a[0], t, 5);
    printf("%.5s %d\n", t, p[0]);
    all_end();
    int g = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    if (!fork()) {
        p[1] = 6;
        off_t o = 0;
        copy_file_range(f, &o, g, 0, 5, 0);
        _exit(0);
    }
    while (pread(g, t, 5, 0) < 5)
        usleep(10);
    printf("%.5s %d\n", t, p[1]);
    wait(0);
    return 0;
}

static int try_mmsg(void)
{
    int *p = shared(), a[2];
    char t[2][10];
    socketpair(AF_UNIX, SOCK_DGRAM, 0, a);
    if (!fork()) {
        p[0] = 5;
        struct iovec v[2] = {{"a", 1}, {"bc", 2}};
        struct mmsghdr m[2] = {{{.msg_iov = v, .msg_iovlen = 1}},
                               {{.msg_iov = v + 1, .msg_iovlen = 1}}};
        int n = sendmmsg(a[1], m, 2, 0);
        _exit(n != 2);
    }
    struct iovec v[2] = {{t[0], 10}, {t[1], 10}};
    struct mmsghdr m[2] = {{{.msg_iov = v, .msg_iovlen = 1}},
                           {{.msg_iov = v + 1, .msg_iovlen = 1}}};
    int n = 0;
    while (n < 2)
        n += recvmmsg(a[0], m + n, 2 - n, MSG_WAITFORONE, 0);
    printf("%d %d %d %d\n", n, p[0], m[0].msg_len, m[1].msg_len);
    int s;
    wait(&s);
    return s;
}

static int try_closerange(void)
{
    int *p = shared(), a[2];
    char t;
    pipe(a);
    if (!fork()) {
        close(a[0]);
        p[0] = 5;
        close_range(a[1], a[1], 0);
        usleep(1000000);
        _exit(0);
    }
    close(a[1]);
    int r = read(a[0], &t, 1);
    printf("%d %d\n", r, p[0]);
    wait(0);
    pipe(a);
    if (!fork()) {
        p[1] = 5;
        closefrom(3);
        usleep(1000000);
        _exit(0);
    }
    close(a[1]);
    r = read(a[0], &t, 1);
    printf("%d %d\n", r, p[1]);
    wait(0);
    return 0;
}

int main(void)
{
    int (*const all[])(void) = {try_splice, try_sendfile, try_mmsg, try_closerange};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]();
        fflush(stdout);
    }
    return 0;
}
