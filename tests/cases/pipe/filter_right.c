/* expect: none */
/* Whoever gives a command its input closes the write end, or the command waits for more. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static pid_t start_sort(const int fd[2])
{
    pid_t child = fork();

    if (child < 0)
        die("fork");
    if (child == 0) {
        if (dup2(fd[0], STDIN_FILENO) < 0)
            _exit(126);
        close(fd[0]);
        close(fd[1]);
        execlp("sort", "sort", "-c", (char *)NULL);
        _exit(127);
    }
    return child;
}

int main(void)
{
    int fd[2], status;
    pid_t child;

    if (pipe(fd) < 0)
        die("pipe");
    child = start_sort(fd);
    close(fd[0]);
    if (write(fd[1], "a\nb\n", 4) != 4)
        die("write");
    close(fd[1]);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "in order" : "not in order");
    return status == 0 ? 0 : 1;
}
