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
find(uint64_t *slots, size_t size, uint64_t print)
{
	size_t at = print & (size - 1);

	while (slots[at] != 0 && slots[at] != print)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

/* Three quarters is as full as it gets. */
static bool
has_room(const struct fs_seen *seen)
{
	return seen->count < seen->size - seen->size / 4;
}

/* Half of what may be taken is for the ones before. While it moves, the old
 * slots live beside the new ones, and there are none before. */
static bool
grow(struct fs_seen *seen)
{
	uint64_t	*from = seen->slots;
	size_t		 size = seen->size != 0 ? seen->size * 2 : FIRST_SIZE;

	if (seen->before != NULL ||
	    size > seen->max_bytes / 2 / sizeof(*seen->slots))
		return false;
	seen->slots = fs_xcalloc(size, sizeof(*seen->slots));
	for (size_t i = 0; i < seen->size; i++) {
		if (from[i] != 0)
			*find(seen->slots, size, from[i]) = from[i];
	}
	free(from);
	seen->size = size;
	return true;
}

/* Those before are forgotten, in favour of the next. */
static void
turn_over(struct fs_seen *seen)
{
	free(seen->before);
	seen->before = seen->slots;
	seen->nbefore = seen->count;
	seen->slots = fs_xcalloc(seen->size, sizeof(*seen->slots));
	seen->count = 0;
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
	free(seen->before);
	*seen = (struct fs_seen){ 0 };
}

static bool
has(const struct fs_seen *seen, uint64_t print)
{
	return seen->size != 0 &&
	    (*find(seen->slots, seen->size, print) != 0 ||
	    (seen->before != NULL &&
	    *find(seen->before, seen->size, print) != 0));
}

bool
fs_seen_has(const struct fs_seen *seen, struct fs_bytes key)
{
	return has(seen, fs_seen_hash(seen->seed, key));
}

static bool
add(struct fs_seen *seen, uint64_t print)
{
	if (has(seen, print))
		return false;
	seen->added++;
	if (!has_room(seen) && !grow(seen)) {
		if (seen->size == 0)
			return true;
		turn_over(seen);
	}
	*find(seen->slots, seen->size, print) = print;
	seen->count++;
	return true;
}

bool
fs_seen_add(struct fs_seen *seen, struct fs_bytes key)
{
	return add(seen, fs_seen_hash(seen->seed, key));
}

static void
add_slots(struct fs_seen *seen, const uint64_t *slots, size_t size)
{
	for (size_t i = 0; slots != NULL && i < size; i++) {
		if (slots[i] != 0)
			add(seen, slots[i]);
	}
}

void
fs_seen_add_all(struct fs_seen *seen, const struct fs_seen *from)
{
	seen->max_bytes = SIZE_MAX;
	seen->seed = from->seed;
	add_slots(seen, from->before, from->size);
	add_slots(seen, from->slots, from->size);
}

bool
fs_seen_since(const struct fs_seen *seen, uint64_t added)
{
	return seen->added - added <= seen->count + seen->nbefore;
}
