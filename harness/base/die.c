/* die.c - the harness's own faults (see die.h). */
#include "base/die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

static char *note;
static size_t note_size;
static void (*cleanup)(void);

void die_into(char *place, size_t size)
{
    note = place;
    note_size = size;
}

void die_cleanup(void (*function)(void))
{
    cleanup = function;
}

/* Names of files and messages of compilers are in it: what somebody else wrote. */
static void print_line(const char *what, const char *why)
{
    char *shown_what = text_escaped(what, strlen(what)),
         *shown_why = text_escaped(why, strlen(why));
    fprintf(stderr, "ipcgrade: %s: %s\n", shown_what, shown_why);
    free(shown_what);
    free(shown_why);
}

static _Noreturn void end(const char *what, const char *why)
{
    if (note) {
        snprintf(note, note_size, "%s: %s", what, why);
        _exit(EXIT_HARNESS);
    }
    fflush(stdout);
    print_line(what, why);
    if (cleanup)
        cleanup();
    exit(EXIT_HARNESS);
}

void die(const char *what, const char *why_format, ...)
{
    char why[2048];
    va_list args;
    va_start(args, why_format);
    vsnprintf(why, sizeof why, why_format, args);
    va_end(args);
    end(what, why);
}

void die_errno(const char *what_format, ...)
{
    const char *why = strerror(errno);
    char what[2048];
    va_list args;
    va_start(args, what_format);
    vsnprintf(what, sizeof what, what_format, args);
    va_end(args);
    end(what, why);
}

void complain(const char *what, const char *why_format, ...)
{
    char why[2048];
    va_list args;
    va_start(args, why_format);
    vsnprintf(why, sizeof why, why_format, args);
    va_end(args);
    print_line(what, why);
}
