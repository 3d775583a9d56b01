/* Ignores every signal that can be ignored, and so do its children; none of them ends. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
    for (int i = 1; i < 64; i++)
        signal(i, SIG_IGN);
    fork();
    fork();
    for (;;)
        sleep(1000);
}
