/* expect: schedule-dependent */
/* A socket pair of the kind SOCK_STREAM may deliver two messages at once. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    const int kind = SOCK_STREAM;
    char first[16], second[16];
    ssize_t a, b;
    int end[2], status;
    pid_t child;

    if (socketpair(AF_UNIX, kind, 0, end) < 0)
        die("socketpair");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(end[0]);
        if (send(end[1], "one", 3, 0) != 3)
            die("send");
        if (send(end[1], "three", 5, 0) != 5)
            die("send");
        exit(0);
    }
    close(end[1]);
    if ((a = recv(end[0], first, sizeof first, 0)) < 0)
        die("recv");
    if ((b = recv(end[0], second, sizeof second, 0)) < 0)
        die("recv");
    printf("%zd and %zd letters\n", a, b);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    close(end[0]);
    return a == 3 && b == 5 && status == 0 ? 0 : 1;
}
