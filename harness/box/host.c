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
enum { HIGH_ID = 0x7ff00000 };

/* Whether two neighbouring high ids exist in this user namespace; else the last two that do, if it
 * has a range worth the name (a container often has 65536). */
static bool two_free_ids(const char *map, unsigned *first)
{
    FILE *f = fopen(map, "re");
    if (!f)
        return false;
    unsigned inner, outer, count;
    bool found = false;
    while (fscanf(f, "%u %u %u", &inner, &outer, &count) == 3) {
        if (count < 1000)
            continue;
        bool has_high = inner <= HIGH_ID && HIGH_ID - inner < count - 1;
        *first = has_high ? HIGH_ID : inner + count - 5; /* keeps clear of 65534, which is nobody */
        found = true;
    }
    fclose(f);
    return found;
}

struct box_ids host_ids(void)
{
    struct box_ids ids = {.shared = true, .driver = geteuid(), .driver_group = getegid()};
    unsigned uid, gid;
    if (geteuid() == 0 && two_free_ids("/proc/self/uid_map", &uid) &&
        two_free_ids("/proc/self/gid_map", &gid))
        return (struct box_ids){
            .driver = uid, .student = uid + 1, .driver_group = gid, .student_group = gid + 1};
    ids.student = ids.driver;
    ids.student_group = ids.driver_group;
    return ids;
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
