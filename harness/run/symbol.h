/*
 * symbol.h - from what the probe says of a code address (module and offset) to file, line and function.
 */
#ifndef IPCGRADE_SYMBOL_H
#define IPCGRADE_SYMBOL_H

#include <elfutils/libdwfl.h>

#include "base/arena.h"
#include "model.h"
#include "probe/host/supervise.h"

/* Opened programs, kept for the next question. */
struct symbols;
/* `folder`: where the sources were compiled, if that was not the box's work folder; or NULL. */
struct symbols *symbols_new(struct arena *arena, const char *folder);
void symbols_free(struct symbols *symbols);

/* Fills file, line, function and program of `site`; leaves them alone where nothing is known. Only programs in the
 * work folder are asked. */
void symbol_site(struct arena *arena, struct symbols *symbols, const struct world_result *result,
                 uint32_t index, struct site *site);

/* For who asks the debugger's data more: the module of a site, the address of its call in there, and the column
 * of its line (0: not known). NULL: no program in the work folder. */
Dwfl_Module *symbol_code(struct symbols *symbols, const struct world_result *result, uint32_t index,
                         Dwarf_Addr *pc, int *column);
/* The same of what lies that far from a module's base. */
Dwfl_Module *symbol_module(struct symbols *symbols, const struct world_result *result,
                           uint32_t module, uint64_t offset, Dwarf_Addr *address);

/* The program in the work folder has a symbol of this name. */
bool symbol_exists(struct symbols *symbols, const char *path, const char *name);

/* The variable that lies `below` bytes below the frame of the function that this is in: from there to its end,
 * in bytes; -1: not known. */
long symbol_room(struct symbols *symbols, const struct world_result *result, uint32_t index,
                 uint32_t below);

/* A source's path as a person knows it: below the folder that it was compiled in. */
const char *symbol_source(const struct symbols *symbols, const char *path);

#endif
