/*
 * rules_leaks.c - the catalogue (rules.h): what was left behind: objects, files, processes,
 * descriptors.
 */
#include "judge/rules.h"

#define OUTLIVES \
    "It belongs to nobody: it stays until somebody removes it or the machine is started anew. "

RULES(leaks) = {
    {
        .name = "leak-sysv-shm",
        .title = "A System V shared memory segment was never removed",
        .quality = QUALITY_CLEANUP,
        .meaning =
            "After all programs had ended, a segment that they made with shmget still existed. "
            "shmdt only takes it out of one process's memory; it does not remove it.",
        .matters = OUTLIVES
        "The next run finds the old contents under the same key, and the machine "
        "allows only so many segments in all (SHMMNI, SHMALL).",
        .cure = "Whoever creates the segment removes it once, when all are done, on the way out of "
                "errors and signals as well:\n"
                "    if (shmctl(id, IPC_RMID, NULL) < 0)\n"
                "        perror(\"shmctl\");\n"
                "On Linux the segment lives on until the last process detaches it, so it may be "
                "removed "
                "as soon as all have attached.",
        .next = "run your programs, then `ipcs -m`: the list must be as it was before",
        .see = "shmctl(2), sysvipc(7), ipcs(1), ipcrm(1)",
    },
    {
        .name = "leak-sysv-queue",
        .title = "A System V message queue was never removed",
        .quality = QUALITY_CLEANUP,
        .meaning =
            "After all programs had ended, a queue that they made with msgget still existed, "
            "with the messages that were left in it.",
        .matters = OUTLIVES "The next run receives the old messages first, which is very hard to "
                            "explain, and the machine allows only so many queues in all (MSGMNI).",
        .cure =
            "One process, the one that is done last, removes it:\n"
            "    if (msgctl(id, IPC_RMID, NULL) < 0)\n"
            "        perror(\"msgctl\");\n"
            "This drops the messages and wakes whoever still waits, with EIDRM; so first make sure "
            "that everybody has had theirs. A program that is stopped by a signal sets a flag in "
            "its handler, and removes the queue when its loop sees the flag.",
        .next = "run your programs, then `ipcs -q`: the list must be as it was before",
        .see = "msgctl(2), sysvipc(7), ipcs(1), ipcrm(1)",
    },
    {
        .name = "leak-sysv-semaphore",
        .title = "A System V semaphore set was never removed",
        .quality = QUALITY_CLEANUP,
        .meaning = "After all programs had ended, a semaphore set that they made with semget still "
                   "existed, with the values it had at the end.",
        .matters = OUTLIVES
        "The next run starts with the old values (a mutex that is still taken, for "
        "example) and hangs, and the machine allows only so many sets (SEMMNI).",
        .cure = "The process that is done last removes the set (the second argument is not used):\n"
                "    if (semctl(id, 0, IPC_RMID) < 0)\n"
                "        perror(\"semctl\");\n"
                "This wakes whoever still waits, with EIDRM.",
        .next = "run your programs, then `ipcs -s`: the list must be as it was before",
        .see = "semctl(2), sysvipc(7), ipcs(1), ipcrm(1)",
    },
    {
        .name = "leak-posix-shm",
        .title = "A POSIX shared memory object was never unlinked",
        .quality = QUALITY_CLEANUP,
        .meaning = "After all programs had ended, an object made with shm_open still had its name. "
                   "munmap and close do not remove it.",
        .matters = OUTLIVES "It holds memory, and the next run finds the old contents.",
        .cure = "One process removes the name, once nobody needs to open it any more; whoever has "
                "mapped it keeps it:\n"
                "    if (shm_unlink(\"/buffer\") < 0)\n"
                "        perror(\"shm_unlink\");",
        .next = "run your programs, then `ls /dev/shm`: it must be as it was before",
        .see = "shm_unlink(3), shm_overview(7)",
    },
    {
        .name = "leak-posix-queue",
        .title = "A POSIX message queue was never unlinked",
        .quality = QUALITY_CLEANUP,
        .meaning = "After all programs had ended, a queue made with mq_open still had its name. "
                   "mq_close only closes one process's descriptor.",
        .matters = OUTLIVES "The next run receives the old messages first; its own attributes "
                            "(mq_maxmsg, mq_msgsize) are ignored because the queue exists already.",
        .cure = "One process removes the name at the end:\n"
                "    if (mq_unlink(\"/jobs\") < 0)\n"
                "        perror(\"mq_unlink\");",
        .next = "run your programs, then `ls /dev/mqueue` (mq_overview(7) says how to mount it)",
        .see = "mq_unlink(3), mq_overview(7)",
    },
    {
        .name = "leak-posix-semaphore",
        .title = "A POSIX named semaphore was never unlinked",
        .quality = QUALITY_CLEANUP,
        .meaning =
            "After all programs had ended, a semaphore made with sem_open still had its name. "
            "sem_close only closes it for one process.",
        .matters = OUTLIVES
        "The next sem_open with O_CREAT finds it with its last value, not with the "
        "initial value of the call, and hangs or lets too many in.",
        .cure = "One process removes the name at the end:\n"
                "    if (sem_unlink(\"/mutex\") < 0)\n"
                "        perror(\"sem_unlink\");",
        .next = "run your programs, then `ls /dev/shm`: no sem.* of yours may be left",
        .see = "sem_unlink(3), sem_overview(7)",
    },
    {
        .name = "leak-fifo",
        .title = "A FIFO was never removed",
        .quality = QUALITY_CLEANUP,
        .meaning =
            "After all programs had ended, a FIFO (named pipe) that they made was still in the "
            "folder. Its data is gone with the last close, its name is not.",
        .matters = "The next mkfifo fails with EEXIST, and whoever opens the old name waits for a "
                   "partner that will not come.",
        .cure = "Who makes it removes it, after both sides have opened it or at the end:\n"
                "    if (unlink(\"requests\") < 0)\n"
                "        perror(\"unlink\");",
        .next = "run your programs, then `ls -l`: no line of yours may begin with p",
        .see = "mkfifo(3), unlink(2), fifo(7)",
    },
    {
        .name = "leak-file",
        .title = "A file was left behind",
        .quality = QUALITY_CLEANUP,
        .meaning =
            "After all programs had ended, a file, folder or socket that they made was still in "
            "the folder, and the handout does not ask for it.",
        .matters =
            "A lock file or socket that is left makes the next run fail (EEXIST, EADDRINUSE).",
        .cure =
            "Remove it on every way out of the program: unlink for files and sockets, rmdir for "
            "folders. A file that only the program itself needs can be unlinked right after open, "
            "or never get a name: tmpfile.",
        .next = "run your programs in an empty folder, then `ls -la`",
        .see = "unlink(2), tmpfile(3), unix(7)",
    },
    {
        .name = "leak-fd",
        .title = "A descriptor was left open",
        .quality = QUALITY_CLEANUP,
        .meaning =
            "A process holds descriptors that it has no use for: pipe ends it neither reads nor "
            "writes, or files that it opens again and again without closing them.",
        .matters =
            "A pipe end too many keeps the reader from ever seeing the end. A server that loses "
            "one descriptor a request stops after some thousand (EMFILE).",
        .cure =
            "Close what you do not use right after fork, and on every way out of a function. Open "
            "with O_CLOEXEC what programs that you exec must not inherit:\n"
            "    int fd[2];\n"
            "    if (pipe2(fd, O_CLOEXEC) < 0)\n"
            "        perror(\"pipe2\");",
        .next = "while it runs, `ls -l /proc/PID/fd` of each process",
        .see = "close(2), pipe(2), fcntl(2)",
    },
    {
        .name = "orphan",
        .title = "A process was left running",
        .quality = QUALITY_CLEANUP,
        .meaning =
            "When every program that the scenario had started was over, a process made by one of "
            "them was still alive.",
        .matters =
            "Nobody waits for it or stops it. It keeps its memory, its CPU time if it spins, and "
            "every pipe end it holds, which makes others wait.",
        .cure = "A parent waits for all its children before it ends, also when one fork of several "
                "failed, and stops them first if it ends early:\n"
                "    for (int i = 0; i < n; i++)\n"
                "        kill(child[i], SIGTERM);\n"
                "    while (wait(NULL) > 0)\n"
                "        ;\n"
                "A child that waits for messages must be told that there will be no more.",
        .next =
            "run it, then `ps -ef`: a process of yours with parent 1 (or your session's) is one",
        .see = "wait(2), kill(2), ps(1)",
    },
    {
        .name = "zombie",
        .title = "A child that has ended was never waited for",
        .quality = QUALITY_CLEANUP,
        .meaning =
            "A child had ended, and its parent went on without taking its exit status with wait. "
            "Such a process is a zombie: it does nothing, and keeps its entry in the table.",
        .matters =
            "A server that makes a child a request and never waits fills the process table, and "
            "then fork fails for everybody. And the child's failure goes unnoticed.",
        .cure =
            "Wait for every child:\n"
            "    int status;\n"
            "    if (waitpid(pid, &status, 0) < 0)\n"
            "        perror(\"waitpid\");\n"
            "A server that cannot stop for that collects in its loop, as long as there are any:\n"
            "    while (waitpid(-1, NULL, WNOHANG) > 0)\n"
            "        ;\n"
            "Once a SIGCHLD is not enough: several children may end under one signal.",
        .next = "while the parent runs, `ps -ef | grep defunct`",
        .see = "wait(2), signal(7), ps(1)",
    },
};
