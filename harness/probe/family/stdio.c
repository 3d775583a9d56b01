/*
 * stdio.c - what stdio does to descriptors: printf to a pipe, fgets from a FIFO.
 *
 * glibc's stdio reads and writes by functions of its own that no interposer sees, but each FILE
 * reaches them by a table. We replace the table's entries for read, write and close by ours (it is
 * read-only after start-up, in pages of its own: made writable for a moment, in this process only).
 * So every function of stdio is covered, those that do not exist yet included, at the moment that
 * it really does something: buffering is as it always was.
 */
#include "../fd.h"
#include "../misuse.h"
#include "../names.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#define FAMILY_NAME "stdio"

CALL(stdio_read, FAMILY_NAME, "fd bytes");
CALL(stdio_write, FAMILY_NAME, "fd bytes");
CALL(stdio_close, FAMILY_NAME, "fd");

static void loaded(void);
FAMILY(stdio, .loaded = loaded);

/* glibc 2.x: the table stands behind struct _IO_FILE; entries 14 read, 15 write, 17 close, 18 stat. */
enum { READ = 14, WRITE = 15, CLOSE = 17, STAT = 18, ENTRIES = 21 };
typedef long transfer_fn(FILE *, void *, long);
typedef int close_fn(FILE *);
static transfer_fn *real_write;

/* Of a process with threads, another one may want the stream whose lock we hold here, and would
 * sleep outside of the turns: so this is no point, unless it must wait. Its buffer is nobody's. */
static bool lock_turn(void)
{
    bool before = self.steady;
    self.steady = before || turn_has_siblings();
    return before;
}

static long stdio_read(FILE *f, void *to, long n)
{
    if (!probe_on())
        return probe_result(sys(SYS_read, f->_fileno, to, n));
    bool before = lock_turn();
    long r = io_read(&call_stdio_read, student_caller(), f->_fileno, to, (size_t)n);
    self.steady = before;
    return probe_result(r);
}

/* The original keeps the file's offset; it only lacks the point and the waiting. */
static long stdio_write(FILE *f, void *from, long n)
{
    long done = 0;

    if (!probe_on())
        return real_write(f, from, n);
    bool before = lock_turn();
    while (done < n) {
        long r = io_write(&call_stdio_write, student_caller(), f->_fileno, (char *)from + done,
                          (size_t)(n - done));
        if (r < 0) {
            f->_flags |= 0x20; /* _IO_ERR_SEEN */
            probe_result(r);
            break;
        }
        done += r;
    }
    self.steady = before;
    if (done > 0)
        buffer_written(f, from, f->_fileno);
    if (f->_offset >= 0)
        f->_offset += done;
    return done;
}

static int stdio_close(FILE *f)
{
    if (!probe_on())
        return (int)probe_result(sys(SYS_close, f->_fileno));
    bool before = lock_turn();
    long r = io_close(&call_stdio_close, student_caller(), f->_fileno);
    self.steady = before;
    return (int)probe_result(r);
}

/* How fseek finds the end: whoever waits for a file to grow sees by it what was written. */
static int stdio_stat(FILE *f, void *to)
{
    if (probe_on())
        file_seen(f->_fileno);
    return (int)probe_result(sys(SYS_fstat, f->_fileno, to));
}

/* Of a stream that has printed or read wide characters; it differs in how it buffers. Its place is known
 * from glibc's sources only, so what stands there must look like it. */
enum { WIDE_TABLE = 0xe0 /* in struct _IO_wide_data */ };

static void **wide_table(const FILE *stream, void **table)
{
    if (!stream->_wide_data)
        return NULL;
    void **wide = *(void ***)((char *)stream->_wide_data + WIDE_TABLE);
    ptrdiff_t apart = (char *)wide - (char *)table;
    if (apart % (ptrdiff_t)sizeof *wide || apart < -8192 || apart > 8192)
        return NULL;
    return wide[READ] == table[READ] && wide[WRITE] == table[WRITE] ? wide : NULL;
}

static void replace(void **table)
{
    uintptr_t from = (uintptr_t)table & ~4095ul;
    uintptr_t to = ((uintptr_t)(table + ENTRIES) + 4095) & ~4095ul;

    if (sys(SYS_mprotect, from, to - from, PROT_READ | PROT_WRITE) < 0)
        return;
    real_write = (transfer_fn *)table[WRITE];
    table[READ] = (void *)stdio_read;
    table[WRITE] = (void *)stdio_write;
    table[CLOSE] = (void *)stdio_close;
    table[STAT] = (void *)stdio_stat;
    sys(SYS_mprotect, from, to - from, PROT_READ);
}

static void loaded(void)
{
    FILE **out = real_function("stdout");
    if (!out || !*out)
        return;
    void **table = *(void ***)(*out + 1), **wide = wide_table(*out, table);
    if (wide && wide != table)
        replace(wide);
    replace(table);
}

/* ---- opening a FIFO: a rendezvous, so not by stdio's own open --------------------------------------- */

static int flags_of(const char *mode)
{
    bool both = false, exec = false;
    for (const char *m = mode; *m && *m != ','; m++) {
        both = both || *m == '+';
        exec = exec || *m == 'e';
    }
    int flags = both ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
    return flags | (exec ? O_CLOEXEC : 0) | (*mode == 'a' ? O_APPEND : 0);
}

static FILE *open_fifo(const void *site, const char *path, const char *mode)
{
    int fd = io_open(site, path, flags_of(mode), 0);
    return fd < 0 ? NULL : REAL(fdopen)(fd, mode);
}

/* Of a plain file: as open, with the flags that the mode stands for. */
typedef FILE *open_fn(const char *restrict, const char *restrict);
static FILE *open_path(open_fn *real, const void *site, const char *path, const char *mode)
{
    struct opening o;

    if (!probe_on())
        return real(path, mode);
    if (fifo_look(path))
        return open_fifo(site, path, mode);
    int made = *mode == 'w' ? O_CREAT | O_TRUNC : *mode == 'a' ? O_CREAT : 0;
    opening_begin(&o, site, path, flags_of(mode) | made);
    FILE *file = real(path, mode);
    opening_end(&o, file ? file->_fileno : -*real_errno());
    return file;
}

EXPORT FILE *fopen(const char *restrict path, const char *restrict mode)
{
    return open_path(REAL(fopen), CALLER, path, mode);
}

EXPORT FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    return open_path(REAL(fopen64), CALLER, path, mode);
}

/* What the shell's `exec <fifo` is in C: opened apart, then put in the place of what never waits. */
EXPORT FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict stream)
{
    if (!probe_on() || !path || !fifo_look(path))
        return REAL(freopen)(path, mode, stream);
    int fd = io_open(CALLER, path, flags_of(mode), 0);
    if (fd < 0)
        return NULL;
    FILE *file = REAL(freopen)("/dev/null", mode, stream);
    if (file)
        sys(SYS_dup3, fd, file->_fileno, flags_of(mode) & O_CLOEXEC);
    sys(SYS_close, fd);
    return file;
}
