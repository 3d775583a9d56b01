/* expect: none */
/* The FIFO is made before anybody is started who opens it. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "door"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void serve(void)
{
    char byte;
    int fd;

    fd = open(PATH, O_RDONLY);
    if (fd < 0)
        die("open");
    if (read(fd, &byte, 1) != 1)
        die("read");
    exit(byte == 'k' ? 0 : 1);
}

int main(void)
{
    int fd, status;
    pid_t server;

    if (mkfifo(PATH, 0600) < 0)
        die("mkfifo");
    server = fork();
    if (server < 0)
        die("fork");
    if (server == 0)
        serve();

    fd = open(PATH, O_WRONLY);
    if (fd < 0) {
        perror(PATH);
        kill(server, SIGKILL);
        waitpid(server, &status, 0);
        unlink(PATH);
        return 1;
    }
    if (write(fd, "k", 1) != 1)
        die("write");
    close(fd);
    if (waitpid(server, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "the door was opened" : "something else came");
    if (unlink(PATH) < 0)
        die("unlink");
    return status == 0 ? 0 : 1;
}
