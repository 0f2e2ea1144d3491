/*
 * Seeded numbers that are the same on every machine. (pure)
 * The generator is xoshiro256** seeded by splitmix64 (Blackman and Vigna).
 */
#ifndef FS_BASE_RNG_H
#define FS_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct fs_rng {
	uint64_t	s[4];
};

void	 fs_rng_seed(struct fs_rng *rng, uint64_t seed);
/* Seed from the system (getentropy); not for anything secret. */
void	 fs_rng_seed_system(struct fs_rng *rng);
uint64_t fs_rng_next(struct fs_rng *rng);
/* Uniform in [0, n), n > 0, without modulo bias; and in [min, max]. */
uint64_t fs_rng_below(struct fs_rng *rng, uint64_t n);
int64_t	 fs_rng_range(struct fs_rng *rng, int64_t min, int64_t max);
/* Uniform in [0, 1), 53 bits. */
double	 fs_rng_unit(struct fs_rng *rng);
/* An index with probability weights[i] / their sum, which is not 0. */
size_t	 fs_rng_weighted(struct fs_rng *rng, const unsigned *weights,
    size_t n);

#endif
