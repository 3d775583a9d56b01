/*
 * cc.c - `cc` and `c++`: gcc with the flags of the schedules lens, a drop-in compiler.
 *
 * Becomes the compiler, so that what it says, its exit status and its signals are the compiler's own. Every
 * argument is passed on as it came. A program that was linked so finds the probe by a run path; without the
 * harness the probe does nothing.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/fs.h"
#include "cli/verbs.h"
#include "submit/lens_flags.h"
#include "submit/unseen.h"

struct words {
    struct arena *arena;
    const char **list;
    int count;
};

static void add(struct words *words, const char *word)
{
    words->list = arena_grow(words->arena, words->list, words->count, sizeof *words->list);
    words->list[words->count++] = word;
}

static void add_all(struct words *words, const char *flags)
{
    char *next = arena_strdup(words->arena, flags);
    while (next)
        add(words, strsep(&next, " "));
}

static const char *folder_of_command(struct arena *arena)
{
    char *path = realpath("/proc/self/exe", NULL);
    if (!path)
        die_errno("/proc/self/exe");
    const char *folder = fs_parent(arena, path);
    free(path);
    return folder;
}

/* A source, an object, a library, or a file of more arguments: something is compiled or linked. Without,
 * gcc would take a linker's flag for the one thing that it is to link. */
static bool has_input(const struct call *call)
{
    for (int i = 0; i < call->count; i++)
        if (call->arguments[i][0] != '-' || strcmp(call->arguments[i], "-") == 0)
            return true;
    return false;
}

/* "-o" as the last word: gcc says that its argument is missing, and must not take ours for it. */
static bool lacks_argument(const struct call *call)
{
    const char *last = call->count ? call->arguments[call->count - 1] : "";
    return last[0] == '-' && last[1] && !last[2] && strchr("oxILDUlTuABe", last[1]);
}

static bool has_assembly(struct arena *arena, const char *path)
{
    struct stat st;
    cleanup_fd int in = fs_open_regular(AT_FDCWD, path, &st);
    const char *text = in < 0 ? NULL : fs_text(arena, in, (size_t)st.st_size);
    return text && unseen_assembly(text);
}

/* Sources with inline assembly leave a mark in the program, for `run` to find (run/probed.c). */
static void mark_unseen(struct words *words, const struct call *call)
{
    static const char *const sources[] = {".c", ".cc", ".cpp", ".cxx", ".C"};
    for (int i = 0; i < call->count; i++) {
        const char *dot = strrchr(call->arguments[i], '.');
        for (size_t k = 0; dot && k < sizeof sources / sizeof *sources; k++)
            if (strcmp(dot, sources[k]) == 0 && has_assembly(call->arena, call->arguments[i])) {
                add(words, "-Wa,--defsym," UNSEEN_MARK "=1");
                return;
            }
    }
}

static int become_compiler(const struct call *call, const char *compiler)
{
    struct words words = {.arena = call->arena};
    const char *folder = folder_of_command(call->arena);
    const char *library = fs_join(call->arena, folder, "probe");
    if (access(fs_join(call->arena, library, "libtsan.so"), R_OK) != 0)
        die_errno("the probe: %s/libtsan.so", library); /* gcc would find its own */
    add(&words, compiler);
    add_all(&words, lens_flags[LENS_SCHEDULES].first);
    add(&words, arena_printf(call->arena, "-L%s", library));
    if (has_input(call)) {
        add(&words, "-Xlinker"); /* unlike -Wl it takes a folder with a comma in its name */
        add(&words, "-rpath");
        add(&words, "-Xlinker");
        add(&words, folder);
    }
    mark_unseen(&words, call);
    for (int i = 0; i < call->count; i++)
        add(&words, call->arguments[i]);
    if (!lacks_argument(call))
        add_all(&words, lens_flags[LENS_SCHEDULES].last);
    add(&words, NULL);
    execvp(compiler, (char *const *)words.list);
    die_errno("%s", compiler);
}

int verb_cc(const struct call *call)
{
    return become_compiler(call, "gcc");
}

int verb_cxx(const struct call *call)
{
    return become_compiler(call, "g++");
}
