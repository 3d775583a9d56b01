/* expect: pipe-end-open at 29 or deadlock at 29 */
/* The last process of the pipeline keeps the write end of its own input. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void numbers(int out)
{
    int i;

    for (i = 1; i <= 5; i++)
        if (write(out, &i, sizeof i) != sizeof i)
            die("write");
}

static int sum_up(int in)
{
    int number, sum = 0;
    ssize_t n;

    while ((n = read(in, &number, sizeof number)) == sizeof number)
        sum += number;
    if (n != 0)
        die("read");
    return sum == 15 ? 0 : 1;
}

int main(void)
{
    int fd[2], i, status, failed = 0;
    pid_t first, last;

    if (pipe(fd) < 0)
        die("pipe");
    first = fork();
    if (first < 0)
        die("fork");
    if (first == 0) {
        close(fd[0]);
        numbers(fd[1]);
        exit(0);
    }
    last = fork();
    if (last < 0)
        die("fork");
    if (last == 0) {
        exit(sum_up(fd[0]));
    }
    close(fd[0]);
    close(fd[1]);

    for (i = 0; i < 2; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    printf("%s\n", failed ? "wrong sum" : "the sum is right");
    return failed;
}
