/* arguments.c - checks what stands on the command line. */
#include "arguments.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

void usage(const char *message, const char *how)
{
    fprintf(stderr, "%s\nusage: %s\n", message, how);
    exit(2);
}

const char *name_argument(const char *text, const char *how)
{
    if (text[0] == '\0' || strlen(text) >= NAME_SIZE)
        usage("a name has 1 to 15 characters", how);
    return text;
}

int number_argument(const char *text, int least, const char *how)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno == ERANGE || number > INT_MAX)
        usage("not a number", how);
    if (number < least)
        usage("a number is too small", how);
    return (int)number;
}
