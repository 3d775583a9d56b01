/*
 * rules_memory.c - the catalogue (rules.h): what a memory checker sees.
 */
#include "judge/rules.h"

RULES(memory) = {
    {
        .name = "invalid-access",
        .title = "Memory was read or written that does not belong to the program",
        .quality = QUALITY_MEMORY,
        .meaning = "An access beyond the end of a block, to a block that was freed, or through a "
                   "pointer that points nowhere.",
        .matters =
            "It may crash, or silently change other data: whatever happens to lie there. Most "
            "attacks on programs begin with such a bug.",
        .cure =
            "Count the zero byte at the end of a string (strlen + 1), let loops run to < n instead "
            "of <= n, and do not use after free or shmdt. strncpy may leave the zero byte out; "
            "snprintf does not:\n"
            "    snprintf(m.text, sizeof m.text, \"%s\", argv[1]);\n"
            "What read and msgrcv deliver is not a string until you end it.",
        .next = "compile with -g and run `valgrind ./program ...`: it names both lines",
        .see = "valgrind(1), snprintf(3), msgop(2)",
    },
    {
        .name = "uninitialised",
        .title = "A value was used that nobody had set",
        .quality = QUALITY_MEMORY,
        .meaning =
            "A decision, an output or a system call depends on memory that was never given a "
            "value.",
        .matters = "The program behaves according to whatever was there before: right today, wrong "
                   "after the next change. Bytes sent to another process may give away secrets.",
        .cure =
            "Give every variable and structure a value where it is made:\n"
            "    struct message m = {0};\n"
            "Set all three fields of a sembuf; sem_flg is easily forgotten. Send only the bytes of "
            "a message that are filled in.",
        .next =
            "run `valgrind --track-origins=yes ./program ...`: it says where the value comes from",
        .see = "valgrind(1), semop(2)",
    },
    {
        .name = "leak-heap",
        .title = "Memory from malloc was never freed",
        .quality = QUALITY_MEMORY,
        .meaning =
            "When the program ended, memory from malloc, calloc, strdup or getline was still "
            "allocated and nothing pointed to it any more.",
        .matters = "In a program that runs for long (a server) this grows until memory ends.",
        .cure =
            "Decide for each block who frees it, and when. getline re-uses its buffer, so one free "
            "after the loop is enough:\n"
            "    while (getline(&line, &size, stdin) > 0)\n"
            "        send(line);\n"
            "    free(line);",
        .next = "run `valgrind --leak-check=full ./program ...`",
        .see = "valgrind(1), malloc(3), getline(3)",
    },
};
