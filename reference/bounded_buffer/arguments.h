/*
 * arguments.h - checks what stands on the command line; wrong arguments end the program with
 * status 2.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

/* Prints the message and how the program is used, ends the program. */
_Noreturn void usage(const char *message, const char *how);
const char *name_argument(const char *text, const char *how);
int number_argument(const char *text, int least, const char *how);

#endif
