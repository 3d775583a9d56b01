/*
 * census.c - what ipcs shows, and what it does not: see census.h.
 *
 * System V objects stand in /proc/sysvipc, one a line, under a line of column names. POSIX objects
 * are files: /dev/shm/NAME is a segment, /dev/shm/sem.NAME a semaphore, /dev/mqueue/NAME a queue.
 * The work folder is walked without following a link, and no file is ever read: whatever a student
 * left there (a million files, a FIFO nobody writes to, names with newlines) costs a bounded amount
 * of time.
 */
#include "judge/census.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"

enum {
    OBJECTS_A_KIND = 4096,
    MOST_ENTRIES = 16384, /* looked at, of all folders together */
    DEEPEST_FOLDER = 32,
    DOOMED = 01000 /* SHM_DEST, among the mode bits that the kernel shows */
};

const char *const object_kind_names[] = {
    [OBJECT_SYSV_SHM] = "System V shared memory segment",
    [OBJECT_SYSV_QUEUE] = "System V message queue",
    [OBJECT_SYSV_SEMAPHORE] = "System V semaphore set",
    [OBJECT_POSIX_SHM] = "POSIX shared memory object",
    [OBJECT_POSIX_QUEUE] = "POSIX message queue",
    [OBJECT_POSIX_SEMAPHORE] = "POSIX named semaphore",
    [OBJECT_FIFO] = "FIFO",
    [OBJECT_FILE] = "file",
};
static_assert(sizeof object_kind_names / sizeof *object_kind_names == OBJECT_KINDS,
              "a name a kind");

const char *const object_kind_rules[] = {
    [OBJECT_SYSV_SHM] = "leak-sysv-shm",
    [OBJECT_SYSV_QUEUE] = "leak-sysv-queue",
    [OBJECT_SYSV_SEMAPHORE] = "leak-sysv-semaphore",
    [OBJECT_POSIX_SHM] = "leak-posix-shm",
    [OBJECT_POSIX_QUEUE] = "leak-posix-queue",
    [OBJECT_POSIX_SEMAPHORE] = "leak-posix-semaphore",
    [OBJECT_FIFO] = "leak-fifo",
    [OBJECT_FILE] = "leak-file",
};
static_assert(sizeof object_kind_rules / sizeof *object_kind_rules == OBJECT_KINDS,
              "a rule a kind");

struct taking { /* a census in the making */
    struct arena *arena;
    struct census census;
    int of_kind[OBJECT_KINDS];
    int entries;
};

/* The name must live as long as the arena; none is the empty one. */
static void add(struct taking *taking, struct object object)
{
    if (taking->of_kind[object.kind]++ >= OBJECTS_A_KIND)
        return;
    struct census *c = &taking->census;
    c->objects = arena_grow(taking->arena, c->objects, c->count, sizeof *c->objects);
    object.creator = "?";
    object.name = object.name ? object.name : "";
    c->objects[c->count++] = object;
}

/* ---- System V ------------------------------------------------------------------------------- */

/* One line of each table as an object. False: not a line of that table (its column names). Keys are
 * printed signed, ids and modes as ipcs shows them. */

static bool parse_segment(const char *line, struct object *o)
{
    int key;
    long cpid, lpid, uid, gid, cuid, cgid, attached_at, detached_at;
    if (sscanf(line, "%d %ld %o %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld", &key, &o->id,
               &o->mode, &o->size, &cpid, &lpid, &o->attached, &uid, &gid, &cuid, &cgid,
               &attached_at, &detached_at, &o->created) != 14)
        return false;
    o->kind = OBJECT_SYSV_SHM;
    o->key = (unsigned)key;
    o->creator_pid = cpid;
    o->maker_id = cuid;
    return true;
}

static bool parse_queue(const char *line, struct object *o)
{
    int key;
    long lspid, lrpid, uid, gid, cuid, cgid, sent_at, received_at;
    if (sscanf(line, "%d %ld %o %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld", &key, &o->id,
               &o->mode, &o->size, &o->messages, &lspid, &lrpid, &uid, &gid, &cuid, &cgid, &sent_at,
               &received_at, &o->created) != 14)
        return false;
    o->kind = OBJECT_SYSV_QUEUE;
    o->key = (unsigned)key;
    o->maker_id = cuid;
    return true;
}

static bool parse_semaphores(const char *line, struct object *o)
{
    int key;
    long uid, gid, cuid, cgid, used_at;
    if (sscanf(line, "%d %ld %o %ld %ld %ld %ld %ld %ld %ld", &key, &o->id, &o->mode, &o->size,
               &uid, &gid, &cuid, &cgid, &used_at, &o->created) != 10)
        return false;
    o->kind = OBJECT_SYSV_SEMAPHORE;
    o->key = (unsigned)key;
    o->maker_id = cuid;
    return true;
}

/* Whether the kernel has any: the question costs a tenth of reading the table. */
static bool any_segment(void)
{
    struct shm_info now = {0};
    return shmctl(0, SHM_INFO, (struct shmid_ds *)&now) < 0 || now.used_ids;
}

static bool any_queue(void)
{
    struct msginfo now = {0};
    return msgctl(0, MSG_INFO, (struct msqid_ds *)&now) < 0 || now.msgpool;
}

static bool any_semaphores(void)
{
    struct seminfo now = {0};
    union {
        struct seminfo *info;
    } room = {&now};
    return semctl(0, 0, SEM_INFO, room) < 0 || now.semusz;
}

static void take_table(struct taking *taking, const char *path,
                       bool (*parse)(const char *line, struct object *object))
{
    FILE *table = fopen(path, "re");
    if (!table)
        die_errno("census: %s", path);
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, table) >= 0) {
        struct object object = {0};
        if (parse(line, &object))
            add(taking, object);
    }
    if (ferror(table))
        die_errno("census: %s", path);
    free(line);
    fclose(table);
}

/* ---- folders -------------------------------------------------------------------------------- */

/* The next entry of a folder but "." and "..", with its status; NULL: no more, or enough. */
static const char *next_entry(struct taking *taking, DIR *folder, struct stat *status)
{
    struct dirent *entry;
    while (taking->entries < MOST_ENTRIES && (entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        taking->entries++;
        if (fstatat(dirfd(folder), entry->d_name, status, AT_SYMLINK_NOFOLLOW) == 0)
            return entry->d_name; /* else it is gone since */
    }
    return NULL;
}

/* ---- POSIX ---------------------------------------------------------------------------------- */

static struct object described(const struct stat *status)
{
    return (struct object){.mode = status->st_mode & 07777,
                           .size = S_ISREG(status->st_mode) ? status->st_size : 0,
                           .created = status->st_ctime,
                           .maker_id = status->st_uid,
                           .inode = status->st_ino};
}

static void take_shm_entry(struct taking *taking, const char *name, const struct stat *status)
{
    static const char semaphore[] = "sem.";
    struct object o = described(status);
    if (!S_ISREG(status->st_mode)) { /* put there by hand: no POSIX call makes it */
        o.kind = S_ISFIFO(status->st_mode) ? OBJECT_FIFO : OBJECT_FILE;
        o.name = arena_printf(taking->arena, "/dev/shm/%s", name);
    } else if (strncmp(name, semaphore, sizeof semaphore - 1) == 0) {
        o.kind = OBJECT_POSIX_SEMAPHORE;
        o.name = arena_printf(taking->arena, "/%s", name + sizeof semaphore - 1);
    } else {
        o.kind = OBJECT_POSIX_SHM;
        o.name = arena_printf(taking->arena, "/%s", name);
    }
    add(taking, o);
}

/* Bytes and messages waiting; the file of a queue begins with "QSIZE:<bytes>", mq_getattr counts
 * the messages. A queue that we may not open is listed with -1 messages: unknown. */
static void look_into_queue(int folder, const char *name, struct object *o)
{
    int queue = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    struct mq_attr attributes;
    char says[128];
    o->size = 0;
    o->messages = -1;
    if (queue < 0)
        return;
    if (mq_getattr(queue, &attributes) == 0)
        o->messages = attributes.mq_curmsgs;
    ssize_t n = pread(queue, says, sizeof says - 1, 0);
    if (n > 0) {
        says[n] = '\0';
        sscanf(says, "QSIZE:%ld", &o->size);
    }
    close(queue);
}

static void take_shm(struct taking *taking)
{
    struct stat status;
    const char *name;
    DIR *folder = opendir("/dev/shm");
    if (!folder)
        return; /* a host without it: then nobody can have made anything there */
    while ((name = next_entry(taking, folder, &status)))
        take_shm_entry(taking, name, &status);
    closedir(folder);
}

static void take_queues(struct taking *taking)
{
    struct stat status;
    const char *name;
    DIR *folder = opendir("/dev/mqueue");
    if (!folder)
        return;
    while ((name = next_entry(taking, folder, &status))) {
        struct object o = described(&status);
        o.kind = OBJECT_POSIX_QUEUE;
        o.name = arena_printf(taking->arena, "/%s", name);
        look_into_queue(dirfd(folder), name, &o);
        add(taking, o);
    }
    closedir(folder);
}

/* ---- the work folder ------------------------------------------------------------------------ */

/* `shown` is what stands before the names within: "" or "folder/". */
static void take_folder(struct taking *taking, int parent, const char *name, const char *shown,
                        int depth)
{
    if (depth > DEEPEST_FOLDER)
        return;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && depth == 0)
        die_errno("census: %s", name);
    if (fd < 0)
        return; /* closed to us: the folder itself is listed */
    DIR *folder = fdopendir(fd);
    if (!folder)
        die_errno("census: %s", shown);
    struct stat status;
    const char *entry;
    while ((entry = next_entry(taking, folder, &status))) {
        bool is_folder = S_ISDIR(status.st_mode);
        struct object o = described(&status);
        o.kind = S_ISFIFO(status.st_mode) ? OBJECT_FIFO : OBJECT_FILE;
        o.name = arena_printf(taking->arena, "%s%s%s", shown, entry, is_folder ? "/" : "");
        add(taking, o);
        if (is_folder)
            take_folder(taking, fd, entry, o.name, depth + 1);
    }
    closedir(folder);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int by_kind_id_name(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return strcmp(x->name, y->name);
}

struct census census_take(struct arena *arena, const char *work)
{
    struct taking taking = {.arena = arena};
    if (any_segment())
        take_table(&taking, "/proc/sysvipc/shm", parse_segment);
    if (any_queue())
        take_table(&taking, "/proc/sysvipc/msg", parse_queue);
    if (any_semaphores())
        take_table(&taking, "/proc/sysvipc/sem", parse_semaphores);
    take_shm(&taking);
    take_queues(&taking);
    take_folder(&taking, AT_FDCWD, work, "", 0);
    if (taking.census.count)
        qsort(taking.census.objects, (size_t)taking.census.count, sizeof *taking.census.objects,
              by_kind_id_name);
    return taking.census;
}

struct census census_new(struct arena *arena, struct census before, struct census after)
{
    struct census fresh = {0};
    for (int b = 0, a = 0; a < after.count; a++) {
        const struct object *o = &after.objects[a];
        while (b < before.count && by_kind_id_name(&before.objects[b], o) < 0)
            b++;
        bool same = b < before.count && by_kind_id_name(&before.objects[b], o) == 0 &&
                    before.objects[b].inode == o->inode;
        if (same || census_is_doomed(o))
            continue;
        fresh.objects = arena_grow(arena, fresh.objects, fresh.count, sizeof *fresh.objects);
        fresh.objects[fresh.count++] = *o;
    }
    return fresh;
}

bool census_is_doomed(const struct object *object)
{
    return object->kind == OBJECT_SYSV_SHM && object->mode & DOOMED;
}
