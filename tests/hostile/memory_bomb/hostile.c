/* Takes memory without end, in six processes, and touches every page of it. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 6; i++) {
        if (fork() != 0)
            continue;
        for (;;) {
            void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_SHARED, -1, 0);
            if (p == MAP_FAILED)
                pause();
            memset(p, 1, 1 << 20);
        }
    }
    while (wait(NULL) > 0)
        ;
    return 1;
}
