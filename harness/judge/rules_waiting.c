/*
 * rules_waiting.c - the catalogue (rules.h): programs that wait for ever, do not wait, or wait
 * badly.
 */
#include "judge/rules.h"

RULES(waiting) = {
    {
        .name = "deadlock",
        .title = "Processes wait for each other, for ever",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "Nobody can go on: every process sleeps in a call that only another one of them "
            "could end, and the kernel shows that none of them will. No clock was used to decide "
            "this; waiting longer would change nothing.",
        .matters =
            "The programs hang until somebody kills them. Often it happens only with one order "
            "of events, so it works in the lab and hangs on the day of the presentation.",
        .cure =
            "Ask of each waiting process: who was to wake it, and where does that one stand? The "
            "usual answers:\n"
            "- two semaphores taken in different orders: take them in one order everywhere, or "
            "both "
            "in one semop (it takes all or none);\n"
            "- the mutex taken before waiting for a free slot: wait for the slot first, then the "
            "mutex;\n"
            "    struct sembuf slot = {.sem_num = EMPTY, .sem_op = -1};\n"
            "    struct sembuf lock = {.sem_num = MUTEX, .sem_op = -1};\n"
            "    semop(id, &slot, 1);\n"
            "    semop(id, &lock, 1);\n"
            "- a parent that waits for its child before reading the pipe the child fills (it holds "
            "65,536 bytes): read to the end first, then wait;\n"
            "- both sides wait to receive first;\n"
            "- an error path that returns without giving the semaphore back.",
        .next = "ask of each who was to wake it; `strace -p PID` names the call that it sleeps in",
        .see = "semop(2), msgop(2), pipe(7), wait(2)",
    },
    {
        .name = "orphaned-blocking",
        .title = "A process waits for something that nobody is left to do",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "A process sleeps in a call without end, and every other process that could have "
            "woken it is gone.",
        .matters = "The process stays until somebody kills it, and holds its queue, semaphores and "
                   "memory as long.",
        .cure =
            "Whoever leaves must tell the others: an end marker of one item per consumer, a "
            "message "
            "of a type that means \"no more\", a flag under the mutex plus one semaphore unit for "
            "each sleeper, or the removal of the object (sleepers then fail with EIDRM). For a "
            "pipe or FIFO, closing the last write end is the end marker.\n"
            "    for (int i = 0; i < consumers; i++)\n"
            "        put(b, END);",
        .next = "list who wakes whom, and look at the one that ends first",
        .see = "msgop(2), semop(2), pipe(7)",
    },
    {
        .name = "pipe-end-open",
        .title = "A pipe's end was left open, so its reader never sees the end",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "read on a pipe returns 0 (end of file) only when every copy of its write end is "
            "closed, in every process. fork copies descriptors; one forgotten copy, often in the "
            "reader itself or in the parent, keeps the pipe alive.",
        .matters =
            "The reader waits for ever for data that nobody will write. With the read ends it is "
            "the other way round: a writer gets no SIGPIPE and blocks when the pipe is full.",
        .cure =
            "After fork, each process closes every end that it does not use, and after dup2 the "
            "original as well:\n"
            "    if (fork() == 0) {\n"
            "        dup2(fd[1], STDOUT_FILENO);\n"
            "        close(fd[0]);\n"
            "        close(fd[1]);\n"
            "        execvp(argv[0], argv);\n"
            "        _exit(127);\n"
            "    }\n"
            "    close(fd[1]); /* in the parent, before it reads or waits */\n"
            "or make the pipe with pipe2(fd, O_CLOEXEC), so that exec closes what dup2 did not "
            "copy.",
        .next =
            "while it hangs: `ls -l /proc/PID/fd` of each process shows who still holds pipe:[...]",
        .see = "pipe(7), dup(2), close(2), pipe(2)",
    },
    {
        .name = "waiting-for-input",
        .title = "A program waits for input that nobody promised it",
        .quality = QUALITY_CORRECTNESS,
        .meaning = "A program sleeps in a read from its standard input, where the scenario types "
                   "nothing. (A sleep in any other call is told apart from this.)",
        .matters = "Started by a script, it would hang for ever without saying why.",
        .cure =
            "Take what the handout passes as arguments from argv, not from scanf. In a pipeline, "
            "check that dup2 was called before exec and on the right end: a stage whose input was "
            "not redirected reads from the terminal.\n"
            "    dup2(previous[0], STDIN_FILENO);",
        .next = "run it as `./program ... < /dev/null` and see what it was waiting to read",
        .see = "read(2), dup(2)",
    },
    {
        .name = "spin",
        .title = "A program burns CPU time instead of waiting",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "A process kept running without getting anywhere until its CPU time was used up, or "
            "was found running where it should sleep in a call that waits.",
        .matters =
            "Busy waiting takes the processor from the very process it waits for, empties "
            "batteries, and is still not correct: the compiler may read the variable only once.",
        .cure =
            "Let the kernel do the waiting. Instead of looking at a counter again and again\n"
            "    while (b->count == 0)\n"
            "        ; /* wrong */\n"
            "wait for a unit of a semaphore, which whoever adds an item gives:\n"
            "    struct sembuf item = {.sem_num = FULL, .sem_op = -1};\n"
            "    if (semop(id, &item, 1) < 0)\n"
            "        perror(\"semop\");\n"
            "The same goes for msgrcv with IPC_NOWAIT in a loop: leave IPC_NOWAIT out. A loop that "
            "never looks at the return value of a failing call spins as well.",
        .next = "start it by hand and look at its CPU time in `top`; `strace -c` counts its calls",
        .see = "semop(2), msgop(2), pthread_cond_wait(3)",
    },
    {
        .name = "timeout",
        .title = "The program was still not done when its time was up",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "The processes mostly slept, but each time with a timeout (sleep, usleep, alarm, "
            "poll), so that they could have gone on. The limit is many times what the work needs.",
        .matters =
            "Polling with sleep is slow when there is something to do, and work when there is "
            "not. A sleep that \"makes it work\" hides an order that nobody guarantees.",
        .cure =
            "Replace each sleep that waits for another process by a call that waits for the event: "
            "semop, msgrcv, read on a pipe, wait, sigsuspend. To wait until another program has "
            "created an object, try the call again in a bounded loop, or let both create it "
            "(IPC_CREAT without IPC_EXCL).",
        .next = "run `strace -f -e trace=desc,ipc,process ./program ...` and see what comes again "
                "and again",
        .see = "semop(2), msgop(2), sigsuspend(2)",
    },
    {
        .name = "not-blocking",
        .title = "A program did not wait as it had to",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "The scenario brought about a situation in which the program must sleep (the buffer "
            "or queue is full, or nothing is there yet), and it did not: it ended, went on, "
            "slept a little and looked again, or slept in another call.",
        .matters =
            "Going on when the buffer is full overwrites items that nobody has read; going on "
            "when it is empty reads what is not there. Looking again and again is slow when there "
            "is "
            "something to do, and work when there is not.",
        .cure =
            "Leave IPC_NOWAIT and O_NONBLOCK out where the handout says \"waits\". Check the "
            "initial "
            "values: the semaphore that counts free slots starts at the number of slots, the one "
            "that counts items at 0, the mutex at 1.\n"
            "    union semun value = {.val = SLOTS};\n"
            "    if (semctl(id, EMPTY, SETVAL, value) < 0)\n"
            "        perror(\"semctl\");\n"
            "And only the process that created the set may set them.",
        .next = "stop the scenario by hand at that point and look at `ipcs -s -i ID` or `ipcs -q "
                "-i ID`",
        .see = "semctl(2), semop(2), msgop(2)",
    },
    {
        .name = "lost-wakeup",
        .title = "A wake-up came before anybody waited for it, and was lost",
        .quality = QUALITY_CORRECTNESS,
        .meaning = "A process sleeps for an event that has already happened. It looked (\"is there "
                   "something?\"), and between that look and its going to sleep the event came.",
        .matters =
            "It works nearly always. The time between look and sleep is short, so it hangs once "
            "in thousands of runs.",
        .cure = "Look and sleep must be one step. A semaphore remembers: give it a unit for each "
                "event, "
                "take a unit to wait. A condition variable is waited for under the mutex and in a "
                "loop:\n"
                "    pthread_mutex_lock(&b->lock);\n"
                "    while (b->count == 0)\n"
                "        pthread_cond_wait(&b->not_empty, &b->lock);\n"
                "For signals: block the signal, look, then sigsuspend, which unblocks and sleeps "
                "in one "
                "step; pause after a look is the classic mistake. And never reset a semaphore with "
                "SETVAL while others use it.",
        .next = "put a sleep(1) between the look and the wait: now it should hang every time",
        .see = "sigsuspend(2), sem_wait(3), pthread_cond_wait(3)",
    },
    {
        .name = "starvation",
        .title = "A process never gets its turn",
        .quality = QUALITY_CORRECTNESS,
        .meaning = "Others go on, one process never does, although what it waits for becomes free "
                   "again and again.",
        .matters = "A user sees one client that hangs while all others work.",
        .cure =
            "Readers that keep coming must not shut out a writer: let newcomers queue behind a "
            "waiting writer (a further semaphore taken by both on entry). With msgrcv, a receiver "
            "that asks for the lowest type first (-N) never sees high types under load: serve them "
            "in order of arrival (0), or receive by your own type.",
        .next = "count per process how many items it got, and print that at the end",
        .see = "semop(2), msgop(2)",
    },
    {
        .name = "livelock",
        .title = "Everybody is busy, nobody gets on",
        .quality = QUALITY_RACE_FREEDOM,
        .meaning =
            "The processes keep reacting to each other (try, give up, try again) and none of "
            "them makes progress, even when each gets its fair share of turns.",
        .matters = "From outside it looks like work: the CPU is busy. It ends only by luck.",
        .cure =
            "Replace \"try one, give back the other, try again\" by taking everything in one step "
            "(one semop with several operations) or in one order agreed by all.",
        .next = "run the schedule again with `ipcgrade replay` and look at what repeats",
        .see = "semop(2)",
    },
};
