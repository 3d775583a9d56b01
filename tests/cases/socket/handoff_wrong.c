/* expect: data-race at 36 and 42 */
/* The byte goes over the socket pair before the shared result is there. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int end[2], status, seen;
    char byte = 's';
    int *result;
    pid_t child;

    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED)
        die("mmap");
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, end) < 0)
        die("socketpair");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(end[0]);
        if (send(end[1], &byte, 1, 0) != 1)
            die("send");
        *result = 45;
        exit(0);
    }
    close(end[1]);
    if (recv(end[0], &byte, 1, 0) != 1)
        die("recv");
    seen = *result;
    printf("result %d\n", seen);

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    close(end[0]);
    return seen == 45 && status == 0 ? 0 : 1;
}
