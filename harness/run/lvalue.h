/*
 * lvalue.h - which expression of a line of C or C++ an access is: `shared->count`, `b->slots[i].key`, `*counter`.
 *
 * A text is all that is looked at here; what the names mean is for variable.h. An expression that is not made of
 * names, ->, ., [] and * alone (a cast, a call, arithmetic on a pointer, a macro) is none: to say nothing is
 * always right.
 */
#ifndef IPCGRADE_LVALUE_H
#define IPCGRADE_LVALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { LVALUE_STEPS = 12, LVALUES = 32 };

struct slice { /* of the line */
    const char *at;
    size_t length;
};

/* From a variable to what is accessed. `p->m` is two steps: *, .m. */
struct lvalue_step {
    char kind;         /* '*', '.', '[' */
    struct slice name; /* the member, or what stands between the brackets */
    int column;        /* of its operator, from 1, ... */
    int name_column;   /* ... and of its name: gcc and g++ place an access at either */
};

struct lvalue {
    struct slice root; /* a variable's name */
    struct lvalue_step steps[LVALUE_STEPS];
    int count;
};

/* The one that the compiler's column of an access points to. False: it points to none. */
bool lvalue_at(const char *line, int column, bool write, struct lvalue *lvalue);

/* How a line touches what it names. */
enum lvalue_use {
    LVALUE_READ,
    LVALUE_WRITTEN,
    LVALUE_PASSED /* anything that a function may be given the address of */
};
/* All that go through a member, an element or a pointer and are used so; those that are read on the way to others,
 * too. Returns how many; -1: there is more that might be one, but is not understood. */
int lvalues_in(const char *line, enum lvalue_use use, struct lvalue list[LVALUES]);

/* As a person writes it. indices[i]: the number for step i; or -1: as it stands in the line. */
const char *lvalue_told(struct arena *arena, const struct lvalue *lvalue, const long *indices);

/* The same members and elements of whatever variable, a pointer or not: `a->slots[i]`, `b.slots[0]`. */
bool lvalue_same_way(const struct lvalue *a, const struct lvalue *b);

#endif
