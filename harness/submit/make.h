/*
 * make.h - what build.c asks of the guest that runs make inside a box, and what it gets back.
 */
#ifndef IPCGRADE_MAKE_H
#define IPCGRADE_MAKE_H

#include "base/arena.h"
#include "box/box.h"

struct make_job {
    struct arena *arena; /* shared with the box: the guest's answers come back in it */
    const struct box_spec *spec;
    const char *const *programs; /* wanted; NULL-terminated */
    bool own_makefile;

    /* Descriptors of folders, opened outside: paths of the host mean nothing in the box. */
    int staged;  /* the submission's files */
    int starter; /* holds the assignment's Makefile */
    int out;     /* receives the programs */
    int probe;   /* the probe's library, to be linked with; -1: not on this lens */

    /* The answers. */
    char *log;
    size_t log_length;
    size_t log_printed; /* of which log_length were kept */
    const char
        *stopped; /* why the build was ended early: "used more than 60 s of CPU time"; or NULL */
    int status;   /* wait status of make */
    const char *missing; /* a program that make did not make, and `why_missing` */
    const char *why_missing;
    char fault[1024];
};

/* The guest: a box_guest. */
int make_in_box(void *job);

#endif
