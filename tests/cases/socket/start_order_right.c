/* expect: none */
/* The socket listens before there is a client. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "service"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PATH};

static int make_socket(void)
{
    int fd;

    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        die("socket");
    return fd;
}

static int offer(void)
{
    int fd = make_socket();

    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        die("bind");
    if (listen(fd, 1) < 0)
        die("listen");
    return fd;
}

static void serve(int listener)
{
    char byte;
    int fd;

    fd = accept(listener, NULL, NULL);
    if (fd < 0)
        die("accept");
    if (read(fd, &byte, 1) != 1)
        die("read");
    exit(byte == 'q' ? 0 : 1);
}

int main(void)
{
    int listener = offer();
    int fd, status;
    pid_t server;

    server = fork();
    if (server < 0)
        die("fork");
    if (server == 0)
        serve(listener);

    fd = make_socket();
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        perror("connect");
        kill(server, SIGKILL);
        waitpid(server, &status, 0);
        unlink(PATH);
        return 1;
    }
    if (write(fd, "q", 1) != 1)
        die("write");
    if (waitpid(server, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", status == 0 ? "served" : "not understood");
    close(fd);
    close(listener);
    if (unlink(PATH) < 0)
        die("unlink");
    return status == 0 ? 0 : 1;
}
