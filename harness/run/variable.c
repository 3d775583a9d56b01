/* variable.c - names and types by elfutils' libdw (see variable.h). */
#include "run/variable.h"

#include <dwarf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_DEPTH = 24, /* of types in types, scopes in scopes */
    MOST_CHILDREN = 1 << 16,
    MOST_ENTRIES = 1 << 20, /* looked at for one name or address */
    LARGEST = INT_MAX / 64  /* of what is worth a name: sums of these do not overflow */
};

/* The first child, or the one after; `seen` begins at 0. */
static bool next_child(Dwarf_Die *parent, Dwarf_Die *child, int *seen)
{
    if (*seen == MOST_CHILDREN)
        return false;
    return (*seen)++ == 0 ? dwarf_child(parent, child) == 0 : dwarf_siblingof(child, child) == 0;
}

/* ---- types ----------------------------------------------------------------------------------- */

/* Of an array of several dimensions, what is left after some of them. */
struct type {
    Dwarf_Die die;
    int used; /* dimensions */
};

static bool is_wrapper(int tag)
{
    return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
           tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

/* The type of a variable, member, pointer or array, without its other names. */
static bool type_of(Dwarf_Die *die, struct type *type)
{
    Dwarf_Attribute attribute;
    Dwarf_Die at = *die;
    *type = (struct type){.used = 0};
    for (int i = 0; i < MOST_DEPTH; i++) {
        if (!dwarf_attr_integrate(&at, DW_AT_type, &attribute) ||
            !dwarf_formref_die(&attribute, &at))
            return false;
        if (!is_wrapper(dwarf_tag(&at))) {
            type->die = at;
            return true;
        }
    }
    return false;
}

static bool has_members(int tag)
{
    return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

static bool is_reference(int tag)
{
    return tag == DW_TAG_reference_type || tag == DW_TAG_rvalue_reference_type;
}

static bool number_of(Dwarf_Die *die, unsigned name, long *number)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value;
    if (!dwarf_attr_integrate(die, name, &attribute) || dwarf_formudata(&attribute, &value) != 0 ||
        value > LARGEST)
        return false;
    *number = (long)value;
    return true;
}

/* Elements of each dimension that is left; -1: not known. Returns how many there are. */
static int dimensions_of(struct type *array, long bounds[LVALUE_STEPS])
{
    Dwarf_Die child;
    int all = 0, left = 0;
    for (int seen = 0; left < LVALUE_STEPS && next_child(&array->die, &child, &seen);) {
        long n = -1;
        if (dwarf_tag(&child) != DW_TAG_subrange_type || all++ < array->used)
            continue;
        if (!number_of(&child, DW_AT_count, &n) && number_of(&child, DW_AT_upper_bound, &n))
            n++;
        bounds[left++] = n;
    }
    return left;
}

/* In bytes; -1: not known. */
static long size_of(struct type *type, int depth)
{
    long size, bounds[LVALUE_STEPS];
    struct type element;
    if (dwarf_tag(&type->die) != DW_TAG_array_type)
        return number_of(&type->die, DW_AT_byte_size, &size) ? size : -1;
    int dimensions = dimensions_of(type, bounds);
    size = depth < MOST_DEPTH && type_of(&type->die, &element) ? size_of(&element, depth + 1) : -1;
    for (int i = 0; i < dimensions && size >= 0; i++)
        size = bounds[i] < 0 || size * bounds[i] > LARGEST ? -1 : size * bounds[i];
    return size;
}

static bool element_of(struct type *array, struct type *element)
{
    long bounds[LVALUE_STEPS];
    *element = *array;
    element->used++;
    return dimensions_of(array, bounds) > 1 || type_of(&array->die, element);
}

static bool is_bit_field(Dwarf_Die *member)
{
    return dwarf_hasattr_integrate(member, DW_AT_bit_size);
}

static bool is_member(Dwarf_Die *die)
{
    int tag = dwarf_tag(die);
    return (tag == DW_TAG_member || tag == DW_TAG_inheritance) && !is_bit_field(die);
}

/* In a union members need not say that they are at its beginning. */
static bool place_of(Dwarf_Die *member, long *offset)
{
    *offset = 0;
    return !dwarf_hasattr_integrate(member, DW_AT_data_member_location) ||
           number_of(member, DW_AT_data_member_location, offset);
}

static bool same_name(Dwarf_Die *die, const struct slice *name)
{
    const char *own = dwarf_diename(die);
    return own && strlen(own) == name->length && memcmp(own, name->at, name->length) == 0;
}

/* Also in members without a name, and in what a class inherits. Adds to the offset. */
static bool find_member(struct type *type, const struct slice *name, struct type *found,
                        long *offset, int *left)
{
    Dwarf_Die child;
    if (!has_members(dwarf_tag(&type->die)))
        return false;
    for (int seen = 0; next_child(&type->die, &child, &seen) && (*left)-- > 0;) {
        struct type of;
        long at;
        if (!is_member(&child) || !place_of(&child, &at) || !type_of(&child, &of))
            continue;
        bool named = dwarf_tag(&child) == DW_TAG_member && dwarf_diename(&child);
        bool is_it = named && same_name(&child, name);
        if (is_it)
            *found = of;
        if (is_it || (!named && find_member(&of, name, found, offset, left))) {
            *offset += at;
            return true;
        }
    }
    return false;
}

/* ---- the variable that it begins with ---------------------------------------------------------- */

static bool find_in_scope(Dwarf_Die *scope, const struct slice *name, Dwarf_Die *found)
{
    for (int seen = 0; next_child(scope, found, &seen);) {
        int tag = dwarf_tag(found);
        if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter) && same_name(found, name))
            return true;
    }
    return false;
}

static bool find_variable(Dwfl_Module *module, Dwarf_Addr pc, const struct slice *name,
                          struct type *type)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = dwfl_module_addrdie(module, pc, &bias), *scopes = NULL, found;
    int count = unit ? dwarf_getscopes(unit, pc - bias, &scopes) : 0;
    bool known = false;
    for (int i = 0; i < count && !known; i++) /* from the innermost on */
        known = find_in_scope(&scopes[i], name, &found);
    free(scopes);
    return known && type_of(&found, type);
}

/* ---- from there to what is accessed ------------------------------------------------------------ */

static void go_through(struct variable_place *place, struct type *type)
{
    place->dereferenced = true;
    place->region = size_of(type, 0);
    place->offset = 0;
    place->index_count = 0;
}

static bool dereference(struct variable_place *place, struct type *type)
{
    struct type to;
    int tag = dwarf_tag(&type->die);
    if ((tag != DW_TAG_pointer_type && !is_reference(tag)) || !type_of(&type->die, &to))
        return false;
    *type = to;
    go_through(place, type);
    return true;
}

/* C++ goes through a reference without a sign. */
static bool see_through(struct variable_place *place, struct type *type)
{
    return !is_reference(dwarf_tag(&type->die)) || dereference(place, type);
}

static bool take_element(struct variable_place *place, int step, struct type *type)
{
    long bounds[LVALUE_STEPS] = {-1};
    struct type element;
    if (dwarf_tag(&type->die) == DW_TAG_pointer_type) {
        if (!dereference(place, type))
            return false;
        element = *type;
        place->region = -1; /* one of who knows how many */
    } else if (dwarf_tag(&type->die) != DW_TAG_array_type || dimensions_of(type, bounds) == 0 ||
               !element_of(type, &element)) {
        return false;
    }
    long stride = size_of(&element, 0);
    *type = element;
    place->indices[place->index_count++] = (struct variable_index){step, stride, bounds[0]};
    return stride > 0;
}

static bool take_member(struct variable_place *place, const struct slice *name, struct type *type)
{
    struct type member;
    int left = MOST_CHILDREN;
    if (!find_member(type, name, &member, &place->offset, &left))
        return false;
    *type = member;
    return true;
}

bool variable_place(Dwfl_Module *module, Dwarf_Addr pc, const struct lvalue *lvalue,
                    struct variable_place *place)
{
    struct type type;
    *place = (struct variable_place){.region = -1};
    if (!find_variable(module, pc, &lvalue->root, &type))
        return false;
    place->variable = size_of(&type, 0);
    for (int i = 0; i < lvalue->count; i++) {
        const struct lvalue_step *step = &lvalue->steps[i];
        bool possible = see_through(place, &type);
        if (possible && step->kind == '*')
            possible = dereference(place, &type);
        else if (possible && step->kind == '[')
            possible = take_element(place, i, &type);
        else if (possible)
            possible = take_member(place, &step->name, &type);
        if (!possible)
            return false;
    }
    if (!see_through(place, &type))
        return false;
    int tag = dwarf_tag(&type.die);
    place->aggregate = has_members(tag) || tag == DW_TAG_array_type;
    place->size = size_of(&type, 0);
    return place->size > 0;
}

bool variable_holds(const struct variable_place *place, long offset, bool within, long *indices)
{
    long left = offset - place->offset;
    if (left < 0)
        return false;
    for (int i = 0; i < place->index_count; i++) {
        const struct variable_index *index = &place->indices[i];
        long n = left / index->stride;
        if (index->bound >= 0 && n >= index->bound)
            return false;
        indices[index->step] = n;
        left -= n * index->stride;
    }
    return within ? left < place->size : left == 0;
}

/* ---- by address ------------------------------------------------------------------------------ */

/* The member that holds all the bytes. Of a union nobody knows which. */
static bool member_around(struct type *type, long *offset, size_t size, Dwarf_Die *member)
{
    int tag = dwarf_tag(&type->die);
    if (tag != DW_TAG_structure_type && tag != DW_TAG_class_type)
        return false;
    for (int seen = 0; next_child(&type->die, member, &seen);) {
        struct type of;
        long at;
        if (!is_member(member) || !place_of(member, &at) || !type_of(member, &of) || *offset < at)
            continue;
        if (*offset - at + (long)size <= size_of(&of, 0)) {
            *type = of;
            *offset -= at;
            return true;
        }
    }
    return false;
}

static const char *told_within(struct arena *arena, const char *told, struct type type, long offset,
                               size_t size)
{
    for (int depth = 0; depth < MOST_DEPTH; depth++) {
        Dwarf_Die member;
        struct type element;
        if (dwarf_tag(&type.die) == DW_TAG_array_type && element_of(&type, &element)) {
            long stride = size_of(&element, 0);
            if (stride <= 0 || offset % stride + (long)size > stride)
                break;
            told = arena_printf(arena, "%s[%ld]", told, offset / stride);
            offset %= stride;
            type = element;
        } else if (member_around(&type, &offset, size, &member)) {
            const char *name = dwarf_tag(&member) == DW_TAG_member ? dwarf_diename(&member) : NULL;
            told = name ? arena_printf(arena, "%s.%s", told, name) : told;
        } else {
            break;
        }
    }
    return told;
}

struct search {
    Dwarf_Addr address; /* as in the data */
    int left;           /* entries that may still be looked at */
    Dwarf_Die found;
    struct type type;
    long offset;
};

static bool is_around(struct search *s, Dwarf_Die *variable)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *ops;
    size_t count;
    if (!dwarf_attr_integrate(variable, DW_AT_location, &attribute) ||
        dwarf_getlocation(&attribute, &ops, &count) != 0 || count != 1 ||
        ops[0].atom != DW_OP_addr || s->address < ops[0].number ||
        s->address - ops[0].number > LARGEST || !type_of(variable, &s->type))
        return false;
    s->offset = (long)(s->address - ops[0].number);
    s->found = *variable;
    return s->offset < size_of(&s->type, 0);
}

static bool search_scope(struct search *s, Dwarf_Die *scope, int depth)
{
    Dwarf_Die child;
    if (depth == MOST_DEPTH)
        return false;
    for (int seen = 0; next_child(scope, &child, &seen) && s->left-- > 0;) {
        int tag = dwarf_tag(&child);
        if (tag == DW_TAG_variable && is_around(s, &child))
            return true;
        if ((tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block || tag == DW_TAG_namespace) &&
            search_scope(s, &child, depth + 1))
            return true;
    }
    return false;
}

const char *variable_at(struct arena *arena, Dwfl_Module *module, Dwarf_Addr address, size_t size)
{
    struct search s = {.left = MOST_ENTRIES};
    Dwarf_Addr bias;
    for (Dwarf_Die *unit = NULL; (unit = dwfl_module_nextcu(module, unit, &bias)) != NULL;) {
        s.address = address - bias;
        const char *name = search_scope(&s, unit, 0) ? dwarf_diename(&s.found) : NULL;
        if (name)
            return told_within(arena, arena_strdup(arena, name), s.type, s.offset, size);
    }
    return NULL;
}
