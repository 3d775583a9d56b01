/*
 * exec.c - executing programs: the task keeps its identity, its turn and its clock.
 *
 * Students empty the environment and close descriptors, so LD_PRELOAD and the region's path are put
 * in again, for programs that were not built with the probe (`ls`, `wc`). A static program cannot
 * take part: it is said so, and it runs outside of the turns.
 */
#include "../process.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#define FAMILY_NAME "processes"

CALL(execve, FAMILY_NAME, "");

/* ---- the environment ------------------------------------------------------------------------- */

static bool is_ours(const char *entry)
{
    return text_starts(entry, "LD_PRELOAD=") || text_starts(entry, PROBE_ENV "=");
}

size_t environment_size(char *const environment[])
{
    size_t n = 0;
    while (environment && environment[n])
        n++;
    return (n + 3) * sizeof(char *) + 1024;
}

char **environment_with_probe(char *const environment[], void *room)
{
    char **to = room;
    size_t n = 0, kept = 0;

    while (environment && environment[n])
        n++;
    char *text = (char *)(to + n + 3), *end = text + 1024;
    for (size_t i = 0; i < n; i++)
        if (!is_ours(environment[i]))
            to[kept++] = environment[i];
    to[kept++] = text;
    text += text_put(text, (size_t)(end - text), "LD_PRELOAD=");
    text += text_put(text, (size_t)(end - text), library_path()) + 1;
    to[kept++] = text;
    text += text_put(text, (size_t)(end - text), PROBE_ENV "=");
    text_put(text, (size_t)(end - text), region_path());
    to[kept] = NULL;
    return to;
}

/* ---- will it take part? ---------------------------------------------------------------------- */

static bool has_interpreter(long fd, const Elf64_Ehdr *header)
{
    Elf64_Phdr h;
    for (int i = 0; i < header->e_phnum; i++) {
        if (sys(SYS_pread64, fd, &h, sizeof h, header->e_phoff + (size_t)i * header->e_phentsize) !=
            sizeof h)
            return false;
        if (h.p_type == PT_INTERP)
            return true;
    }
    return false;
}

bool program_takes_part(const char *path)
{
    Elf64_Ehdr header;
    long fd = sys(SYS_open, path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return true; /* execve will say why it cannot */
    bool elf = sys(SYS_read, fd, &header, sizeof header) == sizeof header &&
               header.e_ident[0] == 0x7f && header.e_ident[1] == 'E';
    bool takes_part = !elf || has_interpreter(fd, &header);
    sys(SYS_close, fd);
    return takes_part;
}

/* ---- executing ------------------------------------------------------------------------------- */

static long execute_path(const char *path, char *const argv[], char *const envp[])
{
    if (!probe_on())
        return sys(SYS_execve, path, argv, envp);
    if (!program_takes_part(path) && sys(SYS_access, path, X_OK) == 0) {
        turn_doubt(PROBE_STATIC);
        turn_outsider();
        return sys(SYS_execve, path, argv, envp);
    }
    me()->flags |= PROBE_EXECING;
    long r = sys(SYS_execve, path, argv, envp);
    me()->flags &= ~(uint32_t)PROBE_EXECING;
    return r;
}

/* Without a #! line, as the shell would. */
static long execute_script(const char *path, char *const argv[], char *const envp[])
{
    size_t n = 0;
    while (argv[n])
        n++;
    char *with[n + 2];
    with[0] = (char *)"/bin/sh";
    with[1] = (char *)path;
    for (size_t i = 1; i <= n; i++)
        with[i + 1] = argv[i];
    return execute_path("/bin/sh", with, envp);
}

static const char *search_path(void)
{
    for (char **e = environ; e && *e; e++)
        if (text_starts(*e, "PATH="))
            return *e + 5;
    return "/bin:/usr/bin";
}

static long search(const char *file, char *const argv[], char *const envp[])
{
    long worst = -ENOENT;
    char path[4096];

    for (const char *from = search_path();; from++) {
        size_t n = 0;
        for (; *from && *from != ':'; from++)
            if (n < sizeof path - 300)
                path[n++] = *from;
        if (n)
            path[n++] = '/';
        text_put(path + n, sizeof path - n, file);
        long r = execute_path(path, argv, envp);
        if (r == -ENOEXEC)
            return execute_script(path, argv, envp);
        if (r == -EACCES)
            worst = r;
        else if (r != -ENOENT && r != -ENOTDIR)
            return r;
        if (!*from)
            return worst;
    }
}

static int execute(const void *site, const char *file, char *const argv[], char *const envp[],
                   bool by_path)
{
    char room[environment_size(envp)] __attribute__((aligned(16)));
    struct point p;
    long r;

    if (probe_on()) {
        point_begin(&p, &call_execve, site, 0);
        log_event(p.call, p.site, 0, p.args, 0); /* it does not come back, if all goes well */
        envp = environment_with_probe(envp, room);
    }
    bool slash = false;
    for (const char *c = file; *c; c++)
        slash = slash || *c == '/';
    if (by_path && !slash && *file) {
        r = search(file, argv, envp);
    } else {
        r = execute_path(file, argv, envp);
        if (by_path && r == -ENOEXEC)
            r = execute_script(file, argv, envp);
    }
    return (int)probe_result(r);
}

void execute_shell(const char *command)
{
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    execute(CALLER, "/bin/sh", argv, environ, false);
    _exit(127);
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
    return execute(CALLER, path, argv, envp, false);
}

EXPORT int execv(const char *path, char *const argv[])
{
    return execute(CALLER, path, argv, environ, false);
}

EXPORT int execvp(const char *file, char *const argv[])
{
    return execute(CALLER, file, argv, environ, true);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
    return execute(CALLER, file, argv, envp, true);
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
    char path[64] = "/proc/self/fd/";
    size_t n = text_length(path);
    text_put_number(path + n, sizeof path - n, (uint64_t)fd, 10);
    return execute(CALLER, path, argv, envp, false);
}

/* The list form's arguments as an array; its last variadic argument, for execle, is the
 * environment. */
#define LIST_TO_ARRAY(argv, first, list)                \
    va_list count_list;                                 \
    va_start(count_list, first);                        \
    size_t count = 1;                                   \
    while (given(first) && va_arg(count_list, char *))  \
        count++;                                        \
    va_end(count_list);                                 \
    char *argv[count + 1];                              \
    va_list list;                                       \
    va_start(list, first);                              \
    argv[0] = (char *)first;                            \
    for (size_t i = 1; given(first) && i <= count; i++) \
    argv[i] = va_arg(list, char *)

EXPORT int execl(const char *path, const char *first, ...)
{
    LIST_TO_ARRAY(argv, first, list);
    va_end(list);
    return execute(CALLER, path, argv, environ, false);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
    LIST_TO_ARRAY(argv, first, list);
    va_end(list);
    return execute(CALLER, file, argv, environ, true);
}

EXPORT int execle(const char *path, const char *first, ...)
{
    LIST_TO_ARRAY(argv, first, list);
    char *const *envp = va_arg(list, char *const *);
    va_end(list);
    return execute(CALLER, path, argv, envp, false);
}
