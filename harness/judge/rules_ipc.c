/*
 * rules_ipc.c - the catalogue (rules.h): IPC calls that are missing, or do something else than was
 * meant.
 */
#include "judge/rules.h"

RULES(ipc) = {
    {
        .name = "wrong-state",
        .title = "An IPC object is not in the state that was asked for",
        .quality = QUALITY_CORRECTNESS,
        .meaning = "The kernel was asked about a queue, a semaphore, a segment or a name, and says "
                   "something else than the handout: another number of messages, another value, an "
                   "object too many or too few.",
        .matters =
            "The state of the object is what all processes share. When it is wrong, everybody "
            "who trusts it does the wrong thing next.",
        .cure =
            "An object too many: two processes made one each. IPC_PRIVATE always makes a new one, "
            "and ftok gives another key in another folder or for a file that was made anew. An "
            "object too few: it was removed too early, or never made because the call failed. "
            "A queue too full or too empty: a send that failed unnoticed, or a receive with a "
            "wrong "
            "type. A semaphore too high: SETVAL in every process instead of in the creator only.\n"
            "    int id = semget(key, N, IPC_CREAT | IPC_EXCL | 0600);\n"
            "    if (id >= 0)\n"
            "        set_initial_values(id); /* only who created it */\n"
            "    else if (errno == EEXIST)\n"
            "        id = semget(key, N, 0);",
        .next = "stop your programs at that point and compare with `ipcs -a`, `ipcs -s -i ID`",
        .see = "sysvipc(7), semget(2), msgget(2), shmget(2), ftok(3)",
    },
    {
        .name = "no-ipc-used",
        .title = "The mechanism that the assignment is about was never used",
        .quality = QUALITY_CORRECTNESS,
        .meaning = "The kernel saw no object of the kind that the assignment asks for made in this "
                   "scenario, whatever was printed.",
        .matters =
            "The assignment is about processes that exchange data through it. Output that comes "
            "about otherwise shows nothing, and earns nothing.",
        .cure =
            "If you did mean to use it, look at what the creating call returned: it has probably "
            "failed.\n"
            "    int id = msgget(key, IPC_CREAT | 0600);\n"
            "    if (id < 0) {\n"
            "        perror(\"msgget\");\n"
            "        return 1;\n"
            "    }\n"
            "The classic `if ((id = msgget(key, flags) < 0))` stores the result of the comparison, "
            "0, in id: the parenthesis belongs before the <.",
        .next = "run `strace -f -e trace=ipc,desc,process ./program ...` and look for the creating "
                "call",
        .see = "sysvipc(7), shmget(2), msgget(2), semget(2), pipe(2)",
    },
    {
        .name = "wrong-msgsz",
        .title = "msgsnd or msgrcv was given a wrong size",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "The size argument of msgsnd and msgrcv is that of what follows the type, not of the "
            "whole structure. With sizeof(struct) the call reads or writes sizeof(long) bytes "
            "beyond the end of the structure. Or it counts what the handout does not let travel: "
            "a terminating NUL, unused room.",
        .matters =
            "msgsnd sends bytes of whatever lies behind the message (a leak of data); msgrcv may "
            "write over it. It often goes well, until the program is changed or optimised.",
        .cure =
            "    struct message {\n"
            "        long type;\n"
            "        char text[64];\n"
            "    } m = {.type = 1};\n"
            "    size_t length = strlen(m.text); /* + 1 if the NUL is to travel too */\n"
            "    msgsnd(id, &m, length, 0);\n"
            "    ssize_t n = msgrcv(id, &m, sizeof m.text, 0, 0);\n"
            "n is how many bytes of text came. msgsz may be smaller than the array, never larger.",
        .next =
            "replace every sizeof of the whole structure in msgsnd and msgrcv by that of its text",
        .see = "msgop(2)",
    },
    {
        .name = "missing-nul",
        .title = "Zero bytes in the output: more was printed than the text has",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "The program printed bytes that are 0. They end a string in memory and have no place "
            "in output: more bytes were written than the text has.",
        .matters =
            "A terminal does not show them, every other program does: grep calls the output "
            "binary, and two texts that look the same differ. The opposite mistake, a string "
            "that was received without its zero byte, prints whatever lies behind it.",
        .cure =
            "Decide whether the zero byte is part of your messages, and keep to it on both sides. "
            "Print as many bytes as came, not as many as the array holds:\n"
            "    ssize_t n = msgrcv(id, &m, sizeof m.text, 0, 0);\n"
            "    if (n >= 0)\n"
            "        printf(\"%.*s\\n\", (int)n, m.text);\n"
            "With write, the length is strlen(text), not sizeof text.",
        .next = "run `./program ... | od -c | less` and look where the \\0 stand",
        .see = "msgop(2), write(2), printf(3)",
    },
    {
        .name = "unchecked-error",
        .title = "A call failed and the program went on as if it had not",
        .quality = QUALITY_CORRECTNESS,
        .meaning = "A system call returned an error, and the program used the result all the same.",
        .matters =
            "What goes wrong then shows somewhere else: -1 taken as an identifier, a loop that "
            "never ends, a lock that nobody holds.",
        .cure =
            "Look at every return value, and say what failed:\n"
            "    if (semop(id, &take, 1) < 0) {\n"
            "        perror(\"semop\");\n"
            "        exit(1);\n"
            "    }\n"
            "EINTR (a signal came) often means \"try again\", EAGAIN and ENOMSG answer IPC_NOWAIT, "
            "EIDRM says that the object was removed. shmat and mmap return (void *)-1, not NULL.",
        .next = "run `strace -f ./program ... 2>&1 | grep ' = -1 '`",
        .see = "errno(3), perror(3)",
    },
};
