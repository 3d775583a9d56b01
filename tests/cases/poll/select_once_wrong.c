/* expect: deadlock at 48 */
/* The set is filled once; after the first select it holds only who was ready then. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 2

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    int news[CHILDREN][2], go[2], i, status, heard = 0, failed = 0;
    fd_set set;
    char byte = 'n';
    pid_t child;

    if (pipe(go) < 0)
        die("pipe");
    for (i = 0; i < CHILDREN; i++) {
        if (pipe(news[i]) < 0)
            die("pipe");
        child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            close(go[1]);
            if (write(news[i][1], &byte, 1) != 1)
                die("write");
            /* Stay until the parent has heard everybody. */
            exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
        }
        close(news[i][1]);
    }
    close(go[0]);

    FD_ZERO(&set);
    FD_SET(news[0][0], &set);
    FD_SET(news[1][0], &set);
    while (heard < CHILDREN) {
        if (select(news[1][0] + 1, &set, NULL, NULL, NULL) < 0)
            die("select");
        for (i = 0; i < CHILDREN; i++)
            if (FD_ISSET(news[i][0], &set) && read(news[i][0], &byte, 1) == 1)
                heard++;
    }
    close(go[1]);
    for (i = 0; i < CHILDREN; i++) {
        if (wait(&status) < 0)
            die("wait");
        failed |= status != 0;
    }
    printf("heard %d\n", heard);
    return heard == CHILDREN && !failed ? 0 : 1;
}
