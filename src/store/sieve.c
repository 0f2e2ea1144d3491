#include "store/sieve.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/seen.h"

#define SPARE	1000	/* and a quarter: ids before the largest are dropped */

struct place {
	uint64_t	hash;
	size_t		at;		/* among the ids */
};

void
fs_sieve_init(struct fs_sieve *sv, size_t keep, uint64_t seed)
{
	*sv = (struct fs_sieve){ .keep = keep, .seed = seed,
	    .below = UINT64_MAX };
}

void
fs_sieve_free(struct fs_sieve *sv)
{
	fs_list_free(&sv->ids);
	free(sv->hash);
	*sv = (struct fs_sieve){ 0 };
}

static int
by_hash(const void *a, const void *b)
{
	const struct place *left = a, *right = b;

	return (left->hash > right->hash) - (left->hash < right->hash);
}

/* Their places in the order of their hashes; free them. */
static struct place *
in_order(const struct fs_sieve *sv)
{
	struct place *order = fs_xcalloc(sv->ids.count, sizeof(*order));

	for (size_t i = 0; i < sv->ids.count; i++)
		order[i] = (struct place){ sv->hash[i], i };
	qsort(order, sv->ids.count, sizeof(*order), by_hash);
	return order;
}

/* Keep the smallest, each once. */
static void
cut(struct fs_sieve *sv)
{
	struct place	*order = in_order(sv);
	struct fs_list	 kept = { 0 };
	uint64_t	 last = 0;

	for (size_t i = 0; i < sv->ids.count; i++) {
		if (kept.count != 0 && order[i].hash == last)
			continue;
		if (kept.count == sv->keep) {
			sv->below = order[i].hash;
			sv->dropped = true;
			break;
		}
		last = order[i].hash;
		sv->hash[kept.count] = last;
		fs_list_add(&kept, fs_list_at(&sv->ids, order[i].at));
	}
	free(order);
	fs_list_free(&sv->ids);
	sv->ids = kept;
}

void
fs_sieve_add(struct fs_sieve *sv, struct fs_bytes id)
{
	uint64_t hash = fs_seen_hash(sv->seed, id);

	if (hash >= sv->below)
		return;
	if (sv->ids.count >= sv->keep + SPARE &&
	    sv->ids.count - sv->keep >= sv->keep / 4)
		cut(sv);
	if (hash >= sv->below)
		return;
	if (sv->ids.count == sv->size) {
		sv->size = sv->size * 2 + 64;
		sv->hash = fs_xreallocarray(sv->hash, sv->size,
		    sizeof(*sv->hash));
	}
	sv->hash[sv->ids.count] = hash;
	fs_list_add(&sv->ids, id);
}

bool
fs_sieve_end(struct fs_sieve *sv, struct fs_list *ids)
{
	bool all;

	cut(sv);
	all = !sv->dropped;
	fs_list_free(ids);
	*ids = sv->ids;
	sv->ids = (struct fs_list){ 0 };
	fs_sieve_free(sv);
	return all;
}
