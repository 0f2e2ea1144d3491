/*
 * Random entities without walking the store, and why they are uniform.
 *
 * SCAN can start anywhere: its cursor is a bucket of the hash table (with its
 * bits reversed). But the keys that a page from a random cursor gives are not
 * equally likely: a key behind a run of empty buckets is met from all of them.
 * So whatever decides about a key must be drawn before anything of the table
 * is seen:
 *
 * - Buckets. One is drawn of all 2^bits, each as likely, and SCAN with COUNT 1
 *   is asked from it. If the cursor that comes back is of the very next bucket,
 *   the keys are those of the drawn one; otherwise it was empty and SCAN went
 *   on to others, and they are thrown away. Each key lies in one bucket, so all
 *   keys are equally likely. How many bits there are is seen from the cursors
 *   that come back; a round that saw another number (the table was resized) is
 *   thrown away too. While a table is being resized SCAN gives a bucket of the
 *   smaller one with all that it becomes in the larger, so that it holds then.
 *
 * - Slots. In cluster mode each of the 16384 slots has a table of its own, of
 *   its own size, and many are small. But there the slot of a key can be
 *   computed, so the drawn thing is a slot, or a run of a fixed number of them:
 *   it is walked whole, and keys of other slots that SCAN went on to are thrown
 *   away. Beforehand a place is drawn among as many as a run holds at most, and
 *   the key that stands there is taken, if there is one: all keys are equally
 *   likely, also where hash tags put many into one slot.
 *
 * - Where the prefix is a small part of a large database (below 1 key in 64),
 *   pages of 1,000 from a random cursor are taken instead: the chance of a key
 *   varies then by about 1 / sqrt(1000), 3 %, with the gaps before it, which
 *   the server's secret hash seed decides and no property of an entity.
 *
 * - A small database, or one where all this would cost more than a scan of it,
 *   is scanned whole and drawn from: exact.
 *
 * Of a bucket each key is kept with a chance that is chosen beforehand, so that
 * neighbours seldom come together.
 */
#include "store/pick.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "redis/slot.h"
#include "store/key.h"
#include "store/scan.h"
#include "store/seen.h"

#define SPARE		8		/* more than wanted, for those that go */
#define AGE_MAX		(5 * FS_SEC)	/* what is older is drawn anew */
#define WHOLE_AGE_MAX	(30 * FS_SEC)	/* of a scan of the whole */
#define SMALL_DB	512		/* keys: one page */
#define SMALL_COUNT	1000
#define SAMPLE_MIN	4096		/* kept of a scan of the whole */
#define PROBES_MIN	16		/* enough to see the number of bits */
#define PROBES_MAX	2048
#define PAGE_PROBES	16
#define PAGE_COUNT	1000
#define RUN_KEYS	4		/* in a run of slots, in the mean */
#define PLACES		128		/* of so many in a run one is taken */
#define RARE		(1.0 / 64)
#define RARE_SURE	256		/* probes before it is believed */
#define PROBE_COST	4		/* of a SCAN, in keys walked over */
#define ROUNDS_MAX	200		/* then the whole is scanned */
#define UNKNOWN_DB	1e5		/* keys, when DBSIZE is not allowed */
#define BITS_UNKNOWN	48		/* surely more than a table has */

enum kind {
	KIND_DBSIZE,
	KIND_SMALL,		/* all of a small database */
	KIND_BUCKET,
	KIND_PAGE,
	KIND_SLOT,
	KIND_PTTL,
};

#define TAG(kind, i)	(FS_PICK_TAG | (uint64_t)(kind) << 40 | (i))
#define TAG_KIND(tag)	((enum kind)((tag) >> 40 & 0xff))
#define TAG_INDEX(tag)	((size_t)((tag) & UINT32_MAX))

/* A drawn bucket, page or run of slots. */
struct probe {
	size_t		node;
	uint64_t	start, end;	/* cursors; slots: the first, the last */
	size_t		count;		/* COUNT */
	size_t		first_key;	/* of its keys in the round's */
	size_t		nkeys;		/* that it met */
	size_t		place;		/* slots: of the next one to take */
	bool		failed;
};

struct candidate {
	struct fs_str	id;
	int64_t		dies_us;	/* its key goes then; FS_NEVER */
	int64_t		ready_us;	/* when that was known */
	bool		alive;
};

struct candidates {
	struct candidate *item;
	size_t		  count, size;
};

struct fs_picker {
	struct fs_store		*st;
	struct fs_rng		*rng;
	struct fs_batch		*batch;
	struct fs_cluster	*cluster;
	int64_t			 margin_ms;
	struct fs_str		 pattern;
	size_t			 want;

	/* What the database is like. */
	int64_t			*dbsizes;
	size_t			 nnodes;
	int64_t			 dbsize;	/* -1: not asked; INT64_MAX: large */
	enum kind		 kind;
	unsigned		 bits;		/* of a bucket's number */
	double			 yield;		/* keys kept of a probe */
	double			 share;		/* of keys met, to keep */
	double			 slots, slot_keys;	/* walked, and found */
	double			 density;	/* entities in a slot */
	double			 planned;	/* density of run and most */
	size_t			 run;		/* slots of a probe */
	size_t			 most;		/* places in a run */
	uint64_t		 probed;

	/* A flight: what was asked and has not been answered. */
	size_t			 in_flight;
	struct fs_err		 err;		/* the first in the flight */
	struct probe		*probes;
	size_t			 nprobes, probes_size;
	struct fs_list		 keys;		/* of the round's probes */
	struct candidates	 coming;	/* whose deadline is asked */

	/* What was met, and what is ready to be taken. */
	struct fs_list		 met;		/* ids */
	int64_t			 met_us;
	bool			 met_whole;	/* a sample of all: stays */
	bool			 met_all;	/* it is all there are */
	struct candidates	 ready;
	bool			 ready_all;	/* there are no others */
};

/*
 * Candidates
 */

static struct candidate *
add_candidate(struct candidates *set, struct fs_bytes id)
{
	struct candidate *item;

	if (set->count == set->size) {
		size_t size = set->size * 2 + 16;

		set->item = fs_xreallocarray(set->item, size,
		    sizeof(*set->item));
		memset(set->item + set->size, 0,
		    (size - set->size) * sizeof(*set->item));
		set->size = size;
	}
	item = &set->item[set->count++];
	fs_str_clear(&item->id);
	fs_str_add_bytes(&item->id, id);
	item->dies_us = FS_NEVER;
	item->ready_us = 0;
	item->alive = true;
	return item;
}

/* The last one takes its place; its memory stays for the next. */
static void
drop_candidate(struct candidates *set, size_t i)
{
	struct candidate gone = set->item[i];

	set->item[i] = set->item[--set->count];
	set->item[set->count] = gone;
}

static void
free_candidates(struct candidates *set)
{
	for (size_t i = 0; i < set->size; i++)
		fs_str_free(&set->item[i].id);
	free(set->item);
}

/* Whether its key goes too soon to be written to. */
static bool
is_dying(const struct fs_picker *pk, const struct candidate *item, int64_t now)
{
	return item->dies_us != FS_NEVER &&
	    item->dies_us - now <= pk->margin_ms * FS_MS;
}

static void
drop_bad(struct fs_picker *pk)
{
	int64_t now = fs_clock_mono();

	for (size_t i = pk->ready.count; i-- > 0; ) {
		const struct candidate *item = &pk->ready.item[i];

		if (is_dying(pk, item, now)) {
			drop_candidate(&pk->ready, i);
		} else if (now - item->ready_us > AGE_MAX) {
			drop_candidate(&pk->ready, i);
			pk->ready_all = false;
		}
	}
}

/*
 * Opening
 */

struct fs_picker *
fs_picker_open(struct fs_store *st, struct fs_rng *rng, int64_t margin_ms)
{
	struct fs_picker *pk = fs_xcalloc(1, sizeof(*pk));

	pk->st = st;
	pk->rng = rng;
	pk->batch = fs_store_batch(st);
	pk->cluster = fs_store_cluster(st);
	pk->margin_ms = margin_ms;
	pk->dbsize = -1;
	pk->share = 1;
	fs_key_pattern(&pk->pattern, fs_store_prefix(st), NULL);
	return pk;
}

void
fs_picker_close(struct fs_picker *pk)
{
	if (pk == NULL)
		return;
	free_candidates(&pk->ready);
	free_candidates(&pk->coming);
	fs_list_free(&pk->met);
	fs_list_free(&pk->keys);
	fs_str_free(&pk->pattern);
	free(pk->probes);
	free(pk->dbsizes);
	free(pk);
}

/*
 * Asking
 */

static void
ask_dbsize(struct fs_picker *pk)
{
	size_t n = fs_cluster_count(pk->cluster);

	if (n != pk->nnodes) {
		pk->dbsizes = fs_xreallocarray(pk->dbsizes, n,
		    sizeof(*pk->dbsizes));
		pk->nnodes = n;
	}
	for (size_t i = 0; i < n; i++) {
		pk->dbsizes[i] = -1;
		fs_batch_node(pk->batch, TAG(KIND_DBSIZE, i), i);
		fs_batch_cmd(pk->batch, FS_VERB_DBSIZE, 0);
		fs_batch_end(pk->batch);
		pk->in_flight++;
	}
}

static void
ask_scan(struct fs_picker *pk, uint64_t tag, size_t node, uint64_t cursor,
    size_t count)
{
	fs_batch_node(pk->batch, tag, node);
	fs_batch_cmd(pk->batch, FS_VERB_SCAN, 7);
	fs_batch_arg_u64(pk->batch, cursor);
	fs_batch_arg_text(pk->batch, "MATCH");
	fs_batch_arg(pk->batch, fs_str_bytes(&pk->pattern));
	fs_batch_arg_text(pk->batch, "COUNT");
	fs_batch_arg_u64(pk->batch, count);
	fs_batch_arg_text(pk->batch, "TYPE");
	fs_batch_arg_text(pk->batch, "hash");
	fs_batch_end(pk->batch);
	pk->in_flight++;
}

static struct probe *
new_probe(struct fs_picker *pk)
{
	if (pk->nprobes == pk->probes_size) {
		pk->probes_size = pk->probes_size * 2 + 32;
		pk->probes = fs_xreallocarray(pk->probes, pk->probes_size,
		    sizeof(*pk->probes));
	}
	pk->probes[pk->nprobes] = (struct probe){ 0 };
	return &pk->probes[pk->nprobes++];
}

static void
send_probe(struct fs_picker *pk, const struct probe *probe)
{
	ask_scan(pk, TAG(pk->kind, (uint64_t)(probe - pk->probes)),
	    probe->node, probe->start, probe->count);
}

static void
probe_small(struct fs_picker *pk)
{
	for (size_t i = 0; i < fs_cluster_count(pk->cluster); i++) {
		struct probe *probe = new_probe(pk);

		probe->node = i;
		probe->count = SMALL_COUNT;
		send_probe(pk, probe);
	}
}

/* How many probes give so many keys, with some to spare. */
static size_t
probes_for(const struct fs_picker *pk, size_t need, size_t min, size_t max)
{
	double n = 1.25 * (double)need / (pk->yield > 1e-9 ? pk->yield : 1e-9);

	if (n < (double)min)
		return min;
	return n < (double)max ? (size_t)n : max;
}

/* The slot that all entities are in, or -1: none, or there are no slots. */
static int
tagged_slot(const struct fs_picker *pk)
{
	struct fs_bytes prefix = fs_store_prefix(pk->st);

	if (!fs_store_caps(pk->st)->clustered || !fs_key_tagged(prefix))
		return -1;
	return (int)fs_slot_of(prefix);
}

static void
probe_table(struct fs_picker *pk, size_t n, size_t count)
{
	int		slot = tagged_slot(pk), node = 0;
	uint64_t	mask = (UINT64_C(1) << pk->bits) - 1;

	if (slot >= 0)
		node = fs_cluster_of_slot(pk->cluster, (unsigned)slot);
	for (size_t i = 0; i < n && node >= 0; i++) {
		struct probe	*probe = new_probe(pk);
		uint64_t	 bucket = fs_rng_next(pk->rng) & mask;

		probe->node = (size_t)node;
		probe->start = slot < 0 ? bucket :
		    bucket * FS_SLOTS | (uint64_t)slot;
		probe->count = count;
		send_probe(pk, probe);
	}
}

/*
 * The places of a run are parted evenly, and of each part one is drawn: this is
 * that of the part which place i begins.
 */
static size_t
draw_place(struct fs_picker *pk, size_t i)
{
	size_t part = pk->most <= PLACES ? pk->most : PLACES;

	return i + (size_t)fs_rng_below(pk->rng, part);
}

static void
probe_run(struct fs_picker *pk, size_t node, size_t first, size_t run)
{
	struct probe	*probe = new_probe(pk);
	double		 keys = (double)run * (double)pk->dbsize / FS_SLOTS;

	if (keys > PAGE_COUNT)
		keys = PAGE_COUNT;
	probe->place = draw_place(pk, 0);
	probe->node = node;
	probe->start = fs_cluster_nth_slot(pk->cluster, node, first);
	probe->end = fs_cluster_nth_slot(pk->cluster, node, first + run - 1);
	probe->count = 4 + (size_t)keys;
	send_probe(pk, probe);
}

/* A run of the node's own slots from a drawn one on, around the end of them. */
static void
probe_slot(struct fs_picker *pk, size_t run)
{
	unsigned	slot = (unsigned)fs_rng_below(pk->rng, FS_SLOTS);
	int		node = fs_cluster_of_slot(pk->cluster, slot);
	size_t		n, first = 0;

	if (node < 0)
		return;
	n = fs_cluster_slots(pk->cluster, (size_t)node);
	while (first < n && fs_cluster_nth_slot(pk->cluster, (size_t)node,
	    first) != slot)
		first++;
	if (first == n)
		return;
	if (run > n)
		run = n;
	if (first + run <= n) {
		probe_run(pk, (size_t)node, first, run);
		return;
	}
	probe_run(pk, (size_t)node, first, n - first);
	probe_run(pk, (size_t)node, 0, first + run - n);
}

/*
 * How many slots make a run, and how many keys there are in one at most: if
 * there are more after all, the round does not count and the next has room.
 */
static void
plan_runs(struct fs_picker *pk)
{
	double run = RUN_KEYS / pk->density, keys;

	if (pk->planned > 0 && pk->density < 2 * pk->planned &&
	    pk->density > pk->planned / 2)
		return;
	run = run < 1 ? 1 : run > FS_SLOTS / 4 ? FS_SLOTS / 4 : run;
	pk->run = (size_t)run;
	keys = (double)pk->run * pk->density;
	pk->most = (size_t)(keys * 1.6) + 8;
	pk->planned = pk->density;
	pk->yield = keys / (double)pk->most;
	if (pk->most > PLACES)
		pk->yield *= (double)pk->most / PLACES;
}

static void
probe_slots(struct fs_picker *pk, size_t need)
{
	size_t n;

	plan_runs(pk);
	n = probes_for(pk, need, 1, PROBES_MAX / 4);
	for (size_t i = 0; i < n; i++)
		probe_slot(pk, pk->run);
}

static void
probe(struct fs_picker *pk, size_t need)
{
	pk->nprobes = 0;
	fs_list_clear(&pk->keys);
	switch (pk->kind) {
	case KIND_SMALL:
		probe_small(pk);
		break;
	case KIND_BUCKET:
		probe_table(pk, pk->bits == BITS_UNKNOWN ? PROBES_MIN :
		    probes_for(pk, need, PROBES_MIN, PROBES_MAX), 1);
		break;
	case KIND_PAGE:
		probe_table(pk, probes_for(pk, need, 2, PAGE_PROBES),
		    PAGE_COUNT);
		break;
	case KIND_SLOT:
		probe_slots(pk, need);
		break;
	case KIND_DBSIZE:
	case KIND_PTTL:
		break;
	}
}

static void
ask_pttl(struct fs_picker *pk)
{
	for (size_t i = 0; i < pk->coming.count; i++) {
		struct fs_str key = { 0 };

		fs_key_make(&key, fs_store_prefix(pk->st),
		    fs_str_bytes(&pk->coming.item[i].id));
		fs_batch_key(pk->batch, TAG(KIND_PTTL, i), fs_str_bytes(&key));
		fs_batch_cmd(pk->batch, FS_VERB_PTTL, 1);
		fs_batch_arg(pk->batch, fs_str_bytes(&key));
		fs_batch_end(pk->batch);
		fs_str_free(&key);
		pk->in_flight++;
	}
}

/*
 * From met to coming to ready
 */

static size_t
target(const struct fs_picker *pk)
{
	return pk->want + pk->want / 2 + SPARE;
}

/* Draw k different ones of n by their places; the chosen are flagged. */
static void
draw_places(struct fs_rng *rng, size_t n, size_t k, bool *chosen)
{
	size_t left = k;

	for (size_t i = 0; i < n && left > 0; i++) {
		if (fs_rng_below(rng, n - i) >= left)
			continue;
		chosen[i] = true;
		left--;
	}
}

/* What was met long ago says little of what is there now. */
static void
drop_old(struct fs_picker *pk)
{
	int64_t age = fs_clock_mono() - pk->met_us;

	if (age <= AGE_MAX || (pk->met_whole && age <= WHOLE_AGE_MAX))
		return;
	fs_list_clear(&pk->met);
	pk->met_whole = pk->met_all = false;
}

/* Some of what was met come nearer. */
static void
advance(struct fs_picker *pk)
{
	size_t	 n = pk->met.count, k = target(pk);
	bool	*chosen;

	pk->coming.count = 0;
	if (!pk->met_whole && pk->ready.count >= k)
		return;
	chosen = fs_xcalloc(n, sizeof(*chosen));
	draw_places(pk->rng, n, k < n ? k : n, chosen);
	for (size_t i = 0; i < n; i++) {
		if (chosen[i])
			add_candidate(&pk->coming, fs_list_at(&pk->met, i));
	}
	free(chosen);
	if (!pk->met_whole)
		fs_list_clear(&pk->met);
}

/*
 * What came is ready. Of a sample of the whole each flight draws anew, so that
 * what is ready never holds an id twice.
 */
static void
arrive(struct fs_picker *pk)
{
	bool none_left = pk->met_all && pk->coming.count == pk->met.count;

	if (pk->met_whole)
		pk->ready.count = 0;
	for (size_t i = 0; i < pk->coming.count; i++) {
		struct candidate *from = &pk->coming.item[i], *to;

		if (!from->alive)
			continue;
		to = add_candidate(&pk->ready, fs_str_bytes(&from->id));
		to->dies_us = from->dies_us;
		to->ready_us = fs_clock_mono();
	}
	pk->ready_all = none_left;
	pk->coming.count = 0;
}

/*
 * Answers
 */

static void
flight_failed(struct fs_picker *pk, const struct fs_err *err)
{
	if (pk->err.code == FS_OK)
		pk->err = *err;
}

static void
take_pttl(struct fs_picker *pk, const struct fs_unit *unit)
{
	struct candidate	*item = &pk->coming.item[TAG_INDEX(unit->tag)];
	struct fs_err		 err = { 0 };
	int64_t			 left;

	if (!fs_reply_want_integer(&unit->reply[0], "PTTL", &left, &err)) {
		flight_failed(pk, &err);
		item->alive = false;
	} else if (left >= 0) {
		item->dies_us = left < INT64_C(1) << 50 ?
		    unit->mono_us + left * FS_MS : FS_NEVER;
	} else {
		item->alive = left == FS_NO_TTL;
	}
}

static void
take_dbsize(struct fs_picker *pk, const struct fs_unit *unit)
{
	size_t i = TAG_INDEX(unit->tag);

	if (i < pk->nnodes)
		fs_reply_want_integer(&unit->reply[0], "DBSIZE",
		    &pk->dbsizes[i], NULL);
}

/* Whether a key in a run of slots is one of the run. */
static bool
in_probe(const struct fs_picker *pk, const struct probe *probe,
    struct fs_bytes key)
{
	unsigned slot;

	if (pk->kind != KIND_SLOT)
		return true;
	slot = fs_slot_of(key);
	return slot >= probe->start && slot <= probe->end;
}

static void
take_key(struct fs_picker *pk, struct probe *probe, struct fs_bytes id)
{
	size_t place = probe->nkeys++;

	if (pk->kind != KIND_SLOT) {
		fs_list_add(&pk->keys, id);
		return;
	}
	if (place == probe->place)
		fs_list_add(&pk->keys, id);
	if ((place + 1) % PLACES == 0)
		probe->place = draw_place(pk, place + 1);
}

static void
take_keys(struct fs_picker *pk, struct probe *probe,
    const struct fs_reply *keys)
{
	struct fs_bytes key, id;

	probe->first_key = pk->keys.count;
	for (size_t i = 0; i < keys->len; i++) {
		if (fs_reply_want_string(&keys->item[i], "SCAN", &key, NULL) &&
		    fs_key_id(key, fs_store_prefix(pk->st), &id) &&
		    in_probe(pk, probe, key))
			take_key(pk, probe, id);
	}
}

/* A run of slots goes on until the cursor has left it. */
static bool
is_finished(const struct probe *probe, uint64_t cursor)
{
	uint64_t slot = cursor % FS_SLOTS;

	return cursor == 0 || slot > probe->end ||
	    slot < probe->start;
}

static void
go_on(struct fs_picker *pk, size_t i, uint64_t cursor)
{
	const struct probe *probe = &pk->probes[i];

	if (!is_finished(probe, cursor))
		ask_scan(pk, TAG(KIND_SLOT, i), probe->node, cursor,
		    probe->count);
}

static void
take_scan(struct fs_picker *pk, const struct fs_unit *unit)
{
	const struct fs_reply	*reply = &unit->reply[0];
	struct probe		*probe = &pk->probes[TAG_INDEX(unit->tag)];
	struct fs_err		 err = { 0 };
	struct fs_bytes		 text;
	uint64_t		 cursor;

	probe->failed = true;
	if (!fs_reply_want_array(reply, "SCAN", 2, &err) ||
	    !fs_reply_want_string(&reply->item[0], "SCAN", &text, &err) ||
	    !fs_reply_want_array(&reply->item[1], "SCAN", SIZE_MAX, &err) ||
	    !fs_scan_cursor(text, &cursor, &err)) {
		flight_failed(pk, &err);
		return;
	}
	probe->failed = false;
	take_keys(pk, probe, &reply->item[1]);
	if (pk->kind == KIND_SLOT)
		go_on(pk, TAG_INDEX(unit->tag), cursor);
	else
		probe->end = cursor;
}

/*
 * The end of a round
 */

static void
meet(struct fs_picker *pk, size_t i)
{
	if (pk->share >= 1 || fs_rng_unit(pk->rng) < pk->share)
		fs_list_add(&pk->met, fs_list_at(&pk->keys, i));
}

static void
meet_all(struct fs_picker *pk)
{
	for (size_t i = 0; i < pk->keys.count; i++)
		meet(pk, i);
}

/* A cursor of the table that the probe is in, without the slot. */
static uint64_t
bucket_of(const struct fs_picker *pk, uint64_t cursor)
{
	int slot = tagged_slot(pk);

	if (slot < 0)
		return cursor;
	return cursor % FS_SLOTS == (uint64_t)slot ? cursor / FS_SLOTS : 0;
}

static unsigned
bits_seen(const struct fs_picker *pk)
{
	uint64_t all = 0;

	for (size_t i = 0; i < pk->nprobes; i++)
		all |= bucket_of(pk, pk->probes[i].end);
	return all == 0 ? 0 : 64 - (unsigned)__builtin_clzll(all);
}

/* Whether the answer is of the drawn bucket and no further one. */
static bool
is_exact(const struct fs_picker *pk, const struct probe *probe)
{
	uint64_t from = fs_scan_position(bucket_of(pk, probe->start));
	uint64_t to = fs_scan_position(bucket_of(pk, probe->end));

	return to - from == UINT64_C(1) << (64 - pk->bits);
}

/* Follow a figure of the rounds without jumping with each of them. */
static void
follow(double *figure, double now)
{
	*figure = (*figure + now) / 2;
}

static void
start_buckets(struct fs_picker *pk)
{
	pk->kind = KIND_BUCKET;
	pk->bits = BITS_UNKNOWN;
	pk->yield = 0.5;
	pk->share = 1;
	pk->probed = 0;
}

/* Neighbours in a bucket are to come one at a time, in the mean. */
static void
learn_buckets(struct fs_picker *pk, size_t exact, size_t keys, size_t filled)
{
	double crowd = filled != 0 ? (double)keys / (double)filled : 1;

	pk->probed += exact;
	follow(&pk->yield, (double)keys / crowd / (double)pk->nprobes);
	pk->share = 1 / crowd;
	if (pk->yield < RARE && pk->probed >= RARE_SURE) {
		pk->kind = KIND_PAGE;
		pk->yield *= PAGE_COUNT;
		pk->share = 1;
	}
}

static void
end_buckets(struct fs_picker *pk)
{
	unsigned	bits = bits_seen(pk);
	size_t		exact = 0, keys = 0, filled = 0;

	if (bits != pk->bits) {
		pk->bits = bits;
		return;
	}
	if (bits == 0) {		/* there is nothing */
		follow(&pk->yield, 0);
		return;
	}
	for (size_t i = 0; i < pk->nprobes; i++) {
		const struct probe *probe = &pk->probes[i];

		if (probe->failed || !is_exact(pk, probe))
			continue;
		exact++;
		keys += probe->nkeys;
		filled += probe->nkeys != 0;
		for (size_t k = 0; k < probe->nkeys; k++)
			meet(pk, probe->first_key + k);
	}
	learn_buckets(pk, exact, keys, filled);
}

/* A page that did not reach the end of the database shows it is not small. */
static void
end_small(struct fs_picker *pk)
{
	fs_list_clear(&pk->met);
	for (size_t i = 0; i < pk->nprobes; i++) {
		if (pk->probes[i].failed || pk->probes[i].end != 0) {
			pk->met_whole = pk->met_all = false;
			pk->dbsize = INT64_MAX;
			return;
		}
	}
	pk->share = 1;
	meet_all(pk);
	fs_list_sort_unique(&pk->met);
	pk->met_whole = pk->met_all = true;
}

/* From all that was walked; of long ago less and less. */
static void
learn_density(struct fs_picker *pk, double slots, double keys)
{
	if (pk->slots > 4 * FS_SLOTS) {
		pk->slots /= 2;
		pk->slot_keys /= 2;
	}
	pk->slots += slots;
	pk->slot_keys += keys;
	pk->density = pk->slot_keys / pk->slots;
	if (pk->density < 1e-6)
		pk->density = 1e-6;
}

static void
end_slots(struct fs_picker *pk)
{
	double	slots = 0, keys = 0;
	size_t	most = 0;

	for (size_t i = 0; i < pk->nprobes; i++) {
		const struct probe *probe = &pk->probes[i];

		slots += (double)(probe->end - probe->start + 1);
		keys += (double)probe->nkeys;
		most = probe->nkeys > most ? probe->nkeys : most;
	}
	learn_density(pk, slots, keys);
	if (most > pk->most && pk->most <= PLACES) {
		pk->most = most + most / 8 + 8;
		return;
	}
	meet_all(pk);
	follow(&pk->yield, (double)pk->keys.count / (double)pk->nprobes);
}

static void
end_pages(struct fs_picker *pk)
{
	meet_all(pk);
	follow(&pk->yield, (double)pk->keys.count / (double)pk->nprobes);
	if (pk->yield > 2 * RARE * PAGE_COUNT)
		start_buckets(pk);
}

static void
end_round(struct fs_picker *pk)
{
	if (pk->nprobes == 0)
		return;
	switch (pk->kind) {
	case KIND_SMALL:
		end_small(pk);
		break;
	case KIND_BUCKET:
		end_buckets(pk);
		break;
	case KIND_PAGE:
		end_pages(pk);
		break;
	case KIND_SLOT:
		end_slots(pk);
		break;
	case KIND_DBSIZE:
	case KIND_PTTL:
		break;
	}
	pk->nprobes = 0;
	pk->met_us = fs_clock_mono();
}

/* How large it all is decides how it is drawn from. */
static void
choose_kind(struct fs_picker *pk)
{
	int64_t		sum = 0;
	enum kind	kind = KIND_BUCKET;

	for (size_t i = 0; i < pk->nnodes; i++)
		sum = pk->dbsizes[i] < 0 || sum < 0 ? -1 :
		    sum + pk->dbsizes[i];
	/* Not allowed to ask: then it is not taken for small. */
	if (pk->dbsize != INT64_MAX || sum > SMALL_DB)
		pk->dbsize = sum >= 0 ? sum : INT64_MAX;
	if (pk->dbsize <= SMALL_DB)
		kind = KIND_SMALL;
	else if (fs_store_caps(pk->st)->clustered && tagged_slot(pk) < 0)
		kind = KIND_SLOT;
	if (kind == pk->kind || (kind == KIND_BUCKET && pk->kind == KIND_PAGE))
		return;
	start_buckets(pk);
	pk->kind = kind;
	/* A guess that counts as much as a few slots. */
	pk->slots = pk->slot_keys = pk->planned = 0;
	learn_density(pk, 8, sum > 0 ? 8.0 * (double)sum / FS_SLOTS : 8);
	if (kind != KIND_SMALL)
		pk->met_whole = pk->met_all = false;
}

static void
end_flight(struct fs_picker *pk)
{
	arrive(pk);
	end_round(pk);
	choose_kind(pk);
	if (pk->margin_ms < 0) {
		advance(pk);
		arrive(pk);
	}
}

void
fs_picker_answer(struct fs_picker *pk, const struct fs_unit *unit)
{
	enum kind kind = TAG_KIND(unit->tag);

	if (unit->err.code != FS_OK || unit->nreplies != 1) {
		flight_failed(pk, &unit->err);
		if (kind == KIND_PTTL)
			pk->coming.item[TAG_INDEX(unit->tag)].alive = false;
		else if (kind != KIND_DBSIZE)
			pk->probes[TAG_INDEX(unit->tag)].failed = true;
	} else if (kind == KIND_PTTL) {
		take_pttl(pk, unit);
	} else if (kind == KIND_DBSIZE) {
		take_dbsize(pk, unit);
	} else {
		take_scan(pk, unit);
	}
	if (--pk->in_flight == 0)
		end_flight(pk);
}

/*
 * A scan of the whole
 */

/* Keep each of all with the same chance (reservoir sampling, Waterman's R). */
static void
sample(struct fs_picker *pk, const struct fs_list *keys, size_t size,
    struct candidates *kept, uint64_t *seen)
{
	struct fs_bytes id;

	for (size_t i = 0; i < keys->count; i++) {
		uint64_t at;

		if (!fs_key_id(fs_list_at(keys, i), fs_store_prefix(pk->st),
		    &id))
			continue;
		if (++*seen <= size) {
			add_candidate(kept, id);
			continue;
		}
		at = fs_rng_below(pk->rng, *seen);
		if (at < size) {
			fs_str_clear(&kept->item[at].id);
			fs_str_add_bytes(&kept->item[at].id, id);
		}
	}
}

static bool
scan_whole(struct fs_picker *pk, struct fs_err *err)
{
	struct fs_scan_options	 opt = { .page = PAGE_COUNT };
	struct fs_scan		*sc = fs_scan_open(pk->st, &opt);
	struct candidates	 kept = { 0 };
	const struct fs_list	*keys;
	const struct fs_unit	*unit;
	size_t			 size = 4 * target(pk);
	uint64_t		 seen = 0;
	enum fs_scan_event	 event;

	if (size < SAMPLE_MIN)
		size = SAMPLE_MIN;
	while ((event = fs_scan_next(sc, &keys, &unit, err)) == FS_SCAN_PAGE)
		sample(pk, keys, size, &kept, &seen);
	fs_scan_close(sc);
	fs_list_clear(&pk->met);
	for (size_t i = 0; i < kept.count; i++)
		fs_list_add(&pk->met, fs_str_bytes(&kept.item[i].id));
	free_candidates(&kept);
	pk->met_us = fs_clock_mono();
	pk->met_whole = true;
	pk->met_all = seen <= size;
	return event == FS_SCAN_END;
}

/* Whether probes would cost more than walking over all. */
static bool
scan_is_cheaper(const struct fs_picker *pk)
{
	double need = (double)target(pk), cost = 0, size = UNKNOWN_DB;

	if (pk->dbsize != INT64_MAX)
		size = (double)pk->dbsize;

	switch (pk->kind) {
	case KIND_BUCKET:
		cost = PROBE_COST * need / (pk->yield + 1e-9);
		break;
	case KIND_PAGE:
		cost = PAGE_COUNT * need / (pk->yield + 1e-9);
		break;
	case KIND_SLOT:
		cost = need / (pk->yield + 1e-9) *
		    (PROBE_COST + (double)pk->run * size / FS_SLOTS);
		break;
	case KIND_SMALL:
	case KIND_DBSIZE:
	case KIND_PTTL:
		break;
	}
	return cost > size;
}

/*
 * Taking
 */

static bool
must_probe(const struct fs_picker *pk)
{
	if (pk->dbsize < 0)
		return false;
	if (pk->kind == KIND_SMALL)
		return true;
	return !pk->met_whole && pk->met.count < target(pk);
}

void
fs_picker_prefetch(struct fs_picker *pk)
{
	if (pk->in_flight != 0)
		return;
	pk->err = (struct fs_err){ 0 };
	if (fs_batch_pending(pk->batch) == 0)
		fs_batch_window(pk->batch, &(struct fs_window){
		    .units = PROBES_MAX, .any_order = true });
	drop_bad(pk);
	drop_old(pk);
	advance(pk);
	ask_dbsize(pk);
	if (must_probe(pk))
		probe(pk, target(pk));
	if (pk->margin_ms >= 0)
		ask_pttl(pk);
}

/* One flight, waited for. */
static bool
fly(struct fs_picker *pk, struct fs_err *err)
{
	const struct fs_unit *unit;

	if (fs_store_cancelled(pk->st))
		return fs_fail(err, FS_ECANCEL, "cancelled");
	fs_picker_prefetch(pk);
	while (pk->in_flight != 0) {
		unit = fs_batch_take(pk->batch);
		if (unit == NULL)
			return fs_fail(err, FS_EPROTO, "an answer is missing");
		fs_picker_answer(pk, unit);
	}
	if (pk->err.code == FS_OK)
		return true;
	if (err != NULL)
		*err = pk->err;
	return false;
}

/* Move up to n that are not among taken yet to ids, in random order. */
static size_t
hand_out(struct fs_picker *pk, size_t n, struct fs_seen *taken,
    struct fs_list *ids)
{
	size_t given = 0;

	drop_bad(pk);
	while (given < n && pk->ready.count > 0) {
		size_t		i = (size_t)fs_rng_below(pk->rng,
				    pk->ready.count);
		struct fs_bytes	id = fs_str_bytes(&pk->ready.item[i].id);

		if (fs_seen_add(taken, id)) {
			fs_list_add(ids, id);
			given++;
		}
		drop_candidate(&pk->ready, i);
	}
	return given;
}

static bool
take(struct fs_picker *pk, size_t n, struct fs_list *ids, struct fs_err *err)
{
	struct fs_seen	taken;
	size_t		given = 0;
	bool		ok = true;

	fs_seen_init(&taken, SIZE_MAX, fs_rng_next(pk->rng));
	for (int round = 0; ok && round < 2 * ROUNDS_MAX; round++) {
		bool all;

		given += hand_out(pk, n - given, &taken, ids);
		all = pk->ready_all;
		if (given == n || all)
			break;
		if (pk->dbsize >= 0 && !pk->met_whole &&
		    (scan_is_cheaper(pk) || round >= ROUNDS_MAX))
			ok = scan_whole(pk, err);
		if (ok)
			ok = fly(pk, err);
	}
	pk->ready_all = false;
	fs_seen_free(&taken);
	return ok;
}

bool
fs_picker_take(struct fs_picker *pk, size_t n, struct fs_list *ids,
    struct fs_err *err)
{
	pk->want = n;
	return take(pk, n, ids, err);
}

bool
fs_scan_pick(struct fs_store *st, struct fs_rng *rng, size_t n,
    struct fs_list *ids, struct fs_err *err)
{
	struct fs_picker	*pk = fs_picker_open(st, rng, -1);
	bool			 ok = fs_picker_take(pk, n, ids, err);

	fs_picker_close(pk);
	return ok;
}
