/*
 * terminal.h - lends the user's terminal to a process that may not have it: one in a box, which has another
 * session. The process gets a terminal of its own; bytes, Ctrl-C among them, and the window's size are
 * passed on.
 */
#ifndef IPCGRADE_TERMINAL_H
#define IPCGRADE_TERMINAL_H

struct terminal;

/* NULL: standard input or output is none. Dies if there are no more terminals. */
struct terminal *terminal_lend(void);
/* What the process is to have as descriptors 0, 1 and 2, and as its controlling terminal. */
int terminal_inner(const struct terminal *terminal);
/* Passes on until `end` (a pidfd) becomes readable. The user's terminal is as before afterwards. */
void terminal_relay(struct terminal *terminal, int end);
/* For a signal handler: as before. */
void terminal_restore(void);

#endif
