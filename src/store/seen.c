#include "store/seen.h"

#include <stdlib.h>

#include "base/mem.h"

#define FIRST_SIZE	1024

/* Odd numbers of which half the bits are set. */
#define MIX_A	UINT64_C(0x9e3779b97f4a7c15)
#define MIX_B	UINT64_C(0xd6e8feb86659fd93)

static uint64_t
mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 wide =
	    (unsigned __int128)a * (unsigned __int128)b;

	return (uint64_t)wide ^ (uint64_t)(wide >> 64);
}

static uint64_t
load(const char *data, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, data, len);
	return word;
}

/* Eight bytes a step, each folded in by a wide multiplication. */
uint64_t
fs_seen_hash(uint64_t seed, struct fs_bytes key)
{
	uint64_t	hash = mix(seed ^ MIX_A, key.len ^ MIX_B);
	size_t		at = 0;

	for (; key.len - at >= 8; at += 8)
		hash = mix(hash ^ load(key.data + at, 8) ^ MIX_A, MIX_B ^ seed);
	if (at != key.len)
		hash = mix(hash ^ load(key.data + at, key.len - at) ^ MIX_B,
		    MIX_A ^ seed);
	hash = mix(hash ^ seed, MIX_A);
	return hash != 0 ? hash : 1;
}

/* Where the fingerprint is, or the free slot where it belongs. */
static uint64_t *
find(const struct fs_seen *seen, uint64_t print)
{
	size_t at = print & (seen->size - 1);

	while (seen->slots[at] != 0 && seen->slots[at] != print)
		at = (at + 1) & (seen->size - 1);
	return &seen->slots[at];
}

/* Three quarters is as full as it gets. */
static bool
has_room(const struct fs_seen *seen)
{
	return seen->count < seen->size - seen->size / 4;
}

/* The old slots live beside the new ones while they move. */
static bool
grow(struct fs_seen *seen)
{
	uint64_t	*old = seen->slots;
	size_t		 old_size = seen->size;
	size_t		 size = old_size != 0 ? old_size * 2 : FIRST_SIZE;

	if ((size + old_size) * sizeof(*old) > seen->max_bytes)
		return false;
	seen->slots = fs_xcalloc(size, sizeof(*seen->slots));
	seen->size = size;
	for (size_t i = 0; i < old_size; i++) {
		if (old[i] != 0)
			*find(seen, old[i]) = old[i];
	}
	free(old);
	return true;
}

void
fs_seen_init(struct fs_seen *seen, size_t max_bytes, uint64_t seed)
{
	*seen = (struct fs_seen){ .max_bytes = max_bytes, .seed = seed };
}

void
fs_seen_free(struct fs_seen *seen)
{
	free(seen->slots);
	*seen = (struct fs_seen){ 0 };
}

bool
fs_seen_has(const struct fs_seen *seen, struct fs_bytes key)
{
	return seen->size != 0 &&
	    *find(seen, fs_seen_hash(seen->seed, key)) != 0;
}

bool
fs_seen_add(struct fs_seen *seen, struct fs_bytes key)
{
	uint64_t	 print = fs_seen_hash(seen->seed, key);
	uint64_t	*slot = NULL;

	if (seen->size != 0) {
		slot = find(seen, print);
		if (*slot != 0)
			return false;
	}
	if (!has_room(seen)) {
		if (seen->full || !grow(seen)) {
			seen->full = true;
			return true;
		}
		slot = find(seen, print);
	}
	*slot = print;
	seen->count++;
	return true;
}
