/* symbol.c - module and offset to file:line, with elfutils' libdwfl (see symbol.h). */
#include "run/symbol.h"

#include <elfutils/libdwfl.h>
#include <string.h>

#include "box/box.h"
#include "run/debuginfo.h"

enum { MAX_MODULES = 32 };
static const Dwarf_Addr base = 0x10000000; /* where each is said to be loaded */

struct module {
    const char *path;
    Dwfl *dwfl;
};

struct symbols {
    struct arena *arena; /* outlives that of one schedule */
    const char *folder;
    struct module modules[MAX_MODULES];
    int count;
};

struct symbols *symbols_new(struct arena *arena, const char *folder)
{
    struct symbols *symbols = arena_alloc(arena, sizeof *symbols);
    symbols->arena = arena;
    symbols->folder = folder;
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    for (int i = 0; i < symbols->count; i++)
        if (symbols->modules[i].dwfl)
            dwfl_end(symbols->modules[i].dwfl);
    symbols->count = 0;
}

static Dwfl *open_module(const char *path)
{
    static const Dwfl_Callbacks callbacks = {.find_debuginfo = no_debuginfo,
                                             .section_address = dwfl_offline_section_address};
    Dwfl *dwfl = dwfl_begin(&callbacks);
    if (dwfl && (!dwfl_report_elf(dwfl, path, path, -1, base, true) ||
                 dwfl_report_end(dwfl, NULL, NULL) != 0)) {
        dwfl_end(dwfl);
        dwfl = NULL;
    }
    return dwfl;
}

static Dwfl *module_of(struct symbols *symbols, const char *path)
{
    for (int i = 0; i < symbols->count; i++)
        if (strcmp(symbols->modules[i].path, path) == 0)
            return symbols->modules[i].dwfl;
    if (symbols->count == MAX_MODULES)
        return NULL;
    struct module *m = &symbols->modules[symbols->count++];
    *m = (struct module){arena_strdup(symbols->arena, path), open_module(path)};
    return m->dwfl;
}

const char *symbol_source(const struct symbols *symbols, const char *path)
{
    size_t n = symbols->folder ? strlen(symbols->folder) : 0;
    bool below = n && strncmp(path, symbols->folder, n) == 0 && path[n] == '/';
    path = below ? path + n + 1 : below_work(path);
    return strncmp(path, "./", 2) == 0 ? path + 2 : path;
}

bool symbol_exists(struct symbols *symbols, const char *path, const char *name)
{
    Dwfl *dwfl = below_work(path) == path ? NULL : module_of(symbols, path);
    Dwfl_Module *module = dwfl ? dwfl_addrmodule(dwfl, base) : NULL;
    int count = module ? dwfl_module_getsymtab(module) : 0;
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        const char *one = dwfl_module_getsym(module, i, &symbol, NULL);
        if (one && symbol.st_shndx != SHN_UNDEF && strcmp(one, name) == 0)
            return true;
    }
    return false;
}

void symbol_site(struct arena *arena, struct symbols *symbols, const struct world_result *result,
                 uint32_t index, struct site *site)
{
    if (index == 0 || index >= result->sites)
        return;
    const char *path = result->module[result->site[index].module].path;
    if (below_work(path) == path) /* the region is the student's to write: open nothing else */
        return;
    Dwfl *dwfl = module_of(symbols, path);
    Dwarf_Addr pc =
        base + result->site[index].offset - 1; /* a return address: the call is before it */
    Dwfl_Module *module = dwfl ? dwfl_addrmodule(dwfl, pc) : NULL;
    if (!module)
        return;
    const char *function = dwfl_module_addrname(module, pc);
    if (function)
        site->function = arena_strdup(arena, function);
    Dwfl_Line *line = dwfl_module_getsrc(module, pc);
    int number = 0;
    const char *file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
    if (file) {
        site->file = arena_strdup(arena, symbol_source(symbols, file));
        site->line = number;
    }
}
