/* expect: none */
/* The reader opens the FIFO for reading only and sees the end when the writer closes it. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "numbers"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int sum_up(void)
{
    int fd, number, sum = 0;
    ssize_t n;

    fd = open(PATH, O_RDONLY);
    if (fd < 0)
        die("open");
    while ((n = read(fd, &number, sizeof number)) == sizeof number)
        sum += number;
    if (n != 0)
        die("read");
    return sum == 10 ? 0 : 1;
}

int main(void)
{
    int fd, i, status;
    pid_t reader;

    if (mkfifo(PATH, 0600) < 0)
        die("mkfifo");
    reader = fork();
    if (reader < 0)
        die("fork");
    if (reader == 0)
        exit(sum_up());

    fd = open(PATH, O_WRONLY);
    if (fd < 0)
        die("open");
    for (i = 1; i <= 4; i++) {
        if (write(fd, &i, sizeof i) != sizeof i)
            die("write");
    }
    close(fd);
    if (waitpid(reader, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "the sum is right" : "the sum is wrong");
    if (unlink(PATH) < 0)
        die("unlink");
    return status == 0 ? 0 : 1;
}
