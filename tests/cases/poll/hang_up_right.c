/* expect: none */
/* When the pipe has come to its end the parent stops asking. */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct pollfd p;
    int fd[2], status, sum = 0, number;
    ssize_t n = 1;
    pid_t child;

    if (pipe(fd) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(fd[0]);
        number = 31;
        if (write(fd[1], &number, sizeof number) != sizeof number)
            die("write");
        exit(0);
    }
    close(fd[1]);
    p = (struct pollfd){.fd = fd[0], .events = POLLIN};
    while (n > 0) {
        if (poll(&p, 1, -1) < 0)
            die("poll");
        n = read(fd[0], &number, sizeof number);
        if (n < 0)
            die("read");
        if (n == sizeof number)
            sum += number;
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("sum %d\n", sum);
    close(fd[0]);
    return sum == 31 && status == 0 ? 0 : 1;
}
