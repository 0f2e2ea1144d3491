#include "base/hist.h"

#include <math.h>
#include <stddef.h>

/*
 * Values below 64 have a bucket each; above, every power of two has 64 of
 * equal width, so that a bucket is 1/64 of the value.
 */
#define SUB_BITS	6
#define SUB		(1U << SUB_BITS)
#define LARGEST		((UINT64_C(1) << 41) - 1)	/* of the last bucket */

static unsigned
exponent(uint64_t value)
{
	return 63 - (unsigned)__builtin_clzll(value);
}

static size_t
bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < SUB)
		return value;
	if (value > LARGEST)
		value = LARGEST;
	shift = exponent(value) - SUB_BITS;
	return (size_t)shift * SUB + (value >> shift);
}

/* The first value of a bucket, and of the one behind the last. */
static uint64_t
start_of(size_t bucket)
{
	if (bucket < 2 * SUB)
		return bucket;
	return (uint64_t)(bucket % SUB + SUB) << (bucket / SUB - 1);
}

/* The value at this rank (from 1) of the bucket: as if they lay evenly between
 * its ends, or those of all. */
static uint64_t
value_at(const struct fs_hist *hist, size_t bucket, double rank)
{
	uint64_t	low = start_of(bucket), high = start_of(bucket + 1) - 1;
	double		share;

	if (low < hist->min)
		low = hist->min;
	if (high > hist->max)
		high = hist->max;
	if (high <= low)
		return low < hist->max ? low : hist->max;
	share = (ceil(rank) - 0.5) / (double)hist->bucket[bucket];
	return low + (uint64_t)((double)(high - low) * share + 0.5);
}

void
fs_hist_add(struct fs_hist *hist, uint64_t value)
{
	size_t i = bucket_of(value);

	if (hist->count == 0 || value < hist->min)
		hist->min = value;
	if (value > hist->max)
		hist->max = value;
	hist->count++;
	hist->sum += value;
	if (hist->bucket[i] != UINT32_MAX)
		hist->bucket[i]++;
}

uint64_t
fs_hist_at(const struct fs_hist *hist, double q)
{
	double		wanted = q * (double)hist->count;
	uint64_t	seen = 0;

	if (!(q > 0) || hist->count == 0)
		return hist->min;
	if (q >= 1)
		return hist->max;
	for (size_t i = 0; i < FS_HIST_BUCKETS; i++) {
		if ((double)(seen + hist->bucket[i]) >= wanted)
			return value_at(hist, i, wanted - (double)seen);
		seen += hist->bucket[i];
	}
	return hist->max;
}
