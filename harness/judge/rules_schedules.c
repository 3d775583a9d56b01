/*
 * rules_schedules.c - the catalogue (rules.h): what hangs on the order in which processes run.
 */
#include "judge/rules.h"

RULES(schedules) = {
    {
        .name = "data-race",
        .title = "Two processes touch the same data without waiting for each other",
        .quality = QUALITY_RACE_FREEDOM,
        .meaning =
            "Two accesses to the same bytes of shared memory, at least one of them a write, from "
            "different processes or threads, with nothing that orders one before the other: no "
            "semaphore, message, pipe, signal or wait between them.",
        .matters =
            "The result hangs on the order in which they happen to run. count++ is a read, an "
            "addition and a write: two at once, and one is lost. Compiler and processor may "
            "reorder what is not synchronised, so \"it cannot happen\" is no defence.",
        .cure =
            "Make both accesses wait for the same thing. For data that several change, a mutex "
            "around every access, reads as well:\n"
            "    struct sembuf lock = {.sem_num = MUTEX, .sem_op = -1, .sem_flg = SEM_UNDO};\n"
            "    struct sembuf unlock = {.sem_num = MUTEX, .sem_op = 1, .sem_flg = SEM_UNDO};\n"
            "    semop(id, &lock, 1);\n"
            "    b->count++;\n"
            "    semop(id, &unlock, 1);\n"
            "For data that one hands to another, write first, then give the semaphore or send the "
            "message; take it first, then read. volatile and sleep do not synchronise.",
        .next = "look at the two places, and ask which call makes one wait until the other is done",
        .see = "semop(2), sem_wait(3), pthread_mutexattr_setpshared(3)",
    },
    {
        .name = "schedule-dependent",
        .title = "Right or wrong, depending on who runs first",
        .quality = QUALITY_RACE_FREEDOM,
        .meaning = "The same programs with the same input meet the scenario's expectation in some "
                   "orders of execution and fail it in others.",
        .matters = "It passes on your machine and fails on another, or on the day that counts.",
        .cure =
            "Find the two steps whose order decides. Typical: who starts first (create and attach "
            "must work in either order), initial values set by everybody, a check and an action "
            "that somebody can come between, a signal sent before its handler is installed.",
        .next = "run the failing schedule step by step with `ipcgrade replay` and the token shown",
        .see = "sysvipc(7), semget(2), sigaction(2)",
    },
    {
        .name = "async-signal-unsafe",
        .title = "A handler calls what must not be interrupted by itself",
        .quality = QUALITY_RACE_FREEDOM,
        .meaning = "A signal handler calls a function such as printf, and the signal may arrive "
                   "while the same "
                   "process is in the midst of such a function: it is neither blocked there, nor "
                   "sent only "
                   "afterwards.",
        .matters =
            "printf and malloc work on shared data under a lock. Interrupted half-way and called "
            "again, they print twice or not at all, corrupt the heap, or wait for their own lock "
            "for "
            "ever. It happens once in a thousand runs, and cannot be made to happen on purpose.",
        .cure = "Let the handler only set a flag, and do the rest outside of it:\n"
                "    static volatile sig_atomic_t called;\n"
                "    static void on_usr1(int sig)\n"
                "    {\n"
                "        (void)sig;\n"
                "        called = 1;\n"
                "    }\n"
                "write and the other calls that signal-safety(7) lists may be called. Or block the "
                "signal "
                "with sigprocmask, and let it in with sigsuspend only where nothing is going on.",
        .next = "look up each function that your handlers call in signal-safety(7)",
        .see = "signal-safety(7), sigaction(2), sigsuspend(2)",
    },
    {
        .name = "not-process-shared",
        .title = "A lock between processes was made for the threads of one",
        .quality = QUALITY_RACE_FREEDOM,
        .meaning = "A mutex, condition variable, read-write lock or barrier lies in shared memory, "
                   "and two processes use it, but it was initialised without "
                   "PTHREAD_PROCESS_SHARED, or not at all.",
        .matters =
            "Who waits for it in one process is not woken by another. As long as nobody has to "
            "wait, it seems to work; then somebody sleeps for ever.",
        .cure = "Initialise it once, with the attribute, before anybody uses it:\n"
                "    pthread_mutexattr_t a;\n"
                "    pthread_mutexattr_init(&a);\n"
                "    pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);\n"
                "    pthread_mutex_init(&shared->mutex, &a);\n"
                "Condition variables, read-write locks and barriers have attributes of their own. "
                "PTHREAD_MUTEX_INITIALIZER makes a mutex for one process.",
        .next = "look for the pthread_…_init of it, and at its second argument",
        .see = "pthread_mutexattr_setpshared(3), pthread_condattr_setpshared(3)",
    },
    {
        .name = "unlock-not-held",
        .title = "A mutex is unlocked by who has not locked it",
        .quality = QUALITY_RACE_FREEDOM,
        .meaning =
            "pthread_mutex_unlock, or a wait for a condition variable, gives up a mutex that "
            "the calling thread does not hold: nobody has locked it, or another thread has.",
        .matters =
            "POSIX says nothing of what happens then. Usually it lets a second thread into the "
            "section that the mutex guards, and no error is returned.",
        .cure =
            "Lock and unlock in pairs, in the same function and by the same thread; look at each "
            "return and break between. pthread_cond_wait wants its mutex locked. To let one "
            "thread wait for another, take a semaphore or a condition variable: a mutex is not "
            "for that.",
        .next = "find the pthread_mutex_lock that belongs to this unlock",
        .see = "pthread_mutex_lock(3), pthread_cond_wait(3), sem_post(3)",
    },
    {
        .name = "tampered",
        .title = "The program interfered with its examination",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "A program wrote into memory, or closed or forged something, that belongs to the "
            "tester and that no solution needs to touch.",
        .matters = "What the run shows can then not be trusted, so it earns nothing.",
        .cure =
            "It may be an accident: a wild pointer, or a loop that closes or writes descriptors it "
            "did not open. Look for writes beyond the end of an array first.",
        .next = "run it under valgrind and mend every invalid write",
        .see = "valgrind(1), close(2)",
    },
    {
        .name = "inconclusive",
        .title = "This could not be decided",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "The run ended in a way that says neither that the program is right nor that it is "
            "wrong. Nothing is taken off, and nothing is given.",
        .matters =
            "Somebody should look at it. Points that cannot be defended are not given either "
            "way.",
        .cure = "Usually the program does something that the tester cannot follow: it is linked "
                "statically, calls the kernel past the C library, has inline assembly, or runs a "
                "program "
                "built elsewhere.",
        .next = "build with the assignment's Makefile and without special flags, and grade again",
        .see = "gcc(1)",
    },
};
