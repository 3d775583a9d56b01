/*
 * fs.h - files and folders: small helpers that work by descriptor and never follow a link unasked.
 */
#ifndef IPCGRADE_FS_H
#define IPCGRADE_FS_H

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/arena.h"

/* ---- descriptors and streams that close themselves (errno is kept) --------------------------- */

static inline void fd_cleanup(const int *fd)
{
    int kept = errno;
    if (*fd >= 0)
        close(*fd);
    errno = kept;
}
#define cleanup_fd __attribute__((cleanup(fd_cleanup), unused))

static inline void file_cleanup(FILE **file)
{
    int kept = errno;
    if (*file)
        fclose(*file);
    errno = kept;
}
#define cleanup_file __attribute__((cleanup(file_cleanup), unused))

/* ---- paths ----------------------------------------------------------------------------------- */

/* "folder/name"; just `name` if `folder` is empty. */
char *fs_join(struct arena *arena, const char *folder, const char *name);
/* The last part of a path, trailing slashes aside: "ada" of "class/ada/". */
char *fs_last_part(struct arena *arena, const char *path);
/* What stands before the last part: "/a/b" of "/a/b/c"; "/" at the root; "." if there is no slash.
 */
char *fs_parent(struct arena *arena, const char *path);
bool fs_is_folder(const char *path);
/* Dies, and says whether there is nothing or something else. */
void fs_need_folder(const char *path);
bool fs_is_file(const char *path);
/* Both exist and `path` was modified after `other`. */
bool fs_newer(const char *path, const char *other);

/* ---- reading and writing --------------------------------------------------------------------- */

/* The names in a folder but "." and "..", sorted by bytes. NULL with errno on failure; E2BIG if
 * there are more than `most`. */
char **fs_entries(struct arena *arena, int folder, int most, int *count);

/* What can be read from it, `most` bytes at most, NUL-terminated. */
char *fs_text(struct arena *arena, int from, size_t most);

/* Opens a regular file for reading, whatever else the name may be: links are not followed (ELOOP),
 * FIFOs and devices not waited for and not touched (EINVAL). -1 with errno. */
int fs_open_regular(int folder, const char *name, struct stat *st);

/* The same for a path of several parts, none of which is a link, and which does not lead out of the folder. */
int fs_open_below(int folder, const char *path, struct stat *st);

/* At most `most` bytes of a regular file, NUL-terminated. NULL with errno; EFBIG if it is larger.
 */
char *fs_read(struct arena *arena, int folder, const char *name, size_t most, size_t *length);

bool fs_write_all(int fd, const void *bytes, size_t n);

/* Copies until the end of `from`. Bytes copied, or -1 with errno; EFBIG beyond `most`. */
off_t fs_copy(int from, int to, off_t most);

/* Removes a file or a folder with everything below it; nothing there is success. */
bool fs_remove_tree(const char *path);

#endif
