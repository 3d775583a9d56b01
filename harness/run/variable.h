/*
 * variable.h - what the names of an expression mean, by the debugger's data: where it lies in what it points
 * into, and how large it is; and which variable lies at an address.
 *
 * The data come from a student's program: nothing in them is followed without end.
 */
#ifndef IPCGRADE_VARIABLE_H
#define IPCGRADE_VARIABLE_H

#include <elfutils/libdwfl.h>

#include "base/arena.h"
#include "run/lvalue.h"

/* One pair of brackets: where its elements are. */
struct variable_index {
    int step;    /* of the lvalue */
    long stride; /* bytes from one element to the next */
    long bound;  /* how many there are; -1: not known */
};

/* Where an lvalue is, relative to what its last dereference points to. Without any: to its variable. */
struct variable_place {
    bool dereferenced;
    long region;    /* bytes of what the pointer points to, by its type */
    long variable;  /* bytes of the variable that it all begins with */
    long size;      /* of the lvalue; never less than 1 */
    bool aggregate; /* it has members or elements of its own */
    long offset;    /* all indices being 0 */
    struct variable_index indices[LVALUE_STEPS];
    int index_count;
};

/* False: not known, or not what C can say of such types. */
bool variable_place(Dwfl_Module *module, Dwarf_Addr pc, const struct lvalue *lvalue,
                    struct variable_place *place);

/* For some values of the indices, which are put into indices[step], the lvalue holds the byte that is `offset`
 * bytes into the region: as its first, or (within) anywhere. */
bool variable_holds(const struct variable_place *place, long offset, bool within, long *indices);

/* The variable (global or static) at this address, down to the member or element that holds all of the `size`
 * bytes: "table[2].sum". NULL: none known. */
const char *variable_at(struct arena *arena, Dwfl_Module *module, Dwarf_Addr address, size_t size);

#endif
