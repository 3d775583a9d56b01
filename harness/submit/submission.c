/*
 * submission.c - intake (see submission.h).
 *
 * The folder is hostile: it is walked by descriptors, links are never followed, nothing but a
 * regular file is ever opened, and what counts against the bounds is what was really read, not what
 * stat(2) promised.
 */
#include "submit/submission.h"

#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/die.h"
#include "base/fs.h"

enum { MAX_NOTICES = 50 };

struct intake {
    struct arena *arena;
    struct submission *submission;
    struct sha256_ctx hash;
    off_t bytes;
    bool source; /* a source file was among them */
    int dropped; /* notices wanted, beyond MAX_NOTICES too */
    const char **notices;
    const char *why; /* why it cannot be taken */
};

struct place {        /* one entry of the folder that is being walked */
    int from, to;     /* the original's folder and the copy's */
    const char *name; /* in them */
    const char *path; /* below the submission's folder */
    int depth;
};

/* ---- what is no part of a submission --------------------------------------------------------- */

static const char *const source_endings[] = {".c", ".cc", ".cpp", ".cxx", ".c++", NULL};
static const char *const built_endings[] = {".o", ".obj", ".a", ".so", ".gch", NULL};
static const char *const skipped_folders[] = {".git",   ".hg",   ".svn",       ".idea", ".vscode",
                                              ".cache", "build", "CMakeFiles", NULL};

static bool ends_with_one_of(const char *name, const char *const *endings)
{
    const char *dot = strrchr(name, '.');
    for (; dot && *endings; endings++)
        if (strcasecmp(dot, *endings) == 0)
            return true;
    return false;
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Objects, libraries, executables and precompiled headers, by their first bytes. */
static bool looks_built(const struct place *at)
{
    static const struct {
        const char *bytes;
        ssize_t length;
    } magic[] = {
        {"\177ELF", 4}, {"!<arch>\n", 8}, {"!<thin>\n", 8}, {"gpch", 4}, {"BC\xC0\xDE", 4},
    };
    struct stat st;
    char head[8];
    cleanup_fd int fd = fs_open_regular(at->from, at->name, &st);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);
    for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
        if (n >= magic[i].length && memcmp(head, magic[i].bytes, (size_t)magic[i].length) == 0)
            return true;
    return false;
}

static const char *kind_of(mode_t mode)
{
    return S_ISLNK(mode)    ? "a symbolic link"
           : S_ISFIFO(mode) ? "a FIFO"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* ---- notices and refusals -------------------------------------------------------------------- */

static void drop(struct intake *in, const char *path, const char *because)
{
    if (in->dropped++ >= MAX_NOTICES)
        return;
    int n = in->dropped - 1;
    in->notices = arena_grow(in->arena, in->notices, n, sizeof *in->notices);
    in->notices[n] = arena_printf(in->arena, "dropped %s: %s", path, because);
}

static bool refuse(struct intake *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct intake *in, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    in->why = arena_vprintf(in->arena, format, args);
    va_end(args);
    return false;
}

static bool refuse_errno(struct intake *in, const char *path)
{
    return refuse(in, "%s: %s", path, strerror(errno));
}

static bool refuse_size(struct intake *in)
{
    return refuse(in, "more than %d MiB; hand in sources only", (int)(SUBMISSION_BYTES >> 20));
}

/* ---- taking ---------------------------------------------------------------------------------- */

static void list_file(struct intake *in, const char *path, off_t size)
{
    struct submission *s = in->submission;
    s->files = arena_grow(in->arena, s->files, s->file_count, sizeof *s->files);
    s->files[s->file_count++] = (struct submitted_file){.path = path, .size = size};
    in->bytes += size;
    if (ends_with_one_of(path, source_endings))
        in->source = true;
}

/* Names end in a NUL and sizes have a fixed width, so that no two submissions hash the same text.
 */
static void hash_name(struct intake *in, const char *path, off_t size)
{
    uint8_t width[8];
    for (int i = 0; i < 8; i++)
        width[i] = (uint8_t)((uint64_t)size >> (8 * i));
    sha256_update(&in->hash, strlen(path) + 1, (const uint8_t *)path);
    sha256_update(&in->hash, sizeof width, width);
}

static bool store(struct intake *in, const struct place *at, const char *bytes, size_t n)
{
    cleanup_fd int to = openat(at->to, at->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (to < 0 || !fs_write_all(to, bytes, n))
        die_errno("copying the submission");
    hash_name(in, at->path, (off_t)n);
    sha256_update(&in->hash, n, (const uint8_t *)bytes);
    list_file(in, at->path, (off_t)n);
    return true;
}

static bool take_file(struct intake *in, const struct place *at)
{
    if (looks_built(at) || ends_with_one_of(at->name, built_endings)) {
        drop(in, at->path, "objects, libraries and executables are built here");
        return true;
    }
    if (strpbrk(at->name, " \t\n") && ends_with_one_of(at->name, source_endings)) {
        in->source = true; /* the build fails, the student is told both */
        drop(in, at->path, "make cannot build a source whose name has a blank; rename it");
        return true;
    }
    off_t room = SUBMISSION_BYTES - in->bytes;
    size_t length = 0;
    const char *bytes = fs_read(in->arena, at->from, at->name, (size_t)room, &length);
    if (!bytes)
        return errno == EFBIG ? refuse_size(in) : refuse_errno(in, at->path);
    if (in->submission->file_count == SUBMISSION_FILES)
        return refuse(in, "more than %d files", SUBMISSION_FILES);
    return store(in, at, bytes, length);
}

static bool take_entries(struct intake *in, int from, int to, const char *path, int depth);

static bool take_folder(struct intake *in, const struct place *at)
{
    if (is_one_of(at->name, skipped_folders)) {
        drop(in, at->path, "not part of the sources");
        return true;
    }
    if (at->depth == SUBMISSION_DEPTH)
        return refuse(in, "%s: folders more than %d deep", at->path, SUBMISSION_DEPTH);
    cleanup_fd int from =
        openat(at->from, at->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0)
        return refuse_errno(in, at->path);
    if (mkdirat(at->to, at->name, 0755) != 0)
        die_errno("copying the submission");
    cleanup_fd int to = openat(at->to, at->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (to < 0)
        die_errno("copying the submission");
    return take_entries(in, from, to, at->path, at->depth + 1);
}

static bool take_entry(struct intake *in, const struct place *at)
{
    struct stat st;
    if (fstatat(at->from, at->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return refuse_errno(in, at->path);
    if (S_ISDIR(st.st_mode))
        return take_folder(in, at);
    if (S_ISREG(st.st_mode))
        return take_file(in, at);
    drop(in, at->path, arena_printf(in->arena, "%s is not taken", kind_of(st.st_mode)));
    return true;
}

static bool take_entries(struct intake *in, int from, int to, const char *path, int depth)
{
    int count;
    /* Folders and what is dropped count too, or a folder of a million links would be walked. */
    char **names = fs_entries(in->arena, from, 4 * SUBMISSION_FILES, &count);
    if (!names && errno == E2BIG)
        return refuse(in, "more than %d files", SUBMISSION_FILES);
    if (!names)
        return refuse_errno(in, *path ? path : ".");
    for (int i = 0; i < count; i++) {
        struct place at = {from, to, names[i], fs_join(in->arena, path, names[i]), depth};
        if (!take_entry(in, &at))
            return false;
    }
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static const char *shown_name(struct arena *arena, const char *folder)
{
    const char *name = fs_last_part(arena, folder);
    if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, "/") != 0)
        return name;
    char *real = realpath(folder, NULL);
    if (real)
        name = fs_last_part(arena, real);
    free(real);
    return name;
}

static int make_staging(struct arena *arena, const char *scratch, const char **staged)
{
    char *path = fs_join(arena, scratch, "submission.XXXXXX");
    if (!mkdtemp(path) || chmod(path, 0755) != 0) /* private by the scratch folder around it */
        die_errno("%s", path);
    *staged = path;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        die_errno("%s", path);
    return fd;
}

static void finish(struct intake *in)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&in->hash, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        in->submission->hash[2 * i] = digits[digest[i] >> 4];
        in->submission->hash[2 * i + 1] = digits[digest[i] & 15];
    }
    int beyond = in->dropped - MAX_NOTICES;
    if (beyond > 0)
        in->notices[MAX_NOTICES - 1] = arena_printf(in->arena, "dropped %d more", beyond + 1);
    in->submission->notices = in->notices;
    in->submission->notice_count = beyond > 0 ? MAX_NOTICES : in->dropped;
}

bool submission_take(struct arena *arena, const char *folder, const char *scratch,
                     struct submission *submission, const char **why)
{
    *submission = (struct submission){.folder = folder, .name = shown_name(arena, folder)};
    struct intake in = {.arena = arena, .submission = submission};
    sha256_init(&in.hash);
    cleanup_fd int from = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0) {
        *why = errno == ENOENT    ? "no such folder"
               : errno == ENOTDIR ? "not a folder"
                                  : arena_strdup(arena, strerror(errno));
        return false;
    }
    cleanup_fd int to = make_staging(arena, scratch, &submission->staged);
    if (take_entries(&in, from, to, "", 0) && !in.source)
        refuse(&in, "no source file (.c, .cc, .cpp, .cxx) in it");
    finish(&in);
    *why = in.why;
    return !in.why;
}
