/*
 * root.c - what a box sees of the file system: a list of operations, and the few that carry them
 * out.
 *
 * The root is a tmpfs with folders, links and small files of our own, on which pieces of the host's
 * /usr are mounted read-only, and fresh instances of what belongs to the new namespaces: /proc,
 * /dev/pts, /dev/mqueue, /dev/shm. Then pivot_root, and the host's tree is gone. Nothing else of
 * the host is there: no /home, no /etc but a few public files, no repository.
 *
 * Bind mounts are made as detached trees (open_tree), restricted (mount_setattr), and only then
 * attached: at no time is a writable or set-uid mount reachable by path.
 */
#include "box/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/die.h"

#define WRAPPERS "opt/compilers" /* first in box_environment's PATH */

enum action {
    FOLDER,  /* an empty folder */
    LINK,    /* a symbolic link to `source` */
    TEXT,    /* a file holding `source` */
    BIND,    /* the host's `source`, read-only; not there: left out */
    DEVICE,  /* the host's device node `source` */
    MOUNT,   /* a new file system of type `source` with `options` */
    WRAPPER, /* a script that calls the compiler `source` with the box's flags in front */
};

struct operation {
    enum action action;
    const char
        *path; /* below the new root, no slash in front; its parent is made by an earlier one */
    const char *source;
    const char *options; /* "key=value,flag"; $W work folder's MiB, $S student's id in this mount */
};

enum { MAX_OPERATIONS = 96 };

/* ---- the lists ------------------------------------------------------------------------------- */

static const struct operation every_box[] = {
    {FOLDER, "usr", NULL, NULL},
    {BIND, "usr/bin", "/usr/bin", NULL},
    {BIND, "usr/lib", "/usr/lib", NULL},
    {BIND, "usr/lib64", "/usr/lib64", NULL},
    {FOLDER, "etc", NULL, NULL},
    {TEXT, "etc/passwd",
     "root:x:0:0:root:/:/usr/sbin/nologin\n"
     "student:x:1000:1000:Student:" BOX_WORK ":/bin/sh\n"
     "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
     NULL},
    {TEXT, "etc/group", "root:x:0:\nstudent:x:1000:\nnogroup:x:65534:\n", NULL},
    {TEXT, "etc/hosts", "127.0.0.1 localhost box\n", NULL},
    {BIND, "etc/ld.so.cache", "/etc/ld.so.cache", NULL},
    {BIND, "etc/alternatives", "/etc/alternatives", NULL},
    {FOLDER, "dev", NULL, NULL},
    {DEVICE, "dev/null", "/dev/null", NULL},
    {DEVICE, "dev/zero", "/dev/zero", NULL},
    {DEVICE, "dev/full", "/dev/full", NULL},
    {DEVICE, "dev/urandom", "/dev/urandom", NULL},
    {DEVICE, "dev/tty", "/dev/tty", NULL},
    {LINK, "dev/random", "urandom", NULL},
    {LINK, "dev/fd", "/proc/self/fd", NULL},
    {LINK, "dev/stdin", "/proc/self/fd/0", NULL},
    {LINK, "dev/stdout", "/proc/self/fd/1", NULL},
    {LINK, "dev/stderr", "/proc/self/fd/2", NULL},
    {LINK, "dev/ptmx", "pts/ptmx", NULL},
    {MOUNT, "dev/pts", "devpts", "max=256,mode=0620,ptmxmode=0666"},
    {MOUNT, "dev/shm", "tmpfs", "size=16m,nr_inodes=1024,mode=1777"},
    {MOUNT, "dev/mqueue", "mqueue", ""},
    {MOUNT, "proc", "proc", "hidepid=2"},
    {MOUNT, "tmp", "tmpfs", "size=$Wm,nr_inodes=8192,mode=1777"},
    {FOLDER, "home", NULL, NULL},
    {MOUNT, "home/student", "tmpfs", "size=$Wm,nr_inodes=16384,mode=0755,uid=$S,gid=$S"},
};

/* Only where the probe takes part: elsewhere nothing inside tells of the harness. */
static const struct operation probed_box[] = {
    {FOLDER, "run", NULL, NULL},
    {MOUNT, "run/ipcgrade", "tmpfs", "size=600m,nr_inodes=16,mode=0755,?huge=always"},
};

static const struct operation build_box[] = {
    {BIND, "usr/include", "/usr/include", NULL},
    {BIND, "usr/libexec", "/usr/libexec", NULL},
    {FOLDER, "opt", NULL, NULL},
    {FOLDER, WRAPPERS, NULL, NULL},
};

static const struct operation debug_box[] = {
    {FOLDER, "usr/share", NULL, NULL},
    {BIND, "usr/share/gdb", "/usr/share/gdb", NULL},
    {FOLDER, "run", NULL, NULL},
    {MOUNT, "run/sources", "tmpfs", "size=$Wm,nr_inodes=16384,mode=0700"},
};

static const char *const compilers[] = {"gcc",   "cc",      "g++", "c++",
                                        "clang", "clang++", "c99", "c89"};
static const char *const merged[] = {"bin", "sbin", "lib", "lib64"};

/* One list a kind of box, put together once. */
static struct list {
    struct operation operations[MAX_OPERATIONS];
    int count;
} lists[BOX_KINDS];

static char *join(const char *a, const char *b)
{
    char *s;
    if (asprintf(&s, "%s%s", a, b) < 0)
        die_errno("memory");
    return s;
}

static void add(struct list *list, struct operation operation)
{
    if (list->count == MAX_OPERATIONS)
        die("sandbox", "more than %d operations for its root", MAX_OPERATIONS);
    list->operations[list->count++] = operation;
}

/* /bin and its like: links into /usr on most hosts, folders of their own on old ones. */
static void add_top(struct list *list, const char *name)
{
    char target[PATH_MAX];
    char *path = join("/", name);
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n > 0) {
        target[n] = '\0';
        add(list, (struct operation){LINK, name, join(target, ""), NULL});
        free(path);
    } else {
        add(list, (struct operation){BIND, name, path, NULL});
    }
}

static void add_compilers(struct list *list)
{
    for (size_t i = 0; i < sizeof compilers / sizeof *compilers; i++) {
        char *real = join("/usr/bin/", compilers[i]);
        if (access(real, X_OK) == 0)
            add(list, (struct operation){WRAPPER, join(WRAPPERS "/", compilers[i]), real, NULL});
        else
            free(real);
    }
}

static void add_all(struct list *list, const struct operation *operations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(list, operations[i]);
}

void root_plan(enum box_kind kind)
{
    struct list *list = &lists[kind];
    if (list->count)
        return;
    add_all(list, every_box, sizeof every_box / sizeof *every_box);
    for (size_t i = 0; i < sizeof merged / sizeof *merged; i++)
        add_top(list, merged[i]);
    if (kind == BOX_DEBUG)
        add_all(list, debug_box, sizeof debug_box / sizeof *debug_box);
    if (kind == BOX_BUILD) {
        add_all(list, build_box, sizeof build_box / sizeof *build_box);
        add_compilers(list);
    }
}

/* ---- carrying them out ----------------------------------------------------------------------- */

struct root {
    int fd; /* the new root */
    const struct box_spec *spec;
    const struct box_ids *ids;
};

static void attach(const struct root *root, int tree, const char *path)
{
    if (move_mount(tree, "", root->fd, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        host_forbids(path, errno);
}

static void make_folder(const struct root *root, const char *path)
{
    if (mkdirat(root->fd, path, 0755) < 0 && errno != EEXIST)
        die_errno("folder /%s of the sandbox", path);
}

static void make_file(const struct root *root, const char *path, mode_t mode, const char *text)
{
    cleanup_fd int fd = openat(root->fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
    size_t n = strlen(text);
    if (fd < 0 || write(fd, text, n) != (ssize_t)n)
        die_errno("file /%s of the sandbox", path);
}

/* A folder or a file of the host with these restrictions, not attached anywhere yet. -1: not there.
 */
static int detached(const char *source, unsigned long restrictions)
{
    int tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (tree < 0 && errno == ENOENT)
        return -1;
    struct mount_attr attributes = {.attr_set = restrictions};
    if (tree < 0 ||
        mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) < 0)
        host_forbids(source, errno);
    return tree;
}

/* What is bound, from before the root is built; by place in the list, -1: not there on this host. */
static int gathered[MAX_OPERATIONS];

/* Needs no id yet: done while the starter writes the id maps. */
void root_gather(enum box_kind kind)
{
    const struct list *list = &lists[kind];
    for (int i = 0; i < list->count; i++) {
        const struct operation *o = &list->operations[i];
        gathered[i] = -1;
        if (o->action == BIND)
            gathered[i] =
                detached(o->source, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
        else if (o->action == DEVICE)
            gathered[i] = detached(o->source, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    }
}

static void bind_gathered(const struct root *root, const struct operation *o, int tree)
{
    struct stat st;
    if (tree < 0)
        return;
    if (fstat(tree, &st) == 0 && S_ISDIR(st.st_mode))
        make_folder(root, o->path);
    else
        make_file(root, o->path, 0444, "");
    attach(root, tree, o->path);
    close(tree);
}

/* "$W" and "$S" in an option's value. */
static void expand(const struct root *root, const char *value, char *out, size_t size)
{
    size_t n = 0;
    for (; *value && n + 16 < size; value++)
        if (value[0] == '$' && value[1] == 'W')
            n += (size_t)snprintf(out + n, size - n, "%u", root->spec->limits.file_mb), value++;
        else if (value[0] == '$' && value[1] == 'S')
            n += (size_t)snprintf(out + n, size - n, "%d", root->ids->shared ? 0 : BOX_STUDENT),
                value++;
        else
            out[n++] = *value;
    out[n] = '\0';
}

/* A new file system, not attached anywhere yet. An option with a '?' in front is for speed only: a kernel that
 * does not know it is none the worse. */
static int new_mount(const struct root *root, const char *type, const char *options,
                     unsigned attributes)
{
    char settings[256];
    expand(root, options, settings, sizeof settings);
    cleanup_fd int fs = fsopen(type, FSOPEN_CLOEXEC);
    bool ok = fs >= 0;
    for (char *rest = settings, *option; ok && (option = strsep(&rest, ",")) != NULL;) {
        char *value = strchr(option, '=');
        bool optional = option[0] == '?';
        if (!value)
            continue;
        *value++ = '\0';
        ok = fsconfig(fs, FSCONFIG_SET_STRING, option + optional, value, 0) == 0 || optional;
    }
    ok = ok && fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0;
    int tree = ok ? fsmount(fs, FSMOUNT_CLOEXEC, attributes) : -1;
    if (tree < 0) {
        int error = errno;
        snprintf(settings, sizeof settings, "mounting a new %s", type);
        host_forbids(settings, error);
    }
    return tree;
}

static void mount_new(const struct root *root, const struct operation *o)
{
    bool programs = strcmp(o->path, "home/student") == 0 || strcmp(o->path, "tmp") == 0 ||
                    strcmp(o->path, "run/ipcgrade") == 0;
    bool devices = strcmp(o->source, "devpts") == 0;
    unsigned attributes =
        MOUNT_ATTR_NOSUID | (programs ? 0 : MOUNT_ATTR_NOEXEC) | (devices ? 0 : MOUNT_ATTR_NODEV);
    make_folder(root, o->path);
    cleanup_fd int tree = new_mount(root, o->source, o->options, attributes);
    attach(root, tree, o->path);
}

static void wrap_compiler(const struct root *root, const struct operation *o)
{
    const char *flags = root->spec->wrapper_flags ? root->spec->wrapper_flags : "";
    char *script;
    const char *last = root->spec->wrapper_last ? root->spec->wrapper_last : "";
    if (asprintf(&script, "#!/bin/sh\nexec %s %s \"$@\" %s\n", o->source, flags, last) < 0)
        die_errno("memory");
    make_file(root, o->path, 0755, script);
    free(script);
}

static void carry_out(const struct root *root, const struct operation *o, int tree)
{
    switch (o->action) {
    case FOLDER:
        make_folder(root, o->path);
        break;
    case LINK:
        if (symlinkat(o->source, root->fd, o->path) < 0)
            die_errno("link /%s of the sandbox", o->path);
        break;
    case TEXT:
        make_file(root, o->path, 0644, o->source);
        break;
    case BIND:
    case DEVICE:
        bind_gathered(root, o, tree);
        break;
    case MOUNT:
        mount_new(root, o);
        break;
    case WRAPPER:
        wrap_compiler(root, o);
        break;
    }
}

/* An empty folder over `hide`, should one of the mounts show it. */
static void mask(const struct root *root)
{
    const char *hide = root->spec->hide;
    struct stat st;
    if (!hide || hide[0] != '/' || hide[1] == '\0' || fstatat(root->fd, hide + 1, &st, 0) < 0)
        return;
    cleanup_fd int empty = new_mount(root, "tmpfs", "size=4k,nr_inodes=1,mode=0555",
                                     MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID);
    attach(root, empty, hide + 1);
}

/* The new root becomes "/", and the host's is unmounted. */
static void pivot(const struct root *root)
{
    if (fchdir(root->fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
        umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        host_forbids("leaving the host's root", errno);
}

void root_enter(const struct box_spec *spec, const struct box_ids *ids)
{
    const struct list *list = &lists[spec->kind];
    struct root root = {.spec = spec, .ids = ids};
    umask(0);
    cleanup_fd int fd = new_mount(&root, "tmpfs", "size=4m,nr_inodes=256,mode=0755",
                                  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    root.fd = fd;
    if (move_mount(fd, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) < 0)
        host_forbids("mounting a root", errno);
    for (int i = 0; i < list->count; i++)
        carry_out(&root, &list->operations[i], gathered[i]);
    for (size_t i = 0; spec->probe && i < sizeof probed_box / sizeof *probed_box; i++)
        carry_out(&root, &probed_box[i], -1); /* binds nothing */
    mask(&root);
    pivot(&root);
    if (chdir(BOX_WORK) < 0)
        die_errno(BOX_WORK);
    umask(022);
}

/* Read-only from here: the sysctls of the namespaces (with a shared id, a student's process would
 * be their owner) and the root itself. */
void root_seal(void)
{
    struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
    cleanup_fd int sys = detached("/proc/sys", MOUNT_ATTR_RDONLY);
    if (sys < 0 || move_mount(sys, "", AT_FDCWD, "/proc/sys", MOVE_MOUNT_F_EMPTY_PATH) < 0)
        host_forbids("making /proc/sys read-only", errno);
    if (mount_setattr(AT_FDCWD, "/", 0, &read_only, sizeof read_only) < 0)
        host_forbids("making the root read-only", errno);
}
