/*
 * scenarios.c - bounded_buffer: what the handout promises to grade, with the points of its table.
 *
 * The driver cannot take part in the buffer, since its layout is the student's own. It judges by
 * what a user sees: the lines printed, who waits and how, what `ipcs` shows, how everybody ends. A
 * program that only prints the right text fails in each scenario, at the latest in
 * expect_session_ended().
 *
 * Only the scenarios that are about it let processes compete. The others start the next one when the last
 * has come to where it must, so that a wrong program fails in the same way each time.
 */
#include "scenario.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>

enum { SLOTS = 5, MOST_PRODUCERS = 3, MOST_ITEMS = 1000 };

ASSIGNMENT(.title = "Bounded buffer", .programs = {"producer", "consumer"},
           .limits = {.cpu_seconds = 2, .sleep_seconds = 2},
           .shares = {.correctness = 50, .race_freedom = 25, .cleanup = 15, .memory = 10});

/* ---- what is expected again and again -------------------------------------------------------- */

static struct process *start_producer(struct run *run, int n, int items, int producers,
                                      int consumers)
{
    return start(run, "producer", text(run, "P%d", n), number(run, items), number(run, producers),
                 number(run, consumers));
}

static struct process *start_consumer(struct run *run, int n, int producers, int consumers)
{
    return start(run, "consumer", text(run, "C%d", n), number(run, producers),
                 number(run, consumers));
}

/* "P1 put 1" … "P1 put <count>", and the last line if there is one. */
static const char *lines_of_producer(struct run *run, int n, int count, const char *last)
{
    char lines[MOST_ITEMS * 16];
    int length = 0;

    lines[0] = '\0';
    for (int i = 1; i <= count; i++)
        length += snprintf(lines + length, sizeof lines - (size_t)length, "P%d put %d\n", n, i);
    return text(run, "%s%s", lines, last);
}

static void expect_producer_done(struct run *run, struct process *producer, int n, int items)
{
    expect_exit(producer, 0);
    expect_output(producer, lines_of_producer(run, n, items, text(run, "P%d done %d\n", n, items)));
    expect_no_errors(producer);
}

/* The numbers from 1 to `items` of P1 on one consumer, in order. */
static const char *lines_of_consumer(struct run *run, int n, int items)
{
    char lines[MOST_ITEMS * 24];
    int length = 0;

    lines[0] = '\0';
    for (int i = 1; i <= items; i++)
        length += snprintf(lines + length, sizeof lines - (size_t)length, "C%d took P1 %d\n", n, i);
    return text(run, "%sC%d done %d\n", lines, n, items);
}

static void expect_only_consumer_took(struct run *run, struct process *consumer, int items)
{
    expect_exit(consumer, 0);
    expect_output(consumer, lines_of_consumer(run, 1, items));
    expect_no_errors(consumer);
}

/* What a wrong key is. Not its number: ftok() makes another one in each box. */
static const char *named_key(struct run *run, unsigned key)
{
    const unsigned of_folder = (1u << 24) - 1;

    if (key == (unsigned)IPC_PRIVATE)
        return "IPC_PRIVATE";
    if ((key & of_folder) == ((unsigned)ftok(".", 'B') & of_folder))
        return text(run, "ftok(\".\", %u)", key >> 24);
    return "another one";
}

static void expect_key_and_mode(struct run *run, const struct object *object, const char *what)
{
    expect_rule(run, "wrong-state", object->key == (unsigned)ftok(".", 'B'),
                "the key of the %s should be ftok(\".\", 'B'); it is %s", what,
                named_key(run, object->key));
    expect_rule(run, "wrong-state", (object->mode & 0777) == 0600,
                "the permissions of the %s should be 0600; they are %04o", what,
                object->mode & 0777);
}

/* What `ipcs` has to show while a session is on. */
static void expect_session_objects(struct run *run)
{
    expect_object(run, OBJECT_SYSV_SHM);
    expect_object(run, OBJECT_SYSV_SEMAPHORE);
}

/* Asked for by one scenario only: who mistakes a digit has made one mistake. */
static void expect_keys_and_modes(struct run *run)
{
    struct object segment = expect_object(run, OBJECT_SYSV_SHM);
    struct object set = expect_object(run, OBJECT_SYSV_SEMAPHORE);

    expect_key_and_mode(run, &segment, "segment");
    expect_key_and_mode(run, &set, "semaphore set");
}

/* Everybody has ended. That objects are gone is the census's business, and costs cleanup; that
 * there were some is a fact which no program can print. */
static void expect_session_ended(struct run *run)
{
    expect_was_created(run, OBJECT_SYSV_SHM);
    expect_was_created(run, OBJECT_SYSV_SEMAPHORE);
}

/* ---- who took what --------------------------------------------------------------------------- */

struct tally {
    int producers, items[MOST_PRODUCERS]; /* P1 has put the items 1 … items[0] */
    const char *taker[MOST_PRODUCERS][MOST_ITEMS + 1];
};

/* Judges one line "C1 took P2 7" and notes it. */
static void tally_line(struct run *run, struct tally *tally, const char *name, const char *line,
                       int newest[])
{
    int end = 0, producer = 0, item = 0;
    const char *rest = line + strlen(name);
    bool well = strncmp(line, name, strlen(name)) == 0 &&
                sscanf(rest, " took P%d %d%n", &producer, &item, &end) == 2 && rest[end] == '\0' &&
                strcmp(line, text(run, "%s took P%d %d", name, producer, item)) == 0;

    expect_that(run, well, "expected a line \"%s took PRODUCER NUMBER\"; %s printed \"%s\"", name,
                name, line);
    expect_that(run,
                producer >= 1 && producer <= tally->producers && item >= 1 &&
                    item <= tally->items[producer - 1],
                "%s took item %d of P%d, which nobody has put", name, item, producer);
    expect_that(run, !tally->taker[producer - 1][item],
                "item %d of P%d was taken twice: by %s and by %s", item, producer,
                tally->taker[producer - 1][item], name);
    expect_that(run, item > newest[producer - 1],
                "%s took item %d of P%d after item %d: not the order in which they were put", name,
                item, producer, newest[producer - 1]);
    tally->taker[producer - 1][item] = name;
    newest[producer - 1] = item;
}

/* Judges all that one consumer has printed. */
static void tally_consumer(struct run *run, struct tally *tally, struct process *consumer, int n)
{
    const char *name = text(run, "C%d", n);
    int newest[MOST_PRODUCERS] = {0}, count = 0;
    size_t length;
    const char *at = output_of(consumer, &length), *end;

    for (; (end = strchr(at, '\n')); at = end + 1) {
        const char *line = text(run, "%.*s", (int)(end - at), at);

        if (end[1] == '\0') {
            const char *last = text(run, "%s done %d", name, count);

            expect_that(run, strcmp(line, last) == 0,
                        "the last line of %s should be \"%s\"; it is \"%s\"", name, last, line);
            return;
        }
        tally_line(run, tally, name, line, newest);
        count++;
    }
    expect_that(run, false, "the last line of %s should be \"%s done %d\"; it is \"%s\"", name,
                name, count, at);
}

static void tally_nothing_lost(struct run *run, const struct tally *tally)
{
    for (int producer = 1; producer <= tally->producers; producer++)
        for (int item = 1; item <= tally->items[producer - 1]; item++)
            expect_that(run, tally->taker[producer - 1][item],
                        "item %d of P%d was lost: no consumer has taken it", item, producer);
}

/* The consumers C1, C2, … (NULL-terminated) took between them exactly what the producers have put.
 */
static void expect_all_taken(struct run *run, struct process *const consumers[], int producers,
                             const int items[])
{
    struct tally tally = {.producers = producers};

    memcpy(tally.items, items, (size_t)producers * sizeof *items);
    for (int i = 0; consumers[i]; i++)
        expect_exit(consumers[i], 0);
    for (int i = 0; consumers[i]; i++) {
        tally_consumer(run, &tally, consumers[i], i + 1);
        expect_no_errors(consumers[i]);
    }
    tally_nothing_lost(run, &tally);
}

/* How many items a producer that was told to stop says it has put: `least`, or one more. */
static int expect_stopped(struct run *run, struct process *producer, int n, int least)
{
    size_t length;
    const char *output, *last;
    int count = -1;

    expect_exit(producer, 0);
    output = output_of(producer, &length);
    last = strstr(output, "stopped");
    if (last)
        sscanf(last, "stopped %d", &count);
    expect_that(run, count == least || count == least + 1,
                "a producer that was told to stop should say \"P%d stopped %d\" or \"P%d stopped "
                "%d\" at last; it printed \"%s\"",
                n, least, n, least + 1, output);
    expect_output(producer,
                  lines_of_producer(run, n, count, text(run, "P%d stopped %d\n", n, count)));
    expect_no_errors(producer);
    return count;
}

/* ---- the scenarios --------------------------------------------------------------------------- */

SCENARIO(one_of_each, .points = 8, .title = "One producer, one consumer, three items",
         .asks = "the consumer takes the three items in order, and both end")
(struct run *run)
{
    struct process *producer = start_producer(run, 1, 3, 1, 1), *consumer;

    wait_lines(producer, 1);
    consumer = start_consumer(run, 1, 1, 1);
    expect_producer_done(run, producer, 1, 3);
    expect_only_consumer_took(run, consumer, 3);
    expect_session_ended(run);
}

SCENARIO(producer_waits_when_full, .points = 10, .title = "The buffer is full: the producer waits",
         .asks = "five items fit; then the producer waits in semop until the consumer has taken "
                 "one")
(struct run *run)
{
    struct process *producer = start_producer(run, 1, 12, 1, 1), *consumer;

    expect_blocked(producer, "semop");
    expect_output_so_far(producer, lines_of_producer(run, 1, SLOTS, ""));
    expect_session_objects(run);
    event(run, "the buffer is full");

    consumer = start_consumer(run, 1, 1, 1);
    expect_producer_done(run, producer, 1, 12);
    expect_only_consumer_took(run, consumer, 12);
    expect_session_ended(run);
}

SCENARIO(consumer_waits_when_empty, .points = 10,
         .title = "The buffer is empty: the consumer waits",
         .asks = "a consumer that comes first waits in semop until there is an item")
(struct run *run)
{
    struct process *consumer = start_consumer(run, 1, 1, 1), *producer;

    expect_blocked(consumer, "semop");
    expect_output_so_far(consumer, "");
    expect_session_objects(run);
    event(run, "the consumer waits at the empty buffer");

    producer = start_producer(run, 1, 7, 1, 1);
    expect_producer_done(run, producer, 1, 7);
    expect_only_consumer_took(run, consumer, 7);
    expect_session_ended(run);
}

SCENARIO(
    producer_leaves_first, .points = 8,
    .title = "The producer has ended before the consumer starts",
    .asks = "the items stay in the buffer when their producer has ended; so do the segment and the "
            "set, with the key and the permissions that the handout names")
(struct run *run)
{
    struct process *producer = start_producer(run, 1, SLOTS, 1, 1), *consumer;

    expect_producer_done(run, producer, 1, SLOTS);
    expect_keys_and_modes(run);
    event(run, "the producer has ended, the buffer is full");

    consumer = start_consumer(run, 1, 1, 1);
    expect_only_consumer_took(run, consumer, SLOTS);
    expect_session_ended(run);
}

SCENARIO(many_consumers, .points = 8, .title = "Three consumers share the work",
         .asks = "every item is taken exactly once, and every consumer ends")
(struct run *run)
{
    int items = amount(run, 300, 6, 40);
    struct process *producer = start_producer(run, 1, items, 1, 3), *one, *two, *three;

    wait_lines(producer, 1);
    one = start_consumer(run, 1, 1, 3);
    two = start_consumer(run, 2, 1, 3);
    three = start_consumer(run, 3, 1, 3);
    expect_producer_done(run, producer, 1, items);
    expect_all_taken(run, (struct process *const[]){one, two, three, NULL}, 1, (int[]){items});
    expect_session_ended(run);
}

SCENARIO(many_producers, .points = 8, .title = "Three producers, one consumer",
         .asks = "nothing is lost, and the items of each producer keep their order")
(struct run *run)
{
    int items = amount(run, 100, 2, 15);
    struct process *one = start_producer(run, 1, items, 3, 1), *two, *three, *consumer;

    wait_lines(one, 1);
    two = start_producer(run, 2, items + 1, 3, 1);
    three = start_producer(run, 3, items + 2, 3, 1);
    consumer = start_consumer(run, 1, 3, 1);
    expect_producer_done(run, one, 1, items);
    expect_producer_done(run, two, 2, items + 1);
    expect_producer_done(run, three, 3, items + 2);
    expect_all_taken(run, (struct process *const[]){consumer, NULL}, 3,
                     (int[]){items, items + 1, items + 2});
    expect_session_ended(run);
}

SCENARIO(crowd, .points = 10, .title = "Three producers and three consumers at once",
         .asks = "nothing is lost, nothing comes twice, everybody ends")
(struct run *run)
{
    int items = amount(run, 200, 2, 15); /* the one scenario in which all are started at once */
    struct process *producers[3], *consumers[4] = {NULL};

    for (int i = 0; i < 3; i++) {
        producers[i] = start_producer(run, i + 1, items, 3, 3);
        consumers[i] = start_consumer(run, i + 1, 3, 3);
    }
    for (int i = 0; i < 3; i++)
        expect_producer_done(run, producers[i], i + 1, items);
    expect_all_taken(run, consumers, 3, (int[]){items, items, items});
    expect_session_ended(run);
}

SCENARIO(late_producer, .points = 7, .title = "The second producer comes late",
         .asks = "an empty buffer is not the end: the consumer waits for all producers")
(struct run *run)
{
    struct process *consumer = start_consumer(run, 1, 2, 1), *one, *two;

    expect_blocked(consumer, "semop");
    one = start_producer(run, 1, 3, 2, 1);
    expect_producer_done(run, one, 1, 3);
    expect_blocked(consumer, "semop");
    expect_output_so_far(consumer, "C1 took P1 1\nC1 took P1 2\nC1 took P1 3\n");
    event(run, "the buffer is empty again, one producer is still to come");

    two = start_producer(run, 2, 4, 2, 1);
    expect_producer_done(run, two, 2, 4);
    expect_all_taken(run, (struct process *const[]){consumer, NULL}, 2, (int[]){3, 4});
    expect_session_ended(run);
}

SCENARIO(late_consumer, .points = 6, .title = "The second consumer comes when all is over",
         .asks = "it finds out that there is nothing left, and ends too")
(struct run *run)
{
    struct process *producer = start_producer(run, 1, 4, 1, 2), *one, *two;

    expect_producer_done(run, producer, 1, 4);
    one = start_consumer(run, 1, 1, 2);
    expect_only_consumer_took(run, one, 4);
    expect_session_objects(run);
    event(run, "everything is taken, one consumer is still to come");

    two = start_consumer(run, 2, 1, 2);
    expect_exit(two, 0);
    expect_output(two, "C2 done 0\n");
    expect_session_ended(run);
}

SCENARIO(stopped_while_waiting, .points = 8,
         .title = "A producer that waits for a slot is told to stop",
         .asks = "after SIGTERM it ends in good order, and the consumer gets what it has put")
(struct run *run)
{
    struct process *producer = start_producer(run, 1, 100, 1, 1), *consumer;
    int put;

    expect_blocked(producer, "semop");
    event(run, "the buffer is full");
    send_signal(producer, SIGTERM);
    settle(run);

    consumer = start_consumer(run, 1, 1, 1);
    put = expect_stopped(run, producer, 1, SLOTS);
    expect_only_consumer_took(run, consumer, put);
    expect_session_ended(run);
}

SCENARIO(one_of_two_stopped, .points = 5,
         .title = "One of two producers is told to stop before its first item is in",
         .asks = "the other producer and the consumer are not disturbed")
(struct run *run)
{
    struct process *one = start_producer(run, 1, 12, 2, 1), *two, *consumer;
    int put;

    expect_blocked(one, "semop");
    two = start_producer(run, 2, 100, 2, 1);
    expect_blocked(two, "semop");
    expect_output_so_far(two, "");
    event(run, "the buffer is full, both producers wait");
    send_signal(two, SIGTERM);
    settle(run);

    consumer = start_consumer(run, 1, 2, 1);
    expect_producer_done(run, one, 1, 12);
    put = expect_stopped(run, two, 2, 0);
    expect_all_taken(run, (struct process *const[]){consumer, NULL}, 2, (int[]){12, put});
    expect_session_ended(run);
}

SCENARIO(nothing_to_do, .points = 2, .title = "A producer without items",
         .asks = "everybody ends although there was nothing to put")
(struct run *run)
{
    struct process *consumer = start_consumer(run, 1, 1, 1), *producer;

    expect_blocked(consumer, "semop");
    producer = start_producer(run, 1, 0, 1, 1);
    expect_producer_done(run, producer, 1, 0);
    expect_only_consumer_took(run, consumer, 0);
    expect_session_ended(run);
}

SCENARIO(second_session, .points = 4, .title = "Two sessions one after the other",
         .asks = "the last process removes everything, so that the next session starts afresh")
(struct run *run)
{
    for (int session = 1; session <= 2; session++) {
        struct process *producer = start_producer(run, 1, session + 2, 1, 1), *consumer;

        expect_producer_done(run, producer, 1, session + 2);
        consumer = start_consumer(run, 1, 1, 1);
        expect_only_consumer_took(run, consumer, session + 2);
        expect_session_ended(run);
        expect_no_object(run, OBJECT_SYSV_SHM);
        expect_no_object(run, OBJECT_SYSV_SEMAPHORE);
        event(run, "session %d is over", session);
    }
}

/* A refusal: status 2, something on standard error, nothing on standard output. */
static void expect_refused(struct process *p)
{
    expect_exit(p, 2);
    expect_errors_like(p, ".");
    expect_output(p, "");
}

SCENARIO(wrong_arguments, .points = 3, .title = "Wrong arguments are refused",
         .asks = "status 2 and a message, nothing created; and right ones work")
(struct run *run)
{
    struct process *producer, *consumer;

    expect_refused(start(run, "producer"));
    expect_refused(start(run, "producer", "P1", "3", "1"));
    expect_refused(start(run, "producer", "P1", "three", "1", "1"));
    expect_refused(start(run, "producer", "P1", "-3", "1", "1"));
    expect_refused(start(run, "producer", "P1", "3", "0", "1"));
    expect_refused(start(run, "producer", "", "3", "1", "1"));
    expect_refused(start(run, "consumer", "C1", "1"));
    expect_refused(start(run, "consumer", "C1", "1", "0"));
    expect_refused(start(run, "consumer", "a-name-too-long!", "1", "1"));
    expect_no_object(run, OBJECT_SYSV_SHM);
    expect_no_object(run, OBJECT_SYSV_SEMAPHORE);

    producer = start(run, "producer", "fifteen-letters", "1", "1", "1");
    expect_exit(producer, 0);
    consumer = start_consumer(run, 1, 1, 1);
    expect_exit(consumer, 0);
    expect_output(consumer, "C1 took fifteen-letters 1\nC1 done 1\n");
    expect_session_ended(run);
}

/* After a session that went well: a segment of one byte that nobody may use. Neither shmget with a
 * size nor shmat can work then. What a program has made before it noticed may remain: see the
 * handout. */
SCENARIO(call_that_fails, .points = 3, .title = "The segment cannot be had",
         .asks = "a system call that fails leads to a message and status 1, not to a crash",
         .persists = PERSISTS(OBJECT_SYSV_SEMAPHORE))
(struct run *run)
{
    struct process *producer = start_producer(run, 1, 3, 1, 1), *consumer;

    expect_producer_done(run, producer, 1, 3);
    consumer = start_consumer(run, 1, 1, 1);
    expect_only_consumer_took(run, consumer, 3);
    expect_session_ended(run);

    expect_rule(run, "wrong-state", shmget(ftok(".", 'B'), 1, IPC_CREAT | IPC_EXCL) != -1,
                "the segment should be gone when the session is over; it is still there");
    event(run, "a segment of 1 byte that nobody may attach has the key");
    producer = start_producer(run, 1, 3, 1, 1);
    expect_exit(producer, 1);
    expect_errors_like(producer, ".");
    consumer = start_consumer(run, 1, 1, 1);
    expect_exit(consumer, 1);
    expect_errors_like(consumer, ".");
}
