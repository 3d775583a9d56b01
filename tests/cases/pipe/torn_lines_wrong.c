/* expect: schedule-dependent */
/* Each line is two writes, and the lines of two writers may get mixed. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS 2
#define LINES   4

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void say(int out, const char *who)
{
    char line[9];
    int i;

    memcpy(line, who, 4);
    memcpy(line + 4, who, 4);
    for (i = 0; i < LINES; i++) {
        if (write(out, line, 4) != 4)
            die("write");
        if (write(out, line + 4, 4) != 4)
            die("write");
    }
}

int main(void)
{
    const char *name[WRITERS] = {"anna", "bert"};
    char line[8];
    int fd[2], i, status, torn = 0, failed = 0;
    size_t got = 0;
    ssize_t n;
    pid_t child;

    if (pipe(fd) < 0)
        die("pipe");
    for (i = 0; i < WRITERS; i++) {
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            close(fd[0]);
            say(fd[1], name[i]);
            exit(0);
        }
    }
    close(fd[1]);

    while ((n = read(fd[0], line + got, sizeof line - got)) > 0) {
        got += n;
        if (got == sizeof line) {
            torn += memcmp(line, line + 4, 4) != 0;
            got = 0;
        }
    }
    if (n < 0)
        die("read");
    for (i = 0; i < WRITERS; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    printf("%d torn lines\n", torn);
    close(fd[0]);
    return torn == 0 && !failed ? 0 : 1;
}
