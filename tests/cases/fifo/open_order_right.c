/* expect: none */
/* Both sides open the two FIFOs in the same order. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int open_fifo(const char *path, int flags)
{
    int fd = open(path, flags);

    if (fd < 0)
        die(path);
    return fd;
}

int main(void)
{
    int question, answer, status, number = 6;
    pid_t child;

    if (mkfifo("question", 0600) < 0 || mkfifo("answer", 0600) < 0)
        die("mkfifo");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        question = open_fifo("question", O_RDONLY);
        answer = open_fifo("answer", O_WRONLY);
        if (read(question, &number, sizeof number) != sizeof number)
            die("read");
        number *= 7;
        if (write(answer, &number, sizeof number) != sizeof number)
            die("write");
        exit(0);
    }
    if ((question = open("question", O_WRONLY)) < 0)
        die("question");
    answer = open_fifo("answer", O_RDONLY);
    if (write(question, &number, sizeof number) != sizeof number)
        die("write");
    if (read(answer, &number, sizeof number) != sizeof number)
        die("read");
    printf("6 * 7 = %d\n", number);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    close(question);
    close(answer);
    if (unlink("question") < 0 || unlink("answer") < 0)
        die("unlink");
    return number == 42 && status == 0 ? 0 : 1;
}
