#include "base/hist.h"

#include <stddef.h>

/*
 * Values below 32 have a bucket each; above, every power of two has 32 of
 * equal width, so that half a bucket is 1/64 of the value.
 */
#define SUB_BITS	5
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

/* The middle of a bucket. */
static uint64_t
value_of(size_t bucket)
{
	unsigned shift;
	uint64_t low;

	if (bucket < 2 * SUB)
		return bucket;
	shift = (unsigned)(bucket / SUB) - 1;
	low = (uint64_t)(bucket % SUB + SUB) << shift;
	return low + (UINT64_C(1) << shift) / 2;
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
	uint64_t	seen = 0, value;

	if (!(q > 0) || hist->count == 0)
		return hist->min;
	if (q >= 1)
		return hist->max;
	for (size_t i = 0; i < FS_HIST_BUCKETS; i++) {
		seen += hist->bucket[i];
		if ((double)seen < wanted)
			continue;
		value = value_of(i);
		if (value < hist->min)
			return hist->min;
		return value > hist->max ? hist->max : value;
	}
	return hist->max;
}
