/* expect: none */
/* The writer ignores SIGPIPE and stops when nobody reads any more. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES 5

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void write_lines(int out)
{
    int i;

    for (i = 0; i < LINES; i++) {
        if (write(out, "a line\n", 7) == 7)
            continue;
        if (errno == EPIPE)
            break;
        die("write");
    }
}

int main(void)
{
    char line[7];
    int fd[2], status;
    pid_t child;

    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        die("signal");
    if (pipe(fd) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(fd[0]);
        write_lines(fd[1]);
        exit(0);
    }
    close(fd[1]);

    if (read(fd[0], line, 7) != 7)
        die("read");
    close(fd[0]);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "the writer is well" : "the writer was killed");
    return status == 0 ? 0 : 1;
}
