/* expect: none */
/* The child reads the parent's whole block before it sends its own back. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK 200000

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static char block[BLOCK];

static void send_block(int out)
{
    size_t done = 0;
    ssize_t n;

    while (done < BLOCK) {
        n = write(out, block + done, BLOCK - done);
        if (n < 0)
            die("write");
        done += n;
    }
}

static void receive_block(int in)
{
    size_t done = 0;
    ssize_t n;

    while (done < BLOCK) {
        n = read(in, block + done, BLOCK - done);
        if (n <= 0)
            die("read");
        done += n;
    }
}

int main(void)
{
    int there[2], back[2], status;
    pid_t child;

    if (pipe(there) < 0 || pipe(back) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(there[1]);
        close(back[0]);
        receive_block(there[0]);
        send_block(back[1]);
        exit(0);
    }
    close(there[0]);
    close(back[1]);

    send_block(there[1]);
    receive_block(back[0]);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("exchanged %d bytes\n", BLOCK);
    close(there[1]);
    close(back[0]);
    return status == 0 ? 0 : 1;
}
