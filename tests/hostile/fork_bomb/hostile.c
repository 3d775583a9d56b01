/* Forks for ever, in every child too. */
#include <unistd.h>

int main(void)
{
    for (;;)
        fork();
}
