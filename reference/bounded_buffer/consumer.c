/* consumer.c - takes items out of the buffer until there will be no more. */
#include <stdio.h>

#include "arguments.h"
#include "buffer.h"

static const char how[] = "consumer NAME PRODUCERS CONSUMERS";

int main(int argc, char *argv[])
{
    const char *name;
    struct item item;
    int producers, consumers, taken = 0;

    if (argc != 4)
        usage("wrong number of arguments", how);
    name = name_argument(argv[1], how);
    producers = number_argument(argv[2], 1, how);
    consumers = number_argument(argv[3], 1, how);

    setvbuf(stdout, NULL, _IOLBF, 0); /* a line is seen when it is printed, also in a file */
    buffer_open(producers, consumers);
    for (; buffer_take(&item); taken++)
        printf("%s took %s %d\n", name, item.producer, item.number);
    buffer_leave();
    printf("%s done %d\n", name, taken);
    return 0;
}
