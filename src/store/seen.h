/*
 * Which keys have been met, within a bound of memory beyond which the oldest
 * are forgotten: a fingerprint of 64 bits for each, so that two of ten million
 * are taken for one with a chance of one in 370,000. (pure)
 */
#ifndef FS_STORE_SEEN_H
#define FS_STORE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct fs_seen {
	uint64_t	*slots;		/* the newest; 0 is free */
	size_t		 size;		/* a power of two, or 0 */
	size_t		 count;
	uint64_t	*before;	/* those before them; or NULL */
	size_t		 nbefore;
	uint64_t	 added;		/* ever */
	size_t		 max_bytes;	/* never more than that */
	uint64_t	 seed;
};

/* seed: anything; so that nobody can prepare keys that collide. */
void fs_seen_init(struct fs_seen *seen, size_t max_bytes, uint64_t seed);
void fs_seen_free(struct fs_seen *seen);

/* True when the key is new as far as is known; it is remembered now. */
bool fs_seen_add(struct fs_seen *seen, struct fs_bytes key);
bool fs_seen_has(const struct fs_seen *seen, struct fs_bytes key);
/* What is known there is known here too, within no bound. */
void fs_seen_add_all(struct fs_seen *seen, const struct fs_seen *from);

/* Whether all that came since so many had been added are still known. */
bool fs_seen_since(const struct fs_seen *seen, uint64_t added);

/* The fingerprint of a key, never 0. */
uint64_t fs_seen_hash(uint64_t seed, struct fs_bytes key);

#endif
