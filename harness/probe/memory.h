/* memory.h - what the files that follow library functions into student memory share. */
#ifndef IPCGRADE_MEMORY_H
#define IPCGRADE_MEMORY_H

#include "probe.h"

#define ANY_LENGTH (~(size_t)0)

/* Bytes before the NUL, at most so many. */
size_t text_within(const char *s, size_t most);
/* A library call reads a text, its NUL included if that comes within `most` bytes. */
void reads_text(const char *s, size_t most, const void *site);
/* The same of wide characters: wide.c. */
void reads_wide(const wchar_t *s, size_t most, const void *site);

#endif
