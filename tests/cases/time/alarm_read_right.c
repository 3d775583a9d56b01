/* expect: none */
/* The parent waits for an answer with poll, which knows when to give up. */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int answer_comes(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int n;

    n = poll(&p, 1, 10);
    if (n < 0)
        die("poll");
    return n > 0;
}

int main(void)
{
    int ask[2], answer[2], status;
    char byte;
    pid_t child;

    if (pipe(ask) < 0 || pipe(answer) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(ask[1]);
        close(answer[0]);
        /* Nobody asks: there is nothing to answer. */
        exit(read(ask[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(ask[0]);
    close(answer[1]);
    printf("%s\n", answer_comes(answer[0]) ? "an answer" : "no answer");
    close(ask[1]);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    close(answer[0]);
    return status == 0 ? 0 : 1;
}
