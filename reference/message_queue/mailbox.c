/*
 * mailbox.c - the model solution of message_queue: a mailbox on a System V message queue.
 *
 * Every run is one command on the queue of the current folder. What a command returns is the exit
 * status.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/types.h>

enum { MAX_TEXT = 1024 };

enum status {
    DONE = 0,
    FAILED = 1,
    WRONG_USAGE = 2,
    NO_MESSAGE = 3,
    FULL = 4,
    TOO_BIG = 5,
    REMOVED = 6,
};

struct message {
    long tag;
    char text[MAX_TEXT]; /* no NUL ends it: its length is what msgsnd is given and msgrcv returns */
};

static enum status complain(const char *what, const char *why, enum status status)
{
    fprintf(stderr, "mailbox: %s: %s\n", what, why);
    return status;
}

static enum status usage(void)
{
    fputs("usage: mailbox create | send TAG TEXT [nowait] | receive TYPE [nowait] | listen TYPE | "
          "remove\n",
          stderr);
    return WRONG_USAGE;
}

/* The queue of this folder, or -1 with errno. */
static int mailbox(int flags)
{
    key_t key = ftok(".", 'M');

    return key == -1 ? -1 : msgget(key, flags);
}

/* What a failed msgsnd or msgrcv means; `errno` tells. */
static enum status failed_call(const char *command)
{
    switch (errno) {
    case ENOMSG:
        return complain(command, "no such message", NO_MESSAGE);
    case EAGAIN:
        return complain(command, "the mailbox is full", FULL);
    case E2BIG:
        return complain(command, "the message is too big", TOO_BIG);
    case EIDRM:
    case EINVAL: /* it was there when we asked for its id: removed before the call could begin */
        return complain(command, "the mailbox was removed", REMOVED);
    default:
        return complain(command, strerror(errno), FAILED);
    }
}

static enum status create(void)
{
    /* Without IPC_EXCL an existing mailbox would look like a new one. */
    if (mailbox(IPC_CREAT | IPC_EXCL | 0600) == -1)
        return complain("create", strerror(errno), FAILED);
    return DONE;
}

static enum status send(long tag, const char *text, int flags)
{
    struct message message = {.tag = tag};
    size_t length = strlen(text);
    int id;

    if (length > sizeof(message.text))
        return complain("send", "the text is too big", TOO_BIG);
    memcpy(message.text, text, length);
    if ((id = mailbox(0)) == -1)
        return complain("no mailbox here", strerror(errno), FAILED);
    if (msgsnd(id, &message, length, flags) == -1)
        return failed_call("send");
    return DONE;
}

static enum status take_one(int id, const char *command, long type, int flags)
{
    struct message message;
    ssize_t length = msgrcv(id, &message, sizeof(message.text), type, flags);

    if (length == -1)
        return failed_call(command);
    printf("%ld: ", message.tag);
    fwrite(message.text, 1, (size_t)length, stdout);
    putchar('\n');
    if (fflush(stdout) != 0)
        return complain(command, strerror(errno), FAILED);
    return DONE;
}

static enum status receive(long type, int flags)
{
    int id = mailbox(0);

    if (id == -1)
        return complain("no mailbox here", strerror(errno), FAILED);
    return take_one(id, "receive", type, flags);
}

static enum status listen(long type)
{
    enum status status = DONE;
    int id = mailbox(0);

    if (id == -1)
        return complain("no mailbox here", strerror(errno), FAILED);
    while (status == DONE)
        status = take_one(id, "listen", type, 0);
    return status == REMOVED ? DONE : status;
}

static enum status remove_mailbox(void)
{
    int id = mailbox(0);

    if (id == -1)
        return complain("no mailbox here", strerror(errno), FAILED);
    if (msgctl(id, IPC_RMID, NULL) == -1)
        return complain("remove", strerror(errno), FAILED);
    return DONE;
}

static bool whole_number(const char *text, long *number)
{
    char *end;

    errno = 0;
    *number = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

/* The optional word `nowait` at the end of `argc` arguments, the others being `needed` in number.
 */
static bool last_word(int argc, char *argv[], int needed, int *flags)
{
    *flags = argc == needed + 1 ? IPC_NOWAIT : 0;
    return argc == needed || (argc == needed + 1 && strcmp(argv[needed], "nowait") == 0);
}

int main(int argc, char *argv[])
{
    const char *command = argc > 1 ? argv[1] : "";
    long number = 0;
    int flags;

    if (strcmp(command, "create") == 0 && argc == 2)
        return create();
    if (strcmp(command, "remove") == 0 && argc == 2)
        return remove_mailbox();
    if (argc < 3 || !whole_number(argv[2], &number))
        return usage();
    if (strcmp(command, "send") == 0 && number >= 1 && last_word(argc, argv, 4, &flags))
        return send(number, argv[3], flags);
    if (strcmp(command, "receive") == 0 && last_word(argc, argv, 3, &flags))
        return receive(number, flags);
    if (strcmp(command, "listen") == 0 && argc == 3)
        return listen(number);
    return usage();
}
