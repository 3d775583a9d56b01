/* probed.c - asks the programs' files for what they are linked with (see probed.h). */
#include "run/probed.h"

#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "submit/lens_flags.h"

static const char probe_name[] = "libipcprobe.so";

struct linked {
    bool program; /* an ELF file at all */
    bool dynamic; /* asks for a loader, or for a library */
    bool probed;
    bool assembly;  /* has inline assembly: the compiler left its mark */
    bool own_hooks; /* defines what the compiler's instrumentation calls */
};

static void note_needed(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct linked *linked)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Dyn entry;
    for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
        if (entry.d_tag != DT_NEEDED)
            continue;
        const char *name = elf_strptr(elf, header->sh_link, entry.d_un.d_val);
        linked->dynamic = true;
        linked->probed |= name && strcmp(name, probe_name) == 0;
    }
}

/* The program's own come first, whatever library has them too. */
static void note_symbols(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct linked *linked)
{
    static const char hooks[] = "__tsan_";
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym symbol;
    for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        linked->assembly |= name && strcmp(name, UNSEEN_MARK) == 0;
        linked->own_hooks |=
            symbol.st_shndx != SHN_UNDEF && name && strncmp(name, hooks, sizeof hooks - 1) == 0;
    }
}

static struct linked linked_of(const char *path)
{
    struct linked linked = {0};
    elf_version(EV_CURRENT);
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    linked.program = elf && elf_kind(elf) == ELF_K_ELF;
    if (linked.program)
        for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s)) != NULL;) {
            GElf_Shdr header;
            if (!gelf_getshdr(s, &header))
                continue;
            if (header.sh_type == SHT_DYNAMIC)
                note_needed(elf, s, &header, &linked);
            if (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM)
                note_symbols(elf, s, &header, &linked);
        }
    elf_end(elf);
    return linked;
}

/* Why the probe does not see all that this program does, a clause; NULL: it does, or it is no program. */
static const char *doubt_of(struct arena *arena, const char *name, const struct linked *linked)
{
    if (!linked->program)
        return NULL;
    if (linked->assembly)
        return arena_printf(
            arena, "what the inline assembly of %s does to shared memory is not seen", name);
    if (linked->own_hooks)
        return arena_printf(
            arena,
            "%s defines functions of the sanitizer itself (__tsan_...): what it does "
            "to shared memory is not seen",
            name);
    if (!linked->probed && !linked->dynamic)
        return arena_printf(arena,
                            "%s is linked statically, so that the probe sees nothing of it; "
                            "build it with `ipcgrade cc`, without -static",
                            name);
    if (!linked->probed)
        return arena_printf(arena,
                            "%s was not built with `ipcgrade cc`: what it does to shared "
                            "memory is not seen",
                            name);
    return NULL;
}

/* Where a program is that did not come with the system. */
static bool is_students(const char *path)
{
    static const char work[] = BOX_WORK "/";
    static const char *const begins[] = {work, "/tmp/", "/dev/shm/", "/memfd:", NULL};
    for (const char *const *b = begins; *b; b++)
        if (strncmp(path, *b, strlen(*b)) == 0)
            return true;
    return false;
}

static bool is_gone(const char *path)
{
    return strncmp(path, "/memfd:", 7) == 0 || access(path, F_OK) != 0;
}

/* The region is the student's to write: only files where he may put any are opened, each once. */
static void look_at(struct arena *arena, struct probed *probed, const char *path)
{
    static const char work[] = BOX_WORK "/";
    enum { MOST = sizeof probed->known / sizeof *probed->known };
    if (!is_students(path) || probed->known_count == MOST)
        return;
    for (int i = 0; i < probed->known_count; i++)
        if (strcmp(probed->known[i], path) == 0)
            return;
    const char *name = arena_strdup(arena, path);
    probed->known[probed->known_count++] = name;
    struct linked linked = linked_of(path);
    probed->any |= linked.probed;
    probed->assembly |= linked.assembly;
    if (strncmp(name, work, sizeof work - 1) == 0)
        name += sizeof work - 1;
    if (!probed->doubt && is_gone(path))
        probed->doubt = arena_printf(
            arena, "%s is gone: what it did to shared memory may not have been seen", name);
    if (!probed->doubt)
        probed->doubt = doubt_of(arena, name, &linked);
}

bool probed_has_own_hooks(const char *path)
{
    return linked_of(path).own_hooks;
}

void probed_note(struct arena *arena, struct probed *probed, const struct run *run,
                 const struct world_result *result)
{
    const struct command *command = run->options->command;
    const char *first = command ? command->argv[0] : "";
    if (strchr(first, '/')) /* it may be one that the probe never saw a call of */
        look_at(arena, probed,
                first[0] == '/' ? first
                                : arena_printf(arena, BOX_WORK "/%s",
                                               first + 2 * (strncmp(first, "./", 2) == 0)));
    for (size_t i = 1; i < result->modules; i++)
        look_at(arena, probed, result->module[i].path);
}

const char *probed_doubt(const struct probed *probed, bool asks_for_any)
{
    if (probed->doubt || probed->any || !asks_for_any)
        return probed->doubt;
    return "nothing that ran was built with `ipcgrade cc`, so that what it does to shared memory "
           "is not "
           "seen";
}
