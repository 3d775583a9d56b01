/* sleeper.c - sleeps for 45 seconds in all: the first process for 20, the others for 15 and 10. */
#include <sys/wait.h>
#include <unistd.h>

static void sleep_by_seconds(int seconds)
{
    while (seconds--)
        sleep(1);
}

int main(void)
{
    if (fork() == 0) {
        sleep_by_seconds(15);
        return 0;
    }
    if (fork() == 0) {
        sleep_by_seconds(10);
        return 0;
    }
    sleep_by_seconds(20);
    while (wait(NULL) > 0)
        ;
    return 0;
}
