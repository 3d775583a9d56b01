/*
 * told.h - calls and accesses that the probe saw, as a person reads them.
 */
#ifndef IPCGRADE_TOLD_H
#define IPCGRADE_TOLD_H

#include "base/arena.h"
#include "model.h"
#include "probe/host/supervise.h"

/* "semop(set 2, semaphore 1, -1)", "writes 4 bytes at offset 8". No key from ftok and no address is told:
 * they differ from box to box, and the same schedule must read the same. */
const char *call_told(struct arena *arena, const struct world_result *result, uint32_t call,
                      uint32_t object, const int64_t args[PROBE_ARGS]);
/* Which object of its kind has that System V id, by the order in which they were met, from 1: the ids themselves
 * differ from schedule to schedule. An id of none stays as it is. */
int64_t id_number(const struct world_result *result, const char *kind, int64_t id);
/* "mutex 1", "POSIX semaphore /full": without what differs from box to box. */
const char *object_told(struct arena *arena, const struct world_result *result, uint32_t object);
/* "a shared memory segment, key 0x4d2", "an anonymous mapping made at bank.c:12": `made` is where. */
const char *memory_told(struct arena *arena, const struct probe_object *object,
                        const struct site *made);
/* "0", "-1 EAGAIN"; "" where a result would say nothing. */
const char *result_told(struct arena *arena, const struct world_result *result, uint32_t call,
                        int64_t value);

#endif
