/* Writes for ever: to standard output and, in a child, to standard error; one endless line. */
#include <string.h>
#include <unistd.h>

int main(void)
{
    static char block[65536];
    memset(block, 'x', sizeof block);
    int out = fork() == 0 ? 2 : 1;
    for (;;)
        if (write(out, block, sizeof block) < 0)
            _exit(1);
}
