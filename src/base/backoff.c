#include "base/backoff.h"

int64_t
fs_backoff(struct fs_rng *rng, int64_t min, int64_t max, unsigned n)
{
	int64_t pause = min;

	for (unsigned i = 1; i < n && pause < max; i++)
		pause *= 2;
	if (pause > max)
		pause = max;
	return pause - fs_rng_range(rng, 0, pause / 2);
}
