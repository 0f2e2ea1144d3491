/* How long to wait before the next try. (pure) */
#ifndef FS_BASE_BACKOFF_H
#define FS_BASE_BACKOFF_H

#include <stdint.h>

#include "base/clock.h"
#include "base/rng.h"

/* Of connections. */
#define FS_RETRY_MIN	(100 * FS_MS)
#define FS_RETRY_MAX	(5 * FS_SEC)

/*
 * The pause after n failures in a row (1 is the first), in microseconds: min,
 * doubled with each up to max, and less up to half by chance, so that many
 * clients of one server do not come back together.
 */
int64_t fs_backoff(struct fs_rng *rng, int64_t min, int64_t max, unsigned n);

#endif
