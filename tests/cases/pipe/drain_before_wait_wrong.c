/* expect: deadlock at 47 and 23 */
/* The parent waits for the child, and the child waits for room in the pipe. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES 3000

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void talk(int out)
{
    const char line[] = "this line has exactly thirty-two";
    int i;

    for (i = 0; i < LINES; i++)
        if (write(out, line, 32) != 32)
            die("write");
}

int main(void)
{
    int fd[2], status;
    long total = 0;
    char buf[4096];
    ssize_t n;
    pid_t child;

    if (pipe(fd) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(fd[0]);
        talk(fd[1]);
        exit(0);
    }
    close(fd[1]);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    while ((n = read(fd[0], buf, sizeof buf)) > 0)
        total += n;
    if (n < 0)
        die("read");
    printf("%ld bytes\n", total);
    close(fd[0]);
    return total == 32L * LINES && status == 0 ? 0 : 1;
}
