/* producer.c - ./producer NAME ITEMS PRODUCERS CONSUMERS */
#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
    if (argc != 5) {
        fprintf(stderr, "usage: %s NAME ITEMS PRODUCERS CONSUMERS\n", argv[0]);
        return 2;
    }
    /* TODO: check the arguments, take care of SIGTERM, put the items, say so, leave. */
    buffer_open(atoi(argv[3]), atoi(argv[4]));
    buffer_leave();
    return 0;
}
