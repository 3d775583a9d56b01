/*
 * buffers.c - what fork copies of stdio: a buffer with bytes that are not written yet, which then may be written
 * twice.
 *
 * Nothing is wrong as long as one of the processes throws its copy away (_exit, exec). Only when a second one has
 * written the same bytes to the same file, they are there twice; that is told, with the fork.
 */
#include "../misuse.h"

#include <stdio.h>
#include <sys/stat.h>

/* In the region: the bytes that a buffer held at a fork. */
struct pending {
    uint32_t fork_site, bytes;
    uint32_t writer; /* the first, or PROBE_NOBODY */
    uint32_t unused;
    uint64_t device, inode; /* where it wrote them */
};

/* Of this process, and inherited by its children. */
static struct mark {
    const FILE *stream;
    const char *from; /* where the buffer began */
    struct pending *pending;
} marks[16];
enum { MARKS = sizeof marks / sizeof *marks };

static struct mark *mark_of(const FILE *stream)
{
    for (unsigned i = 0; i < MARKS; i++)
        if (marks[i].stream == stream)
            return &marks[i];
    return NULL;
}

static void copied(const FILE *f, uint32_t site)
{
    struct mark *m = mark_of(f);

    if (m && m->from == f->_IO_write_base)
        return; /* the same bytes, inherited once more */
    if (!m)
        m = mark_of(NULL);
    if (!m)
        return;
    *m = (struct mark){f, f->_IO_write_base, heap_get(sizeof *m->pending)};
    *m->pending = (struct pending){.fork_site = site,
                                   .bytes = (uint32_t)(f->_IO_write_ptr - f->_IO_write_base),
                                   .writer = PROBE_NOBODY};
}

void buffers_copied(uint32_t site)
{
    FILE **all = real_function("_IO_list_all");

    for (const FILE *f = all ? *all : NULL; f; f = f->_chain)
        if (f->_IO_write_ptr > f->_IO_write_base)
            copied(f, site);
}

static void tell(const struct pending *p)
{
    struct probe_access first = {p->writer, p->fork_site, PROBE_WRITE, p->bytes};
    struct probe_access second = {me()->process, 0, PROBE_WRITE, p->bytes};
    misuse_tell("duplicated-output", &first, &second, 0);
}

void buffer_written(const void *stream, const void *from, int fd)
{
    struct mark *m = mark_of(stream);
    struct stat st = {0};

    if (!m)
        return;
    struct pending *p = m->pending;
    bool same = m->from == from && sys(SYS_fstat, fd, &st) == 0;
    *m = (struct mark){0};
    if (!same)
        return;
    if (p->writer == PROBE_NOBODY) {
        p->writer = me()->process;
        p->device = st.st_dev;
        p->inode = st.st_ino;
    } else if (p->writer != me()->process && p->device == st.st_dev && p->inode == st.st_ino) {
        tell(p);
    }
}
