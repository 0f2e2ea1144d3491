/*
 * One tick of made-up streaming values: entities at random, all their
 * streaming features, one round trip. For one thread.
 */
#ifndef FS_WORK_TICK_H
#define FS_WORK_TICK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "store/store.h"

struct fs_tick;

struct fs_ticked {
	uint64_t	entities;	/* written */
	uint64_t	fields;
};

/* rng and the store outlive it. */
struct fs_tick *fs_tick_new(struct fs_store *st, struct fs_rng *rng);
void fs_tick_free(struct fs_tick *tick);	/* NULL is a no-op */

/*
 * Write so many entities, or as many as there are. False and the first error
 * when not all of it succeeded; what did is counted in *out.
 */
bool fs_tick_run(struct fs_tick *tick, size_t entities, struct fs_ticked *out,
    struct fs_err *err);

#endif
