/*
 * rules_output.c - the catalogue (rules.h): programs that do not build, print or end as they
 * should, or go beyond their limits.
 */
#include "judge/rules.h"

RULES(output) = {
    {
        .name = "build-error",
        .title = "The programs do not build",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "make did not come to its end with the files that were handed in, so there is no "
            "program to run. The first error of the compiler or linker is the one to look at: "
            "the ones after it are often only its consequences.",
        .matters = "Nothing else can be tested, so the whole submission scores 0.",
        .cure =
            "Build on a clean copy of exactly what you hand in, with the assignment's Makefile:\n"
            "    make clean && make\n"
            "\"implicit declaration\" means that a header is missing: the SYNOPSIS of the call's "
            "manual page names it. \"undefined reference\" means that a function was declared but "
            "never written, or that its file is not part of the build. \"No rule to make target\" "
            "means that a file is missing or has another name than the handout asks for.",
        .next = "run `make` in your folder and mend the first error it shows",
        .see = "gcc(1), make(1)",
    },
    {
        .name = "wrong-output",
        .title = "The output is not what was asked for",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "A program ended, but what it printed differs from what the handout asks for. The "
            "difference shows characters that one cannot see: blanks at the end of a line, tabs, "
            "carriage returns, zero bytes, a missing newline at the end.",
        .matters =
            "Other programs read this output. Lines that are missing or come twice usually mean "
            "that data was lost or taken twice on its way between the processes, not that a "
            "printf is wrong.",
        .cure =
            "Look at the first line that differs. If only the layout differs, mend the printf. If "
            "a "
            "zero byte appears, the message was sent with more bytes than its text has, or printed "
            "with more than were received: keep the number that msgrcv or read returned.\n"
            "    ssize_t n = msgrcv(id, &m, sizeof m.text, 0, 0);\n"
            "    printf(\"%.*s\\n\", (int)n, m.text);\n"
            "If lines are lost or doubled, find the two processes that touch the same data without "
            "waiting for each other.",
        .next = "run the same programs by hand and compare: ./program | cat -A",
        .see = "printf(3), read(2), msgop(2)",
    },
    {
        .name = "wrong-exit",
        .title = "A program ended in another way than asked for",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "The exit status of a program is not the one that the handout asks for, or the "
            "program was ended by a signal where it should have exited, or the other way round.",
        .matters =
            "The exit status is how a shell script, make or a parent process learns whether the "
            "work was done. A program that fails with status 0 is believed; one that succeeds "
            "with another status stops a whole build.",
        .cure =
            "Return 0 from main only when everything went well, and something else where a call "
            "failed. Without a return value a function other than main gives garbage. A parent "
            "that "
            "passes on its child's status takes it apart first:\n"
            "    if (WIFEXITED(status))\n"
            "        return WEXITSTATUS(status);\n"
            "    return 128 + WTERMSIG(status);",
        .next = "run it by hand, then `echo $?` shows the exit status (128 + N: signal N)",
        .see = "exit(3), wait(2), signal(7)",
    },
    {
        .name = "crash",
        .title = "A program was killed by a signal of its own making",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "The kernel ended the program: SIGSEGV and SIGBUS for memory that is not there, "
            "SIGFPE for a division by zero, SIGABRT for abort() or corrupted heap, SIGPIPE for "
            "writing to a pipe that nobody reads, SIGSYS for a call that is not allowed here.",
        .matters =
            "A process that dies half-way leaves its semaphores taken and its shared data half "
            "written, so the others hang or compute nonsense.",
        .cure =
            "With System V shared memory the classic is a failed shmat that was never looked at: "
            "it "
            "returns (void *)-1, not NULL.\n"
            "    struct buffer *b = shmat(id, NULL, 0);\n"
            "    if (b == (void *)-1) {\n"
            "        perror(\"shmat\");\n"
            "        exit(1);\n"
            "    }\n"
            "SIGBUS on an mmapped object means that ftruncate was forgotten: a new object has the "
            "size 0. Pointers stored in shared memory are valid only in the process that stored "
            "them: store offsets or indices.",
        .next = "compile with -g, then `gdb --args ./program ...`, `run`, `backtrace`",
        .see = "signal(7), shmop(2), mmap(2), ftruncate(2)",
    },
    {
        .name = "too-much-output",
        .title = "A program printed without end",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "A program printed many times more than the scenario could need, and was stopped.",
        .matters =
            "It would fill a disk or a log. Most often it is a loop whose end is never seen.",
        .cure =
            "read returns 0 at the end of its input and -1 on errors; a loop that only asks for "
            "!= 0 or < 0 goes on for ever. So does one that tests feof before reading.\n"
            "    ssize_t n;\n"
            "    while ((n = read(fd, buffer, sizeof buffer)) > 0)\n"
            "        write_all(1, buffer, n);\n"
            "    if (n < 0)\n"
            "        perror(\"read\");",
        .next = "run `./program ... | head -50` and see which lines come again and again",
        .see = "read(2), getline(3), feof(3)",
    },
    {
        .name = "duplicated-output",
        .title = "Text came twice because fork copied the stdio buffer",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "printf collects text in a buffer inside the process. When fork copies the process, "
            "it copies what is still in that buffer, and both parent and child print it.",
        .matters =
            "It shows only when the output is not a terminal (a file, a pipe: there the buffer "
            "is not flushed at each newline), so it is rarely seen in the lab.",
        .cure =
            "Flush before you fork, and end a child that does not exec with _exit, which does not "
            "flush:\n"
            "    fflush(stdout);\n"
            "    pid_t pid = fork();\n"
            "    if (pid == 0) {\n"
            "        ...\n"
            "        _exit(0);\n"
            "    }",
        .next = "run `./program | cat` and compare with what the terminal shows",
        .see = "fflush(3), setvbuf(3), fork(2), _exit(2)",
    },
    {
        .name = "memory-limit",
        .title = "More memory was used than the assignment allows",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "The processes of the scenario together (heap, stacks, shared memory) needed more "
            "memory than the assignment allows, and were stopped.",
        .matters =
            "Memory that grows with every message or item ends with the machine's. The kernel "
            "then kills a process of its own choosing.",
        .cure =
            "Look for a malloc in a loop without free, a size computed from data that was never "
            "checked, a recursion without end, and shared memory that is created again and again "
            "instead of once.",
        .next = "run it under `valgrind --leak-check=full ./program ...` on a small input",
        .see = "malloc(3), getrlimit(2), shmget(2)",
    },
    {
        .name = "process-limit",
        .title = "More processes were started than the assignment allows",
        .quality = QUALITY_CORRECTNESS,
        .meaning =
            "The programs had more processes and threads at once than the assignment allows.",
        .matters =
            "A fork in a loop that children run as well doubles the processes each time round, "
            "and makes a machine unusable in a second.",
        .cure = "A child must leave the loop that made it:\n"
                "    for (int i = 0; i < n; i++) {\n"
                "        pid_t pid = fork();\n"
                "        if (pid < 0) {\n"
                "            perror(\"fork\");\n"
                "            exit(1);\n"
                "        }\n"
                "        if (pid == 0) {\n"
                "            work(i);\n"
                "            exit(0); /* or exec: never on to the next fork */\n"
                "        }\n"
                "    }\n"
                "And wait for children, or they stay as zombies, which count.",
        .next = "count with `ps --forest` how many processes one start of yours makes",
        .see = "fork(2), wait(2), getrlimit(2)",
    },
    {
        .name = "file-limit",
        .title = "More was written to files than the assignment allows",
        .quality = QUALITY_CORRECTNESS,
        .meaning = "A program wrote a file larger than the assignment allows (SIGXFSZ, EFBIG), or "
                   "filled the space of its folder (ENOSPC).",
        .matters = "On a shared machine a full disk stops everybody's work.",
        .cure =
            "Look for a loop that writes and never sees the end of its input, and for a size or an "
            "offset that became negative and was then taken as a very large number.",
        .next = "run it by hand and watch the file grow with `ls -l`",
        .see = "write(2), setrlimit(2), signal(7)",
    },
};
