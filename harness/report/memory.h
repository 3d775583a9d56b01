/*
 * memory.h - heap memory for reports, which no arena outlives; without memory there is no report: dies.
 */
#ifndef IPCGRADE_MEMORY_H
#define IPCGRADE_MEMORY_H

#include <stddef.h>
#include <stdio.h>

/* Zeroed, never NULL; the caller frees it. */
void *memory_zeroed(size_t count, size_t size);
/* A stream into memory: after memory_close() *text holds what was written, NUL-terminated, and the
 * caller frees it. Both must live until then. */
FILE *memory_open(char **text, size_t *size);
void memory_close(FILE *stream);

#endif
