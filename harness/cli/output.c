/* output.c - standard output, or a file that is replaced whole or not at all (see output.h). */
#include "cli/output.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/fs.h"
#include "cli/scratch.h"

/* A link to a report is followed, so that the link remains and the report behind it is replaced. */
static const char *resolved(struct arena *arena, const char *path)
{
    char *real = realpath(path, NULL);
    const char *target = arena_strdup(arena, real ? real : path);
    free(real);
    return target;
}

static void open_directly(struct output *out)
{
    int fd = open(out->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    out->stream = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out->stream)
        die_errno("%s", out->path);
}

static void open_beside(struct arena *arena, struct output *out, const struct stat *old)
{
    out->target = resolved(arena, out->path);
    char *temporary = arena_printf(arena, "%s.XXXXXX", out->target);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        die_errno("%s", out->path);
    scratch_also(temporary);
    out->temporary = temporary;
    mode_t mask = umask(0);
    umask(mask);
    out->stream = fdopen(fd, "w");
    if (!out->stream || fchmod(fd, old ? old->st_mode & 0777 : 0666 & ~mask) != 0)
        die_errno("%s", out->path);
}

struct output output_open(struct arena *arena, const char *path)
{
    struct output out = {.stream = stdout, .path = path};
    struct stat st;
    if (!path)
        return out;
    bool exists = stat(path, &st) == 0;
    if (exists && S_ISDIR(st.st_mode))
        die(path, "is a folder");
    if (exists && !S_ISREG(st.st_mode)) /* /dev/full, a FIFO: nothing there to be replaced */
        open_directly(&out);
    else
        open_beside(arena, &out, exists ? &st : NULL);
    return out;
}

static void check(const struct output *out, bool good)
{
    if (good)
        return;
    if (errno == EPIPE) { /* the reader has seen enough; a parent had SIGPIPE ignored */
        scratch_remove();
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    die_errno("%s", out->path ? out->path : "standard output");
}

void output_close(struct output *out)
{
    check(out, fflush(out->stream) == 0 && !ferror(out->stream));
    if (!out->path)
        return;
    /* A delayed write's error (NFS, quota) is told by fsync and close at the latest. */
    check(out, fsync(fileno(out->stream)) == 0 || errno == EINVAL || errno == EROFS);
    FILE *stream = out->stream;
    out->stream = NULL;
    check(out, fclose(stream) == 0);
    if (out->temporary)
        check(out, rename(out->temporary, out->target) == 0);
    scratch_also(NULL);
}

bool output_wants_color(const struct output *out, const struct options *options)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (options->color != COLOR_AUTO)
        return options->color == COLOR_ALWAYS;
    return isatty(fileno(out->stream)) && !(no_color && *no_color) &&
           !(term && strcmp(term, "dumb") == 0);
}

void output_finish(void)
{
    struct output out = {.stream = stdout};
    output_close(&out);
}
