/* debuginfo.c - see debuginfo.h. */
#include "run/debuginfo.h"

#include <string.h>

#include "box/box.h"

int no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr low,
                 const char *file, const char *link, GElf_Word crc, char **found)
{
    (void)module, (void)data, (void)name, (void)low, (void)file, (void)link, (void)crc, (void)found;
    return -1;
}

const char *below_work(const char *path)
{
    size_t n = strlen(BOX_WORK "/");
    return strncmp(path, BOX_WORK "/", n) == 0 ? path + n : path;
}
