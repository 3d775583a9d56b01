/* expect: wrong-exit */
/* The receiver's buffer is too short, and the rest of the datagram is gone. */

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
    char text[8] = "";
    int end[2], status;
    ssize_t n;
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, end) < 0)
        die("socketpair");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(end[0]);
        if (send(end[1], "a long sentence", 15, 0) != 15)
            die("send");
        exit(0);
    }
    close(end[1]);
    if ((n = recv(end[0], text, sizeof text, 0)) < 0)
        die("recv");
    printf("%zd letters\n", n);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    close(end[0]);
    return n == 15 && status == 0 ? 0 : 1;
}
