/*
 * Which keys have been met, within a bound of memory: a fingerprint of 64 bits
 * for each, so that two of ten million are taken for one with a chance of one
 * in 370,000. (pure)
 */
#ifndef FS_STORE_SEEN_H
#define FS_STORE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct fs_seen {
	uint64_t	*slots;		/* 0 is free */
	size_t		 size;		/* a power of two, or 0 */
	size_t		 count;
	size_t		 max_bytes;	/* never more than that */
	uint64_t	 seed;
	bool		 full;		/* some could not be remembered */
};

/* seed: anything; so that nobody can prepare keys that collide. */
void fs_seen_init(struct fs_seen *seen, size_t max_bytes, uint64_t seed);
void fs_seen_free(struct fs_seen *seen);

/* True when the key is new as far as is known; it is remembered if it fits. */
bool fs_seen_add(struct fs_seen *seen, struct fs_bytes key);
bool fs_seen_has(const struct fs_seen *seen, struct fs_bytes key);

/* The fingerprint of a key, never 0. */
uint64_t fs_seen_hash(uint64_t seed, struct fs_bytes key);

#endif
