/* expect: none */
/* The reader reads on until it has a whole record. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct record {
    char name[8];
    int mark;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void send_record(int out)
{
    struct record r = {.name = "ada", .mark = 93};

    if (write(out, r.name, sizeof r.name) != sizeof r.name)
        die("write");
    if (write(out, &r.mark, sizeof r.mark) != sizeof r.mark)
        die("write");
}

static ssize_t receive(int in, struct record *r)
{
    size_t done = 0;
    ssize_t n;

    do {
        n = read(in, (char *)r + done, sizeof *r - done);
        if (n > 0)
            done += n;
    } while (n > 0 && done < sizeof *r);
    if (n < 0)
        die("read");
    return done;
}

int main(void)
{
    struct record r = {.mark = 0};
    int fd[2], status;
    ssize_t got;
    pid_t child;

    if (pipe(fd) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(fd[0]);
        send_record(fd[1]);
        close(fd[1]);
        exit(0);
    }
    close(fd[1]);
    got = receive(fd[0], &r);
    printf("%zd bytes, mark %d\n", got, r.mark);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    close(fd[0]);
    return r.mark == 93 && status == 0 ? 0 : 1;
}
