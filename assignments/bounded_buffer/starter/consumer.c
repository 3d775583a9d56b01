/* consumer.c - ./consumer NAME PRODUCERS CONSUMERS */
#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s NAME PRODUCERS CONSUMERS\n", argv[0]);
        return 2;
    }
    /* TODO: check the arguments, take items until there will be no more, say so, leave. */
    buffer_open(atoi(argv[2]), atoi(argv[3]));
    buffer_leave();
    return 0;
}
