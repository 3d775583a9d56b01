/* expect: none */
/* The parent closes the child's end of the socket pair. */

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
    int end[2], status, count = 0;
    char byte;
    ssize_t n;
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, end) < 0)
        die("socketpair");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(end[0]);
        if (write(end[1], "abc", 3) != 3)
            die("write");
        exit(0);
    }
    close(end[1]);

    while ((n = read(end[0], &byte, 1)) > 0)
        count++;
    if (n < 0)
        die("read");
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%d letters\n", count);
    close(end[0]);
    return count == 3 && status == 0 ? 0 : 1;
}
