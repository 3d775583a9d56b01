/*
 * scenarios.c - message_queue: a mailbox program on a System V message queue.
 *
 * The driver is a peer of the student's processes on the same queue: it leaves messages for
 * `receive` and looks at what `send` has left. Where a scenario is about one command alone, the
 * driver makes the queue itself, so that a bug in `create` costs the points of `create` and not
 * everybody's. For the same reason a scenario looks at no more than what it is about.
 *
 * Every scenario holds something that only real use of the queue can bring about. A program that
 * always fails with the right status, or prints what a handout says, earns nothing.
 */
#include "scenario.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

enum { MAX_TEXT = 1024 };
enum { FILLER = 99 }; /* tag of the messages that fill a mailbox */

enum status {
    DONE = 0,
    FAILED = 1,
    WRONG_USAGE = 2,
    NO_MESSAGE = 3,
    FULL = 4,
    TOO_BIG = 5,
    REMOVED = 6,
};

/* Nothing here takes long, and nobody has a reason to sleep but in the queue. */
ASSIGNMENT(.title = "A mailbox on a message queue", .programs = {"mailbox"},
           .limits = {.cpu_seconds = 2, .sleep_seconds = 3},
           .shares = {.correctness = 70, .race_freedom = 10, .cleanup = 10, .memory = 10});

/* The mailbox may be left behind where a scenario does not end with `remove`. */
#define KEEPS_THE_MAILBOX .persists = PERSISTS(OBJECT_SYSV_QUEUE)

/* ---- the driver at the queue ----------------------------------------------------------------- */

struct letter {
    long tag;
    char text[8192]; /* room for whatever a student may have sent: the kernel's msgmax */
};

/* What a queue's key is instead of `key`. Not as a number: the folder's part of it differs from box to box. */
static const char *described_key(struct run *run, key_t key, unsigned other)
{
    if (other == IPC_PRIVATE)
        return "but it was made with IPC_PRIVATE, so nobody else finds it";
    if ((other ^ (unsigned)key) << 8 == 0)
        return text(run, "but its key is that of ftok(\".\", '%c')", (int)(other >> 24));
    return "but its key is another";
}

/* The queue with the handout's key, or a finding that says what there is instead. */
static int existing_mailbox(struct run *run)
{
    key_t key = ftok(".", 'M');
    int id = msgget(key, 0);
    struct object other = {.key = 0};
    int others = id == -1 ? count_objects(run, OBJECT_SYSV_QUEUE, &other) : 0;

    expect_rule(run, "wrong-state", id != -1,
                "there should be a queue with the key ftok(\".\", 'M'); there is %s%s",
                others ? "one, " : "none", others ? described_key(run, key, other.key) : "");
    return id;
}

/* A mailbox that the driver has made: everybody may use it, whoever the driver is. */
static int our_mailbox(struct run *run)
{
    int id = msgget(ftok(".", 'M'), IPC_CREAT | IPC_EXCL | 0666);

    expect_rule(run, "wrong-state", id != -1, "a mailbox could not be made: %s", strerror(errno));
    event(run, "another program made the mailbox");
    return id;
}

static bool try_to_put(int id, long tag, const char *bytes, size_t length)
{
    struct letter letter = {.tag = tag};

    memcpy(letter.text, bytes, length);
    return msgsnd(id, &letter, length, IPC_NOWAIT) == 0;
}

static void put(struct run *run, int id, long tag, const char *string)
{
    bool fits = try_to_put(id, tag, string, strlen(string));

    expect_rule(run, "wrong-state", fits,
                "the mailbox should be there and have room for one more message: %s",
                strerror(errno));
    event(run, "another program sent %zu bytes with tag %ld", strlen(string), tag);
}

/* Puts messages with the tag FILLER until not even one byte has room. */
static void fill(struct run *run, int id)
{
    static const char zeros[MAX_TEXT];
    size_t length = sizeof(zeros);

    while (length > 0)
        if (!try_to_put(id, FILLER, zeros, length))
            length = length > 1 ? 1 : 0;
    event(run, "the mailbox is full");
}

/* Room for several messages, as one that is larger than it should be is no bug of waiting. */
static void make_room(struct run *run, int id)
{
    struct letter letter;
    bool taken = true;

    for (int i = 0; i < 4 && taken; i++)
        taken = msgrcv(id, &letter, sizeof(letter.text), FILLER, IPC_NOWAIT) != -1;
    expect_rule(run, "wrong-state", taken,
                "the mailbox should still hold the messages that another program sent");
    event(run, "another program took four messages out");
}

/* Shows a text in a message to the student: how it begins. */
static const char *shown(struct run *run, const char *bytes, size_t length)
{
    return text(run, "%zu byte%s%s%.*s%s", length, length == 1 ? "" : "s", length ? ": \"" : "",
                length > 40 ? 40 : (int)length, bytes,
                length > 40 ? "\"..." : (length ? "\"" : ""));
}

/* Is what was taken from the queue this message? */
static void judge_letter(struct run *run, const struct letter *letter, size_t length, long tag,
                         const char *expected)
{
    size_t size = strlen(expected);

    expect_rule(run, "wrong-state", letter->tag == tag,
                "the message's type should be its tag, %ld, but is %ld", tag, letter->tag);
    expect_rule(run, "wrong-msgsz", length != size + 1 || letter->text[size] != '\0',
                "the text of the message should have exactly %zu bytes, but has %zu: a terminating "
                "NUL came along",
                size, length);
    expect_rule(run, "wrong-msgsz", length == size,
                "the text of the message should have exactly %zu bytes, but has %zu: msgsnd was "
                "given another size than that of the text",
                size, length);
    expect_rule(run, "wrong-state", memcmp(letter->text, expected, size) == 0,
                "the message should be %s, but is %s", shown(run, expected, size),
                shown(run, letter->text, size));
}

/* Takes the oldest message that is no filler, which must be this one. */
static void expect_letter(struct run *run, int id, long tag, const char *expected)
{
    struct letter letter;
    ssize_t length = msgrcv(id, &letter, sizeof(letter.text), FILLER, IPC_NOWAIT | MSG_EXCEPT);

    expect_rule(run, "wrong-state", length != -1,
                "the mailbox should hold a message of %s, but holds none",
                shown(run, expected, strlen(expected)));
    judge_letter(run, &letter, (size_t)length, tag, expected);
    event(run, "another program took the message with tag %ld", tag);
}

/* Takes a message that is no filler: there must be one, whatever it says. */
static void expect_any_letter(struct run *run, int id)
{
    struct letter letter;
    bool taken = msgrcv(id, &letter, sizeof(letter.text), FILLER, IPC_NOWAIT | MSG_EXCEPT) != -1;

    expect_rule(run, "wrong-state", taken,
                "the message that was just sent should be in the mailbox");
    event(run, "another program took a message");
}

static void remove_queue(struct run *run, int id)
{
    bool removed = msgctl(id, IPC_RMID, NULL) == 0;

    expect_rule(run, "wrong-state", removed, "the mailbox should still be there: %s",
                strerror(errno));
    event(run, "another program removed the mailbox");
}

/* ---- the student's program ------------------------------------------------------------------- */

static void expect_create(struct run *run)
{
    expect_exit(start(run, "mailbox", "create"), DONE);
}

/* This status, and nothing on standard output. */
static void expect_silent(struct process *p, enum status status)
{
    expect_exit(p, (int)status);
    expect_output(p, "");
}

static void expect_send(struct run *run, const char *tag, const char *string)
{
    struct process *p = start(run, "mailbox", "send", tag, string);

    expect_exit(p, DONE);
    expect_output(p, "");
}

static void expect_receive(struct run *run, const char *type, const char *output)
{
    struct process *p = start(run, "mailbox", "receive", type);

    expect_exit(p, DONE);
    expect_output(p, output);
}

/* A text of `length` bytes with no two neighbouring parts alike, so that a cut or a shift shows. */
static const char *long_text(struct run *run, size_t length)
{
    char bytes[MAX_TEXT + 2];

    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(i % 10 == 0 ? 'A' + (int)(i / 10 % 26) : '0' + (int)(i % 10));
    bytes[length] = '\0';
    return text(run, "%s", bytes);
}

/* ---- create ---------------------------------------------------------------------------------- */

SCENARIO(create, .points = 6, .title = "create makes the mailbox", KEEPS_THE_MAILBOX,
         .asks = "the queue has the right key and permissions, and outlives its creator")
(struct run *run)
{
    struct process *p = start(run, "mailbox", "create");
    struct object queue;

    expect_exit(p, DONE);
    expect_output(p, "");
    queue = expect_object(run, OBJECT_SYSV_QUEUE);
    existing_mailbox(run);
    expect_rule(run, "wrong-state", queue.mode == 0600,
                "the queue's permissions should be 0600, but are %#o", queue.mode);
    expect_messages(run, queue.id, 0);
}

SCENARIO(create_again, .points = 5, .title = "create where there is a mailbox already",
         KEEPS_THE_MAILBOX, .asks = "only one create succeeds; the mailbox and its messages stay")
(struct run *run)
{
    /* Two at the same moment where the schedule is ours to choose. In `plain` it would be the
     * kernel's whim whether a check that comes too early shows. */
    int at_once = amount(run, 1, 2, 1), done = 0;
    struct process *creators[2];

    for (int i = 0; i < at_once; i++)
        creators[i] = start(run, "mailbox", "create");
    for (int i = 0; i < at_once; i++)
        done += exit_status_of(creators[i]) == DONE;
    expect_rule(run, "wrong-state", done == 1,
                "of %d create at once exactly one should succeed, but %d did", at_once, done);
    put(run, existing_mailbox(run), 4, "still here?");
    expect_silent(start(run, "mailbox", "create"), FAILED);
    expect_letter(run, existing_mailbox(run), 4, "still here?");
    expect_objects(run, OBJECT_SYSV_QUEUE, 1);
}

/* ---- send and receive ------------------------------------------------------------------------ */

SCENARIO(send_exactly, .points = 10, .title = "send leaves exactly the message that it should",
         .asks = "the tag is the message's type, and the text is all that travels")
(struct run *run)
{
    int id = our_mailbox(run);

    expect_send(run, "7", "hello, 100 %s");
    expect_letter(run, id, 7, "hello, 100 %s");
    expect_send(run, "123456789", "");
    expect_letter(run, id, 123456789, "");
    expect_send(run, "1", long_text(run, MAX_TEXT));
    expect_letter(run, id, 1, long_text(run, MAX_TEXT));
    expect_messages(run, id, 0);
}

SCENARIO(receive_exactly, .points = 9, .title = "receive prints what another program has sent",
         .asks = "one line for a message, be it long, short or empty")
(struct run *run)
{
    int id = our_mailbox(run);

    put(run, id, 42, "50 %d, 50 %s");
    expect_receive(run, "0", "42: 50 %d, 50 %s\n");
    put(run, id, 123456789, long_text(run, MAX_TEXT));
    expect_receive(run, "0", text(run, "123456789: %s\n", long_text(run, MAX_TEXT)));
    put(run, id, 1, "");
    expect_receive(run, "0", "1: \n");
    expect_messages(run, id, 0);
}

SCENARIO(receive_by_type, .points = 10, .title = "TYPE 0, N and -N choose the right message",
         .asks = "0: the oldest; N: the oldest with that tag; -N: the lowest tag up to N")
(struct run *run)
{
    int id = our_mailbox(run);

    put(run, id, 5, "bread");
    put(run, id, 2, "milk");
    put(run, id, 9, "apples");
    put(run, id, 2, "honey");
    put(run, id, 5, "salt");
    put(run, id, 7, "tea");
    expect_receive(run, "0", "5: bread\n");
    expect_receive(run, "9", "9: apples\n");
    expect_receive(run, "-6", "2: milk\n");
    expect_receive(run, "-6", "2: honey\n");
    expect_receive(run, "-6", "5: salt\n");
    expect_receive(run, "0", "7: tea\n");
}

SCENARIO(receive_nowait, .points = 6, .title = "receive … nowait",
         .asks = "takes a message that is there; where none fits, says so and takes nothing")
(struct run *run)
{
    int id = our_mailbox(run);
    struct process *p;

    expect_silent(start(run, "mailbox", "receive", "0", "nowait"), NO_MESSAGE);
    put(run, id, 4, "patience");
    expect_silent(start(run, "mailbox", "receive", "5", "nowait"), NO_MESSAGE);
    expect_silent(start(run, "mailbox", "receive", "-3", "nowait"), NO_MESSAGE);
    expect_messages(run, id, 1);
    p = start(run, "mailbox", "receive", "-4", "nowait");
    expect_exit(p, DONE);
    expect_output(p, "4: patience\n");
}

SCENARIO(send_nowait, .points = 6, .title = "send … nowait",
         .asks = "sends where there is room; says so where there is none")
(struct run *run)
{
    int id = our_mailbox(run);

    fill(run, id);
    expect_silent(start(run, "mailbox", "send", "3", "one more", "nowait"), FULL);
    make_room(run, id);
    expect_silent(start(run, "mailbox", "send", "4", "and now?", "nowait"), DONE);
    expect_any_letter(run, id);
}

/* ---- waiting --------------------------------------------------------------------------------- */

SCENARIO(receive_waits, .points = 8, .title = "receive waits for its message",
         .asks = "it sleeps in msgrcv until a message of its TYPE comes; others it leaves alone")
(struct run *run)
{
    int id = our_mailbox(run);
    struct process *p = start(run, "mailbox", "receive", "3");

    expect_blocked(p, "msgrcv");
    put(run, id, 2, "not for you");
    expect_blocked(p, "msgrcv");
    put(run, id, 3, "for you");
    expect_exit(p, DONE);
    expect_output(p, "3: for you\n");
    expect_letter(run, id, 2, "not for you");
}

SCENARIO(send_waits, .points = 6, .title = "send waits for room",
         .asks = "it sleeps in msgsnd while the mailbox is full, and sends when there is room")
(struct run *run)
{
    int id = our_mailbox(run);
    struct process *p;

    fill(run, id);
    p = start(run, "mailbox", "send", "5", "better late");
    expect_blocked(p, "msgsnd");
    make_room(run, id);
    expect_silent(p, DONE);
    expect_any_letter(run, id);
}

SCENARIO(too_big, .points = 6, .title = "Messages that are too big",
         .asks = "they are neither sent nor taken nor cut; 1024 bytes are not too big")
(struct run *run)
{
    const char *big = long_text(run, MAX_TEXT + 1), *just = long_text(run, MAX_TEXT);
    int id = our_mailbox(run);

    expect_silent(start(run, "mailbox", "send", "8", big), TOO_BIG);
    expect_messages(run, id, 0);
    put(run, id, 9, big);
    expect_silent(start(run, "mailbox", "receive", "0"), TOO_BIG);
    expect_letter(run, id, 9, big);
    put(run, id, 9, just);
    expect_receive(run, "0", text(run, "9: %s\n", just));
}

SCENARIO(removed_while_waiting, .points = 8, .title = "The mailbox is removed while others wait",
         .asks = "both who wait for a message and who wait for room end, with status 6")
(struct run *run)
{
    int id = our_mailbox(run);
    struct process *sender, *receiver;

    fill(run, id);
    sender = start(run, "mailbox", "send", "4", "too late");
    receiver = start(run, "mailbox", "receive", "4");
    expect_blocked(sender, "msgsnd");
    expect_blocked(receiver, "msgrcv");
    remove_queue(run, id);
    expect_silent(sender, REMOVED);
    expect_silent(receiver, REMOVED);
}

/* ---- listen ---------------------------------------------------------------------------------- */

SCENARIO(listen_until_removed, .points = 8, .title = "listen prints until the mailbox is removed",
         .asks = "each message at once, a short one after a long one too; the end is no error")
(struct run *run)
{
    int id = our_mailbox(run);
    struct process *p;

    put(run, id, 9, "not for you");
    p = start(run, "mailbox", "listen", "-5");
    expect_blocked(p, "msgrcv");
    put(run, id, 5, "a first message that is long");
    wait_lines(p, 1);
    put(run, id, 3, "short");
    wait_lines(p, 2);
    /* The removal may find it asleep or at work. Which of the two is ours to choose on `schedules`;
     * in `plain` it would be the kernel's whim, so there it sleeps. */
    if (amount(run, 1, 0, 1))
        expect_blocked(p, "msgrcv");
    expect_letter(run, id, 9, "not for you");
    remove_queue(run, id);
    expect_exit(p, DONE);
    expect_output(p, "5: a first message that is long\n3: short\n");
}

/* ---- remove, no mailbox, usage --------------------------------------------------------------- */

static void expect_removed(struct run *run)
{
    expect_silent(start(run, "mailbox", "remove"), DONE);
    expect_rule(run, "leak-sysv-queue", count_objects(run, OBJECT_SYSV_QUEUE, NULL) == 0,
                "`mailbox remove` ended with status 0, but the queue is still there");
}

SCENARIO(remove_mailbox, .points = 5, .title = "remove",
         .asks = "the mailbox is gone with all that was in it; a new one is empty")
(struct run *run)
{
    expect_create(run);
    put(run, existing_mailbox(run), 1, "never read");
    expect_removed(run);
    expect_create(run);
    expect_messages(run, existing_mailbox(run), 0);
    expect_removed(run);
}

SCENARIO(no_mailbox, .points = 3, .title = "No mailbox here",
         .asks = "every command but create fails, and none makes a mailbox in passing")
(struct run *run)
{
    int id = our_mailbox(run);

    expect_send(run, "1", "it works while there is one");
    expect_any_letter(run, id);
    remove_queue(run, id);
    expect_silent(start(run, "mailbox", "send", "1", "anybody?"), FAILED);
    expect_silent(start(run, "mailbox", "receive", "0"), FAILED);
    expect_silent(start(run, "mailbox", "receive", "0", "nowait"), FAILED);
    expect_silent(start(run, "mailbox", "listen", "0"), FAILED);
    expect_silent(start(run, "mailbox", "remove"), FAILED);
    expect_no_object(run, OBJECT_SYSV_QUEUE);
}

SCENARIO(wrong_usage, .points = 2, .title = "Wrong usage",
         .asks = "the status is 2, nothing is sent, and right usage goes on working")
(struct run *run)
{
    int id = our_mailbox(run);

    expect_silent(start(run, "mailbox"), WRONG_USAGE);
    expect_silent(start(run, "mailbox", "post", "1", "x"), WRONG_USAGE);
    expect_silent(start(run, "mailbox", "send", "1"), WRONG_USAGE);
    expect_silent(start(run, "mailbox", "send", "0", "x"), WRONG_USAGE);
    expect_silent(start(run, "mailbox", "send", "-1", "x"), WRONG_USAGE);
    expect_silent(start(run, "mailbox", "send", "2x", "x"), WRONG_USAGE);
    expect_silent(start(run, "mailbox", "send", "1", "x", "now"), WRONG_USAGE);
    expect_silent(start(run, "mailbox", "receive"), WRONG_USAGE);
    expect_silent(start(run, "mailbox", "receive", "any", "nowait"), WRONG_USAGE);
    expect_messages(run, id, 0);
    expect_send(run, "1", "x");
    expect_any_letter(run, id);
}

/* ---- everything together --------------------------------------------------------------------- */

SCENARIO(many_at_once, .points = 2, .title = "Many at once", KEEPS_THE_MAILBOX,
         .asks = "every message comes to exactly one of two listeners")
(struct run *run)
{
    int messages = amount(run, 12, 3, 3);
    struct process *a, *b, *senders[12];

    expect_create(run);
    a = start(run, "mailbox", "listen", "0");
    b = start(run, "mailbox", "listen", "0");
    for (int i = 0; i < messages; i++)
        senders[i] = start(run, "mailbox", "send", number(run, i + 1), "hello");
    for (int i = 0; i < messages; i++)
        expect_exit(senders[i], DONE);
    expect_blocked(a, "msgrcv");
    expect_blocked(b, "msgrcv");
    expect_exit(start(run, "mailbox", "remove"), DONE);
    expect_exit(a, DONE);
    expect_exit(b, DONE);
    expect_lines(together(a, b), ANY_ORDER, "%d: hello", 1, messages);
}
