/* expect: none */
/* The server waits for each of its children when it has its answer. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUESTS 3

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int ask_child(int number)
{
    int fd[2], answer;
    int status;
    pid_t child;

    if (pipe(fd) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(fd[0]);
        answer = number * number;
        if (write(fd[1], &answer, sizeof answer) != sizeof answer)
            die("write");
        exit(0);
    }
    close(fd[1]);
    if (read(fd[0], &answer, sizeof answer) != sizeof answer)
        die("read");
    /* The end of the pipe: the child has no more to say. */
    if (read(fd[0], &number, sizeof number) != 0)
        die("read");
    close(fd[0]);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    if (status != 0)
        exit(1);
    return answer;
}

int main(void)
{
    int i, sum = 0;

    for (i = 1; i <= REQUESTS; i++)
        sum += ask_child(i);
    printf("sum %d\n", sum);
    return sum == 14 ? 0 : 1;
}
