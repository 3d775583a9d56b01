/* memory.c - heap memory for reports (see memory.h). */
#include "report/memory.h"

#include <stdlib.h>

#include "base/die.h"

void *memory_zeroed(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        die_errno("memory for a report");
    return memory;
}

FILE *memory_open(char **text, size_t *size)
{
    FILE *stream = open_memstream(text, size);
    if (!stream)
        die_errno("memory for a report");
    return stream;
}

void memory_close(FILE *stream)
{
    if (fclose(stream) != 0)
        die_errno("memory for a report");
}
