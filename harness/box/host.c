/*
 * host.c - what the host allows: the ids a box may use, and a clear word where it forbids one.
 */
#include "box/inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/die.h"

/* Below 2^31 (some programs take ids for signed), outside of what login managers, container
 * managers and subordinate id ranges hand out. */
static const struct id_range unused = {0x7ff00000, 0xe0000};

/* The ids for boxes among those that this user namespace has: the unused ones, or else the third
 * quarter of a range worth the name, which keeps clear of accounts at its beginning and of 65534,
 * nobody. */
static struct id_range free_ids(const char *map)
{
    struct id_range found = {0, 0};
    FILE *f = fopen(map, "re");
    unsigned inner, outer, count;
    while (f && fscanf(f, "%u %u %u", &inner, &outer, &count) == 3)
        if (inner <= unused.first && unused.first + unused.count - inner <= count)
            found = unused;
        else if (count >= 4096 && found.count == 0)
            found = (struct id_range){inner + count / 2, count / 4};
    if (f)
        fclose(f);
    return found;
}

/* Two of a range, hardly ever the same for two boxes at once. */
static struct id_range two_of(struct id_range ids)
{
    static unsigned boxes;
    unsigned pair = ((unsigned)getpid() * 61 + boxes++) % (ids.count / 2);
    return (struct id_range){ids.first + 2 * pair, 2};
}

struct box_ids host_ids(void)
{
    struct id_range uids = free_ids("/proc/self/uid_map"), gids = free_ids("/proc/self/gid_map");
    if (geteuid() != 0 || !uids.count || !gids.count)
        return (struct box_ids){.shared = true, .uids = {geteuid(), 1}, .gids = {getegid(), 1}};
    return (struct box_ids){.uids = two_of(uids), .gids = two_of(gids)};
}

static bool sysctl_is(const char *path, char value)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    int c = fgetc(f), next = fgetc(f);
    fclose(f);
    return c == value && (next == '\n' || next == EOF);
}

/* Sysctls with which distributions forbid user namespaces, or make them useless. */
static const struct {
    const char *path, *name;
    char forbids, allows;
} switches[] = {
    {"/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", '0', '1'},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
     "kernel.apparmor_restrict_unprivileged_userns", '1', '0'},
};

void host_forbids(const char *doing, int error)
{
    if (sysctl_is("/proc/sys/user/max_user_namespaces", '0'))
        die("sandbox", "this host forbids user namespaces (user.max_user_namespaces=0); "
                       "allow them with: sudo sysctl user.max_user_namespaces=15000");
    for (size_t i = 0; geteuid() != 0 && i < sizeof switches / sizeof *switches; i++)
        if (sysctl_is(switches[i].path, switches[i].forbids))
            die("sandbox",
                "this host forbids user namespaces to ordinary users (%s=%c); "
                "allow them with: sudo sysctl %s=%c",
                switches[i].name, switches[i].forbids, switches[i].name, switches[i].allows);
    if (error == ENOSPC || error == EUSERS)
        die("sandbox",
            "this host allows no further namespace (%s: %s); "
            "see the limits in /proc/sys/user, and raise them with: sudo sysctl",
            doing, strerror(error));
    die("sandbox",
        "%s: %s; in a container, allow it with: docker run --security-opt seccomp=unconfined "
        "--security-opt apparmor=unconfined --security-opt systempaths=unconfined",
        doing, strerror(error));
}
