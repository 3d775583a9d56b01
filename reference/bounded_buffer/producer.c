/* producer.c - puts the items 1 … ITEMS into the buffer; SIGTERM stops it early. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "buffer.h"

static const char how[] = "producer NAME ITEMS PRODUCERS CONSUMERS";

static volatile sig_atomic_t stop;

static void on_sigterm(int signal)
{
    (void)signal;
    stop = 1;
}

static void catch_sigterm(void)
{
    struct sigaction action = {.sa_handler = on_sigterm};

    if (sigaction(SIGTERM, &action, NULL) == -1) {
        perror("sigaction");
        exit(1);
    }
}

/* How many were put. */
static int produce(const char *name, int items)
{
    struct item item = {.number = 0};

    strcpy(item.producer, name); /* fits: name_argument() has seen to it */
    while (item.number < items) {
        item.number++;
        if (!buffer_put(&item, &stop))
            return item.number - 1;
        printf("%s put %d\n", name, item.number);
    }
    return items;
}

int main(int argc, char *argv[])
{
    const char *name;
    int items, producers, consumers, put;

    if (argc != 5)
        usage("wrong number of arguments", how);
    name = name_argument(argv[1], how);
    items = number_argument(argv[2], 0, how);
    producers = number_argument(argv[3], 1, how);
    consumers = number_argument(argv[4], 1, how);

    setvbuf(stdout, NULL, _IOLBF, 0); /* a line is seen when it is printed, also in a file */
    catch_sigterm();
    buffer_open(producers, consumers);
    put = produce(name, items);
    buffer_producer_finished();
    buffer_leave();
    printf("%s %s %d\n", name, put == items ? "done" : "stopped", put);
    return 0;
}
