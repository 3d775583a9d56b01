/* Stops itself: asleep for ever, but in no system call. */
#include <signal.h>
#include <stdio.h>

int main(void)
{
    raise(SIGSTOP);
    puts("contained");
    return 0;
}
