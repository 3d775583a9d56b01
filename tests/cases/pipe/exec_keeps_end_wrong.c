/* expect: pipe-end-open at 22 or deadlock at 22 */
/* The program that the first child runs still has the write end of its own input open. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int count_bytes(void)
{
    char byte;
    ssize_t n;
    int count = 0;

    while ((n = read(0, &byte, 1)) > 0)
        count++;
    return n == 0 && count == 6 ? 0 : 1;
}

int main(int argc, char **argv)
{
    char *args[] = {argv[0], "count", NULL};
    int fd[2], status;
    pid_t child;

    if (argc == 2 && strcmp(argv[1], "count") == 0)
        return count_bytes();

    if (pipe(fd) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        if (dup2(fd[0], 0) < 0)
            die("dup2");
        close(fd[0]);
        execv(argv[0], args);
        die("execv");
    }
    close(fd[0]);
    if (write(fd[1], "abcdef", 6) != 6)
        die("write");
    close(fd[1]);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "all six have arrived" : "something was lost");
    return status == 0 ? 0 : 1;
}
