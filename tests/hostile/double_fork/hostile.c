/* A daemon: forks twice with a session of its own, closes everything, ignores signals and stays. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int ready[2];
    if (pipe(ready) != 0)
        return 1;
    if (fork() == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        for (int i = 1; i < 64; i++)
            signal(i, SIG_IGN);
        for (int i = 0; i < 64; i++)
            close(i);
        for (;;)
            pause();
    }
    close(ready[1]);
    char c;
    while (read(ready[0], &c, 1) > 0)
        ;
    puts("contained");
    return 0;
}
