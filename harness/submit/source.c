/* source.c - see source.h. */
#include "submit/source.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/die.h"
#include "base/fs.h"
#include "submit/submission.h"

static bool is_later(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

/* Whoever edits and does not compile would be shown lines that are not those of the program. Where the programs
 * are made of this very folder, they are not in it. */
static bool is_stale(int folder, const struct site *site, const struct stat *source)
{
    struct stat program;
    cleanup_fd int fd = site->program ? fs_open_below(folder, site->program, &program) : -1;
    return fd >= 0 && is_later(source->st_mtim, program.st_mtim);
}

static const char *line_of(struct arena *arena, const char *text, size_t size, int number)
{
    const char *end = text + size, *newline;
    while (--number > 0 && (newline = memchr(text, '\n', (size_t)(end - text))) != NULL)
        text = newline + 1;
    if (number > 0 || text == end)
        return NULL;
    newline = memchr(text, '\n', (size_t)(end - text));
    size_t length = (size_t)((newline ? newline : end) - text);
    length = length < SOURCE_COLUMNS ? length : SOURCE_COLUMNS;
    while (length > 0 && strchr(" \t\r\f\v", text[length - 1]))
        length--;
    return length ? arena_bytes(arena, text, length) : NULL;
}

const char *source_line(struct arena *arena, int folder, const struct site *site)
{
    struct stat st;
    cleanup_fd int fd = site->file && site->line > 0 ? fs_open_below(folder, site->file, &st) : -1;
    if (fd < 0 || st.st_size == 0 || st.st_size > SUBMISSION_BYTES || is_stale(folder, site, &st))
        return NULL;
    size_t size = (size_t)st.st_size;
    char *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED)
        return NULL;
    const char *line = line_of(arena, text, size, site->line);
    munmap(text, size);
    return line;
}

void source_show(struct arena *arena, const char *folder, struct finding *findings, int count)
{
    cleanup_fd int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        die_errno("%s", folder);
    for (int i = 0; i < count; i++)
        for (int k = 0; k < findings[i].site_count; k++)
            findings[i].sites[k].source = source_line(arena, fd, &findings[i].sites[k]);
}
