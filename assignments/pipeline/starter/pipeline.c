/*
 * pipeline.c - runs commands joined by pipes.
 *
 *     pipeline COMMAND [ARGUMENT]... [ , COMMAND [ARGUMENT]... ]...
 */
#include <stdio.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

/* How many stages the arguments hold: one more than separators. */
static int count_stages(int argc, char *argv[])
{
    int count = 1;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], ",") == 0)
            count++;
    return count;
}

int main(int argc, char *argv[])
{
    if (argc < 2) {
        fprintf(stderr, "pipeline: no command given\n");
        return EXIT_USAGE;
    }

    int stages = count_stages(argc, argv);
    fprintf(stderr, "pipeline: %d stage(s), not started yet\n", stages);

    /* TODO: refuse empty stages. */
    /* TODO: cut argv into one NULL-terminated argument vector a stage. */
    /* TODO: start every stage, with a pipe between neighbours. */
    /* TODO: wait for all of them; return the status of the last one. */
    return 1;
}
