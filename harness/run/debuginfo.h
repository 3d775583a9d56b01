/*
 * debuginfo.h - what callsite.c and symbol.c both want of elfutils' libdwfl.
 */
#ifndef IPCGRADE_DEBUGINFO_H
#define IPCGRADE_DEBUGINFO_H

#include <elfutils/libdwfl.h>

/* A Dwfl_Callbacks.find_debuginfo that finds none: programs are built with -g, a library's is not wanted,
 * and nothing is looked for elsewhere. */
int no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr low,
                 const char *file, const char *link, GElf_Word crc, char **found);
/* A path without the work folder in front; `path` itself if it lies elsewhere. */
const char *below_work(const char *path);

#endif
