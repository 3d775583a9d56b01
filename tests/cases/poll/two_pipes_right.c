/* expect: none */
/* The parent polls both pipes and hears whoever speaks first. */

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

static int hear(int fd)
{
    int number;

    if (read(fd, &number, sizeof number) != sizeof number)
        die("read");
    return number;
}

static void say(int fd, int number)
{
    if (write(fd, &number, sizeof number) != sizeof number)
        die("write");
}

static int from_one[2], from_two[2], to_one[2];

static int listen_to_both(void)
{
    struct pollfd p[2] = {{from_one[0], POLLIN, 0}, {from_two[0], POLLIN, 0}};
    int sum = 0, left = 2;

    while (left > 0) {
        if (poll(p, 2, -1) < 0)
            die("poll");
        if (p[0].revents & POLLIN) {
            sum += hear(from_one[0]);
            p[0].fd = -1;
            left--;
        }
        if (p[1].revents & POLLIN) {
            sum += hear(from_two[0]);
            say(to_one[1], 1);
            p[1].fd = -1;
            left--;
        }
    }
    return sum;
}

int main(void)
{
    int i, status, sum, failed = 0;
    pid_t child;

    if (pipe(from_one) < 0 || pipe(from_two) < 0 || pipe(to_one) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        int go;

        close(to_one[1]);
        if (read(to_one[0], &go, sizeof go) != sizeof go)
            die("read");
        say(from_one[1], 30);
        exit(0);
    }
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        say(from_two[1], 12);
        exit(0);
    }
    close(from_one[1]);
    close(from_two[1]);
    close(to_one[0]);
    sum = listen_to_both();
    for (i = 0; i < 2; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    printf("sum %d\n", sum);
    return sum == 42 && !failed ? 0 : 1;
}
