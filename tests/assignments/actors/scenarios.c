/* scenarios.c - what the driver must tell apart; the verdicts are in tests/e2e/test_driver.c. */
#include "scenario.h"

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

ASSIGNMENT(.title = "Actors", .programs = {"actor"},
           .limits = {.cpu_seconds = 1, .sleep_seconds = 3, .memory_mb = 128, .output_kb = 64});

/* ---- these pass ------------------------------------------------------------------------------- */

SCENARIO(pass_alarm, .points = 1, .title = "An alarm wakes it")(struct run *run)
{
    struct process *p = start(run, "actor", "alarm");
    expect_exit(p, 0);
    expect_output(p, "woken\n");
}

SCENARIO(pass_itimer, .points = 1, .title = "An interval timer wakes it")(struct run *run)
{
    expect_exit(start(run, "actor", "itimer"), 0);
}

SCENARIO(pass_socket_timeout, .points = 1, .title = "A socket's timeout ends a read")
(struct run *run)
{
    expect_exit(start(run, "actor", "timeout-socket"), 0);
}

SCENARIO(pass_thread, .points = 1, .title = "A sleeping thread wakes main")(struct run *run)
{
    expect_exit(start(run, "actor", "thread"), 0);
}

SCENARIO(pass_blocked, .points = 1, .title = "Each call in which one can wait",
         .persists = PERSISTS(OBJECT_SYSV_QUEUE) | PERSISTS(OBJECT_SYSV_SEMAPHORE) |
                     PERSISTS(OBJECT_FIFO) | PERSISTS(OBJECT_POSIX_QUEUE))
(struct run *run)
{
    expect_blocked(start(run, "actor", "receive"), "msgrcv");
    expect_blocked(start(run, "actor", "semop"), "semop");
    expect_blocked(start(run, "actor", "pause"), "pause");
    expect_blocked(start(run, "actor", "fifo"), "open");
    expect_blocked(start(run, "actor", "mq"), "mq_receive");
    expect_blocked(start(run, "actor", "posix-sem"), "semop|futex");
    expect_blocked(start(run, "actor", "socket"), "read");
    kill_everyone(run);
}

SCENARIO(pass_blocked_helper, .points = 1, .title = "A child or a thread waits for it",
         .persists = PERSISTS(OBJECT_SYSV_SEMAPHORE))
(struct run *run)
{
    expect_blocked(start(run, "actor", "child-semop"), "semop");
    expect_blocked(start(run, "actor", "thread-semop"), "semop");
    kill_everyone(run);
}

SCENARIO(pass_peer, .points = 1, .title = "The driver is a peer")(struct run *run)
{
    struct process *p = start(run, "actor", "receive");
    expect_blocked(p, "msgrcv");
    struct object queue = expect_object(run, OBJECT_SYSV_QUEUE);
    expect_that(run, queue.line == 41 && strcmp(queue.file, "actor.c") == 0,
                "the queue was made at actor.c:41, not at %s:%d", queue.file ? queue.file : "?",
                queue.line);
    struct {
        long type;
        char text[8];
    } message = {7, "hello"};
    msgsnd((int)queue.id, &message, 5, 0);
    expect_exit(p, 0);
    expect_output(p, "got hello\n");
    expect_no_object(run, OBJECT_SYSV_QUEUE);
    expect_was_created(run, OBJECT_SYSV_QUEUE);
}

SCENARIO(pass_notify, .points = 1, .title = "The driver's message is noticed, and answered")
(struct run *run)
{
    char answer[64] = "";
    struct process *p = start(run, "actor", "notify");
    settle(run);
    mqd_t queue = mq_open("/notify", O_RDWR);
    sem_t *noticed = sem_open("/noticed", 0);
    expect_that(run, queue != -1 && noticed != SEM_FAILED, "there are a queue and a semaphore");
    mq_send(queue, "hello", 6, 3);
    sem_wait(noticed);
    mq_receive(queue, answer, sizeof answer, NULL);
    expect_that(run, strcmp(answer, "got hello") == 0, "the answer is \"%s\"", answer);
    expect_exit(p, 0);
    mq_close(queue);
    sem_close(noticed);
}

SCENARIO(pass_typing, .points = 1, .title = "Typing, and the end of input")(struct run *run)
{
    struct process *p = start(run, "actor", "ask"), *q = start(run, "actor", "ask");
    wait_lines(p, 1);
    type_text(p, "Ada\n");
    expect_exit(p, 0);
    expect_output(p, "Name?\nHello Ada\n");
    end_input(q);
    expect_exit(q, 0);
    expect_output(q, "Name?\nnobody\n");
    expect_output(start_with_input(run, "12345", "actor", "cat"), "5 bytes\n");
}

SCENARIO(pass_signals, .points = 1, .title = "Signals")(struct run *run)
{
    struct process *p = start(run, "actor", "pause");
    expect_blocked(p, "pause");
    send_signal(p, SIGTERM);
    expect_killed(p, SIGTERM);
    struct process *q = start(run, "actor", "partial");
    expect_killed(q, SIGKILL);
    expect_output(q, "first line\n");
}

SCENARIO(pass_lines, .points = 1, .title = "Lines in order and in any")(struct run *run)
{
    struct process *p = start(run, "actor", "lines", "5"), *q = start(run, "actor", "lines", "2");
    expect_lines(together(p), IN_ORDER, "item %d", 1, 5);
    expect_these_lines(together(q, p), ANY_ORDER, "item 5", "item 1", "item 2", "item 4", "item 3",
                       "item 2", "item 1");
}

SCENARIO(pass_tool, .points = 1, .title = "A tool takes part")(struct run *run)
{
    expect_output(start_tool(run, "/bin/echo", "a b"), "a b\n");
}

SCENARIO(pass_late_orphan, .points = 1, .title = "A child that ends soon is no orphan")
(struct run *run)
{
    expect_exit(start(run, "actor", "late-orphan"), 0);
}

SCENARIO(pass_settle, .points = 1, .title = "All come to rest")(struct run *run)
{
    struct process *p = start(run, "actor", "pause"), *q = start(run, "actor", "stop");
    settle(run);
    expect_alive(p);
    expect_alive(q);
    kill_everyone(run);
}

/* ---- these must come to the rule that their name holds ------------------------------------------ */

SCENARIO(deadlock_semop, .points = 1, .title = "Waits for ever")(struct run *run)
{
    expect_exit(start(run, "actor", "semop"), 0);
}

SCENARIO(deadlock_alarm_off, .points = 1, .title = "The alarm was taken back")(struct run *run)
{
    expect_exit(start(run, "actor", "alarm-off"), 0);
}

SCENARIO(deadlock_peer, .points = 1, .title = "The driver's own call waits for ever")
(struct run *run)
{
    struct process *p = start(run, "actor", "receive");
    expect_blocked(p, "msgrcv");
    char message[16];
    msgrcv((int)expect_object(run, OBJECT_SYSV_QUEUE).id, message, 1, 0, 0);
    expect_exit(p, 0);
}

SCENARIO(deadlock_stopped, .points = 1, .title = "Stopped for ever")(struct run *run)
{
    expect_exit(start(run, "actor", "stop"), 0);
}

SCENARIO(spin, .points = 1, .title = "Spins")(struct run *run)
{
    expect_exit(start(run, "actor", "spin"), 0);
}

SCENARIO(spin_not_blocked, .points = 1, .title = "Spins where it should block")(struct run *run)
{
    expect_blocked(start(run, "actor", "spin"), "semop");
}

SCENARIO(timeout, .points = 1, .title = "Sleeps and sleeps")(struct run *run)
{
    expect_exit(start(run, "actor", "poll"), 0);
}

SCENARIO(not_blocking, .points = 1, .title = "Polls where it should block")(struct run *run)
{
    expect_blocked(start(run, "actor", "poll"), "semop");
}

SCENARIO(not_blocking_there, .points = 1, .title = "Blocks elsewhere")(struct run *run)
{
    expect_blocked(start(run, "actor", "pause"), "semop|msgrcv");
}

SCENARIO(waiting_for_input, .points = 1, .title = "Asks")(struct run *run)
{
    expect_exit(start(run, "actor", "ask"), 0);
}

SCENARIO(crash, .points = 1, .title = "Falls")(struct run *run)
{
    expect_exit(start(run, "actor", "crash"), 0);
}

SCENARIO(wrong_exit, .points = 1, .title = "Ends otherwise")(struct run *run)
{
    expect_exit(start(run, "actor", "exit", "3"), 0);
}

SCENARIO(wrong_output, .points = 1, .title = "Prints otherwise")(struct run *run)
{
    expect_output(start(run, "actor", "lines", "2"), "item 1\nitem 3\n");
}

SCENARIO(wrong_output_ended, .points = 1, .title = "Prints too little")(struct run *run)
{
    wait_lines(start(run, "actor", "lines", "2"), 3);
}

SCENARIO(orphan, .points = 1, .title = "Leaves a child")(struct run *run)
{
    expect_exit(start(run, "actor", "orphan"), 0);
}

SCENARIO(zombie, .points = 1, .title = "Does not wait for its child")(struct run *run)
{
    expect_no_children(start(run, "actor", "zombie"));
}

SCENARIO(leak_sysv_shm, .points = 1, .title = "Leaves a segment")(struct run *run)
{
    expect_exit(start(run, "actor", "leak"), 0);
}

SCENARIO(leak_posix_shm, .points = 1, .title = "Leaves a POSIX segment")(struct run *run)
{
    expect_exit(start(run, "actor", "shm"), 0);
    expect_was_created(run, OBJECT_POSIX_SHM);
}

SCENARIO(too_much_output, .points = 1, .title = "Prints without an end")(struct run *run)
{
    expect_exit(start(run, "actor", "flood"), 0);
}

SCENARIO(memory_limit, .points = 1, .title = "Grows without an end")(struct run *run)
{
    expect_exit(start(run, "actor", "grow"), 0);
}

SCENARIO(no_ipc_used, .points = 1, .title = "Uses no queue")(struct run *run)
{
    expect_exit(start(run, "actor", "lines", "1"), 0);
    expect_was_created(run, OBJECT_SYSV_QUEUE);
}
