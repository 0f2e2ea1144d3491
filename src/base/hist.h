/*
 * Percentiles of latencies in a fixed size. (pure)
 * Log-linear buckets, 64 to the power of two, and evenly between their ends:
 * an error below 1.6 %, mostly much less. Values from 0 to 2^41 - 1; what is
 * above counts as that, but for the maximum.
 */
#ifndef FS_BASE_HIST_H
#define FS_BASE_HIST_H

#include <stdint.h>

#define FS_HIST_BUCKETS	(64 * 36)

struct fs_hist {
	uint64_t	count;
	uint64_t	min, max, sum;
	uint32_t	bucket[FS_HIST_BUCKETS];
};

/* Zeroed memory is an empty histogram. */
void	 fs_hist_add(struct fs_hist *hist, uint64_t value);
/* The value at q in [0, 1] (exact at 0 and 1); 0 when empty. */
uint64_t fs_hist_at(const struct fs_hist *hist, double q);

#endif
