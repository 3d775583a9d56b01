/* symbol.c - module and offset to file:line, with elfutils' libdwfl (see symbol.h). */
#include "run/symbol.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>

#include "box/box.h"
#include "run/debuginfo.h"

enum { MAX_MODULES = 32 };

struct module {
    const char *path;
    Dwfl *dwfl;
    Dwfl_Module *module; /* NULL: cannot be read */
    Dwarf_Addr base;     /* where it is said to be loaded */
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

/* Somewhere, that is; but a program that is linked for one place is there. */
static void open_module(struct module *m)
{
    static const Dwarf_Addr somewhere = 0x10000000;
    static const Dwfl_Callbacks callbacks = {.find_debuginfo = no_debuginfo,
                                             .section_address = dwfl_offline_section_address};
    m->dwfl = dwfl_begin(&callbacks);
    Dwfl_Module *module =
        m->dwfl ? dwfl_report_elf(m->dwfl, m->path, m->path, -1, somewhere, true) : NULL;
    if (module && dwfl_report_end(m->dwfl, NULL, NULL) == 0 && dwfl_module_getelf(module, &m->base))
        m->module = module;
}

/* Of a program in the work folder: the region is the student's to write, and nothing else is opened. NULL: it is
 * none that can be read. */
static const struct module *module_of(struct symbols *symbols, const char *path)
{
    struct module *m = symbols->modules, *end = m + symbols->count;
    if (below_work(path) == path)
        return NULL;
    while (m < end && strcmp(m->path, path) != 0)
        m++;
    if (m == end && symbols->count == MAX_MODULES)
        return NULL;
    if (m == end) {
        symbols->count++;
        *m = (struct module){.path = arena_strdup(symbols->arena, path)};
        open_module(m);
    }
    return m->module ? m : NULL;
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
    const struct module *m = module_of(symbols, path);
    int count = m ? dwfl_module_getsymtab(m->module) : 0;
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        const char *one = dwfl_module_getsym(m->module, i, &symbol, NULL);
        if (one && symbol.st_shndx != SHN_UNDEF && strcmp(one, name) == 0)
            return true;
    }
    return false;
}

Dwfl_Module *symbol_module(struct symbols *symbols, const struct world_result *result,
                           uint32_t module, uint64_t offset, Dwarf_Addr *address)
{
    const struct module *m =
        module < result->modules ? module_of(symbols, result->module[module].path) : NULL;
    *address = m ? m->base + offset : 0;
    return m ? m->module : NULL;
}

/* The program's module there, and the address of the call. NULL: none that may be asked. */
static Dwfl_Module *module_at(struct symbols *symbols, const struct world_result *result,
                              uint32_t index, Dwarf_Addr *pc)
{
    if (index == 0 || index >= result->sites)
        return NULL;
    const struct probe_site *s = &result->site[index];
    /* a return address: the call is before it */
    return symbol_module(symbols, result, s->module, s->offset - 1, pc);
}

/* Its file; or NULL. */
static const char *line_at(Dwfl_Module *module, Dwarf_Addr pc, int *number, int *column)
{
    Dwfl_Line *line = dwfl_module_getsrc(module, pc);
    return line ? dwfl_lineinfo(line, NULL, number, column, NULL, NULL) : NULL;
}

Dwfl_Module *symbol_code(struct symbols *symbols, const struct world_result *result, uint32_t index,
                         Dwarf_Addr *pc, int *column)
{
    int number;
    Dwfl_Module *module = module_at(symbols, result, index, pc);
    *column = 0;
    if (module)
        line_at(module, *pc, &number, column);
    return module;
}

void symbol_site(struct arena *arena, struct symbols *symbols, const struct world_result *result,
                 uint32_t index, struct site *site)
{
    Dwarf_Addr pc = 0;
    Dwfl_Module *module = module_at(symbols, result, index, &pc);
    if (!module)
        return;
    const char *function = dwfl_module_addrname(module, pc);
    if (function)
        site->function = arena_strdup(arena, function);
    int number = 0, column;
    const char *file = line_at(module, pc, &number, &column);
    if (file) {
        site->file = arena_strdup(arena, symbol_source(symbols, file));
        site->line = number;
        site->program =
            arena_strdup(arena, below_work(result->module[result->site[index].module].path));
    }
}

/* ---- variables ----------------------------------------------------------------------------------- */

/* The function's variables lie relative to its CFA, and that is the saved frame pointer's place and the return
 * address's above %rbp: what the probe took it for. */
static bool has_plain_frame(Dwfl_Module *module, Dwarf_Die *function, Dwarf_Addr pc)
{
    enum { RBP = 6, ABOVE = 16 };
    Dwarf_Attribute attribute;
    Dwarf_Op *ops;
    size_t count;
    Dwarf_Addr bias;
    if (!dwarf_attr(function, DW_AT_frame_base, &attribute) ||
        dwarf_getlocation(&attribute, &ops, &count) != 0 || count != 1 ||
        ops[0].atom != DW_OP_call_frame_cfa)
        return false;
    Dwarf_CFI *cfi = dwfl_module_eh_cfi(module, &bias);
    Dwarf_Frame *frame = NULL;
    if (!cfi || dwarf_cfi_addrframe(cfi, pc - bias, &frame) != 0)
        return false;
    bool plain = dwarf_frame_cfa(frame, &ops, &count) == 0 && count == 1 &&
                 ((ops[0].atom == DW_OP_bregx && ops[0].number == RBP && ops[0].number2 == ABOVE) ||
                  (ops[0].atom == DW_OP_breg0 + RBP && ops[0].number == ABOVE));
    free(frame);
    return plain;
}

/* Bytes from this offset to the end of the variable, if it lies in there. */
static long room_in(Dwarf_Die *variable, long offset)
{
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    Dwarf_Op *ops;
    size_t count;
    Dwarf_Word size;
    if (!dwarf_attr(variable, DW_AT_location, &attribute) ||
        dwarf_getlocation(&attribute, &ops, &count) != 0 || count != 1 ||
        ops[0].atom != DW_OP_fbreg || !dwarf_attr(variable, DW_AT_type, &attribute) ||
        !dwarf_formref_die(&attribute, &type) || dwarf_aggregate_size(&type, &size) != 0)
        return -1;
    long from = (long)ops[0].number;
    return from <= offset && offset < from + (long)size ? from + (long)size - offset : -1;
}

static long room_in_scope(Dwarf_Die *scope, long offset)
{
    Dwarf_Die child;
    for (int more = dwarf_child(scope, &child); more == 0; more = dwarf_siblingof(&child, &child)) {
        int tag = dwarf_tag(&child);
        long room =
            tag == DW_TAG_variable || tag == DW_TAG_formal_parameter ? room_in(&child, offset) : -1;
        if (room >= 0)
            return room;
    }
    return -1;
}

long symbol_room(struct symbols *symbols, const struct world_result *result, uint32_t index,
                 uint32_t below)
{
    Dwarf_Addr pc = 0, bias = 0;
    Dwfl_Module *module = module_at(symbols, result, index, &pc);
    Dwarf_Die *unit = module ? dwfl_module_addrdie(module, pc, &bias) : NULL, *scopes = NULL;
    int count = unit ? dwarf_getscopes(unit, pc - bias, &scopes) : 0;
    long room = -1;
    for (int i = 0; i < count; i++) { /* from the innermost block to the function */
        if (room < 0)
            room = room_in_scope(&scopes[i], -(long)below);
        if (dwarf_tag(&scopes[i]) != DW_TAG_subprogram)
            continue;
        if (!has_plain_frame(module, &scopes[i], pc))
            room = -1;
        break;
    }
    free(scopes);
    return room;
}
