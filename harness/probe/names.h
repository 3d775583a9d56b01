/* names.h - the clocks of names in the file system: family/names.c. */
#ifndef IPCGRADE_NAMES_H
#define IPCGRADE_NAMES_H

#include "probe.h"

/* I have made, replaced or removed what this path names. */
void name_changed(const char *path);
/* I have seen that it is there, or that it is not. */
void name_seen(const char *path);

/* The same of a System V key or id, which is a name, too: ("shmget", key), ("semid", semid). */
void key_changed(const char *what, uint64_t number);
void key_seen(const char *what, uint64_t number);
/* A System V object has been removed. */
void key_removed(const char *what, uint64_t id);
/* After a get by a key: `made` it, found it, or did not. */
void key_got(const char *what, int key, long r, bool made);

/* family/ftok.c: `key of ftok(".", 'B')`, if a program has made it so; or NULL. */
const char *key_origin(int key);

/* The opening of a plain file, by whatever call: a point if it may make the file, or found none. */
struct opening {
    struct point point;
    const char *path;
    const void *site;
    int flags;
    bool existed;
};
void opening_begin(struct opening *o, const void *site, const char *path, int flags);
/* `fd`: or -errno. Sets errno. */
void opening_end(struct opening *o, long fd);

#endif
