/* expect: deadlock at 21 and 49 */
/* The server reads to the end, which does not come while the client waits for the answer. */

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

static void serve(int fd)
{
    int number, sum = 0;
    ssize_t n;

    while ((n = read(fd, &number, sizeof number)) == sizeof number)
        sum += number;
    if (n != 0)
        die("read");
    if (write(fd, &sum, sizeof sum) != sizeof sum)
        die("write");
    exit(0);
}

int main(void)
{
    int end[2], i, status, sum;
    pid_t server;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, end) < 0)
        die("socketpair");
    server = fork();
    if (server < 0)
        die("fork");
    if (server == 0) {
        close(end[0]);
        serve(end[1]);
    }
    close(end[1]);
    for (i = 1; i <= 4; i++) {
        if (write(end[0], &i, sizeof i) != sizeof i)
            die("write");
    }
    if (read(end[0], &sum, sizeof sum) != sizeof sum)
        die("read");
    if (waitpid(server, &status, 0) < 0)
        die("waitpid");
    printf("sum %d\n", sum);
    close(end[0]);
    return sum == 10 && status == 0 ? 0 : 1;
}
