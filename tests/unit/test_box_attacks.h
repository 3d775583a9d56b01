/*
 * test_box_attacks.h - compiles box_attacks.c in a box, and runs what came out in others.
 */
#ifndef IPCGRADE_TEST_BOX_ATTACKS_H
#define IPCGRADE_TEST_BOX_ATTACKS_H

#include "test_box_rig.h"

enum { PROGRAM_BYTES = 256 << 10 };

static char attacks_source[1 << 16];
static size_t attacks_source_bytes;
static char *attacks; /* the program */
static size_t attacks_bytes;

/* While the source can be read: an ordinary user may not. */
static void read_attacks(void)
{
    int fd = open("tests/unit/box_attacks.c", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, attacks_source, sizeof attacks_source);
    if (n <= 0)
        die_errno("tests/unit/box_attacks.c");
    attacks_source_bytes = (size_t)n;
    close(fd);
}

static int compiling_guest(void *arg)
{
    const struct box_spec *spec = arg;
    const char *const argv[] = {"gcc", "-std=gnu11", "-D_GNU_SOURCE", "-w",
                                "-o",  "attacks",    "a.c",           NULL};
    struct box_command command = {.argv = argv, .in = -1, .out = -1, .err = -1};
    struct box_child child;
    int status = -1, fd = open("a.c", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, attacks_source, attacks_source_bytes) != (ssize_t)attacks_source_bytes)
        die_errno("a.c");
    close(fd);
    if (!box_spawn(spec, &command, &child) || waitpid(child.pid, &status, 0) < 0 || status != 0)
        die("compiling the attacks", "status %d", status);
    fd = open("attacks", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, attacks, PROGRAM_BYTES);
    if (n <= 0)
        die_errno("attacks");
    return 0;
}

/* Group set-up. */
static int compile_attacks(void **state)
{
    (void)state;
    rig_arena = arena_new((size_t)1 << 28);
    attacks = arena_alloc(rig_arena, PROGRAM_BYTES);
    attacks_bytes = PROGRAM_BYTES;
    char *fault = arena_alloc(rig_arena, 512);
    struct box_spec spec = rig_spec(BOX_BUILD);
    struct box box = box_start(&spec, compiling_guest, &spec, fault, 512);
    if (box_wait(&box, true) == 0)
        return 0;
    print_error("%s\n", fault);
    return 1;
}

static struct seen *attack(const char *name, struct box_spec spec, unsigned patience_ms)
{
    const char *const argv[] = {"./program", name, NULL};
    return rig_run((struct seen){.spec = &spec,
                                 .argv = argv,
                                 .program = attacks,
                                 .program_bytes = attacks_bytes,
                                 .patience_ms = patience_ms});
}

#endif
