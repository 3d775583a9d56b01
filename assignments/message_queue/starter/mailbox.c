/*
 * mailbox - leaves messages for other processes in a System V message queue.
 *
 * TODO: your name.
 */
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/ipc.h>
#include <sys/msg.h>

enum { MAX_TEXT = 1024 };

enum status {
    DONE = 0,
    FAILED = 1,
    WRONG_USAGE = 2,
    NO_MESSAGE = 3,
    FULL = 4,
    TOO_BIG = 5,
    REMOVED = 6
};

/* TODO: a message, as msgsnd(2) wants it. */

static int usage(void)
{
    fprintf(stderr, "usage: mailbox create\n"
                    "       mailbox send TAG TEXT [nowait]\n"
                    "       mailbox receive TYPE [nowait]\n"
                    "       mailbox listen TYPE\n"
                    "       mailbox remove\n");
    return WRONG_USAGE;
}

static int create(void)
{
    /* TODO */
    fprintf(stderr, "mailbox: create: not written yet\n");
    return FAILED;
}

int main(int argc, char *argv[])
{
    if (argc == 2 && strcmp(argv[1], "create") == 0)
        return create();
    /* TODO: the other commands. */
    return usage();
}
