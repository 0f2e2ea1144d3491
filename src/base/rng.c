#include "base/rng.h"

#include <unistd.h>

#include "base/clock.h"

static uint64_t
rotated(uint64_t x, int n)
{
	return (x << n) | (x >> (64 - n));
}

void
fs_rng_seed(struct fs_rng *rng, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {		/* splitmix64 */
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		rng->s[i] = z ^ (z >> 31);
	}
}

void
fs_rng_seed_system(struct fs_rng *rng)
{
	uint64_t seed;

	if (getentropy(&seed, sizeof(seed)) == -1)
		seed = (uint64_t)fs_clock_wall() ^ (uint64_t)getpid() << 48;
	fs_rng_seed(rng, seed);
}

uint64_t
fs_rng_next(struct fs_rng *rng)
{
	uint64_t	*s = rng->s;
	uint64_t	 result = rotated(s[1] * 5, 7) * 9;
	uint64_t	 t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotated(s[3], 45);
	return result;
}

uint64_t
fs_rng_below(struct fs_rng *rng, uint64_t n)
{
	uint64_t least = (0 - n) % n;	/* 2^64 mod n: what would be too much */
	uint64_t x;

	do {
		x = fs_rng_next(rng);
	} while (x < least);
	return x % n;
}

int64_t
fs_rng_range(struct fs_rng *rng, int64_t min, int64_t max)
{
	uint64_t n = (uint64_t)max - (uint64_t)min + 1;
	uint64_t x = n == 0 ? fs_rng_next(rng) : fs_rng_below(rng, n);

	return (int64_t)((uint64_t)min + x);
}

double
fs_rng_unit(struct fs_rng *rng)
{
	return (double)(fs_rng_next(rng) >> 11) * 0x1.0p-53;
}

size_t
fs_rng_weighted(struct fs_rng *rng, const unsigned *weights, size_t n)
{
	uint64_t	sum = 0, x;
	size_t		i;

	for (i = 0; i < n; i++)
		sum += weights[i];
	if (sum == 0)
		return 0;
	x = fs_rng_below(rng, sum);
	for (i = 0; x >= weights[i]; i++)
		x -= weights[i];
	return i;
}
