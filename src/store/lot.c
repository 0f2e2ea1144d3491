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
 *   the server's secret hash seed decides and no property of an entity. A page
 *   that comes to the end of the table goes on at its beginning, with what is
 *   left to it: the share of the table that other pages walk over tells how
 *   much that is. Else who stands at the beginning would hardly be met.
 *
 * - A small database, or one where all this would cost more than a scan of it,
 *   is scanned whole and drawn from: exact.
 *
 * Of a bucket each key is kept with a chance that is chosen beforehand, so that
 * neighbours seldom come together.
 *
 * What is drawn together, a round, is asked in one flight; within a budget in
 * many small ones, and a page in pieces.
 */
#include "store/lot.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "redis/slot.h"
#include "store/key.h"
#include "store/scan.h"
#include "store/sieve.h"

#define AGE_MAX		(5 * FS_SEC)	/* what is older is drawn anew */
#define WHOLE_AGE_MAX	(30 * FS_SEC)	/* of a scan of the whole */
#define SMALL_DB	512		/* keys: one page */
#define SMALL_COUNT	1000
#define SAMPLE_MIN	4096		/* kept of a scan of the whole */
#define PROBES_MIN	16		/* enough to see the number of bits */
#define PROBES_MAX	2048
#define PROBES_PACED	RARE_SURE	/* within a budget */
#define PAGE_PROBES	16
#define PAGE_PROBES_PACED 4
#define PAGE_COUNT	1000
#define SPAN_PAGES	32		/* whose mean is what one spans */
#define RUN_KEYS	4		/* in a run of slots, in the mean */
#define PLACES		128		/* of so many in a run one is taken */
#define RARE		(1.0 / 64)
#define RARE_SURE	256		/* probes before it is believed */
#define PROBE_COST	4		/* of a SCAN, in keys walked over */
#define UNKNOWN_DB	1e5		/* keys, when DBSIZE is not allowed */
#define MEASURE_EVERY	64		/* flights, of the round trip */
#define BITS_UNKNOWN	48		/* surely more than a table has */

/* In the tag of a unit: it is a DBSIZE, else a probe; and which. */
#define TAG_DBSIZE	(UINT64_C(1) << 40)
#define TAG_INDEX(tag)	((size_t)((tag) & UINT32_MAX))

/* A drawn bucket, page or run of slots. */
struct fs_probe {
	size_t		node;
	uint64_t	start, end;	/* cursors; slots: the first, the last */
	uint64_t	next;		/* cursor */
	size_t		count;		/* COUNT */
	size_t		left;		/* keys to walk over yet */
	bool		wrapped;	/* it went on at the beginning */
	bool		asked;		/* in flight */
	bool		done;
	size_t		first_key;	/* of its keys in the round's */
	size_t		nkeys;		/* that it met */
	size_t		place;		/* slots: of the next one to take */
	bool		failed;
};

static void
start_buckets(struct fs_lot *lt)
{
	lt->way = FS_LOT_BUCKETS;
	lt->bits = BITS_UNKNOWN;
	lt->yield = 0.5;
	lt->share = 1;
	lt->probed = 0;
}

void
fs_lot_init(struct fs_lot *lt, struct fs_store *st, struct fs_rng *rng)
{
	*lt = (struct fs_lot){ .st = st, .rng = rng, .dbsize = -1,
	    .share = 1 };
	lt->batch = fs_store_batch(st);
	lt->cluster = fs_store_cluster(st);
	fs_key_pattern(&lt->pattern, fs_store_prefix(st), NULL);
	start_buckets(lt);
}

void
fs_lot_free(struct fs_lot *lt)
{
	fs_list_free(&lt->met);
	fs_list_free(&lt->keys);
	fs_str_free(&lt->pattern);
	free(lt->probes);
	free(lt->dbsizes);
}

/*
 * Asking
 */

static void
ask_dbsize(struct fs_lot *lt)
{
	size_t n = fs_cluster_count(lt->cluster);

	if (n != lt->nnodes) {
		lt->dbsizes = fs_xreallocarray(lt->dbsizes, n,
		    sizeof(*lt->dbsizes));
		lt->nnodes = n;
	}
	for (size_t i = 0; i < n; i++) {
		lt->dbsizes[i] = -1;
		fs_batch_node(lt->batch, FS_LOT_TAG | TAG_DBSIZE | i, i);
		fs_batch_cmd(lt->batch, FS_VERB_DBSIZE, 0);
		fs_batch_end(lt->batch);
		lt->in_flight++;
	}
}

static void
ask_scan(struct fs_lot *lt, size_t probe, size_t node, uint64_t cursor,
    size_t count)
{
	fs_batch_node(lt->batch, FS_LOT_TAG | probe, node);
	if (lt->replicas)
		fs_batch_replica(lt->batch);
	fs_batch_cmd(lt->batch, FS_VERB_SCAN, 7);
	fs_batch_arg_u64(lt->batch, cursor);
	fs_batch_arg_text(lt->batch, "MATCH");
	fs_batch_arg(lt->batch, fs_str_bytes(&lt->pattern));
	fs_batch_arg_text(lt->batch, "COUNT");
	fs_batch_arg_u64(lt->batch, count);
	fs_batch_arg_text(lt->batch, "TYPE");
	fs_batch_arg_text(lt->batch, "hash");
	fs_batch_end(lt->batch);
	lt->in_flight++;
}

static struct fs_probe *
new_probe(struct fs_lot *lt, size_t node, uint64_t start, size_t count)
{
	if (lt->nprobes == lt->probes_size) {
		lt->probes_size = lt->probes_size * 2 + 32;
		lt->probes = fs_xreallocarray(lt->probes, lt->probes_size,
		    sizeof(*lt->probes));
	}
	lt->probes[lt->nprobes] = (struct fs_probe){ .node = node,
	    .start = start, .next = start, .count = count, .left = count };
	return &lt->probes[lt->nprobes++];
}

/* COUNT of what is asked next. */
static size_t
step(const struct fs_lot *lt, const struct fs_probe *probe)
{
	size_t count = probe->left < probe->count ? probe->left : probe->count;

	return lt->page != 0 && count > lt->page ? lt->page : count;
}

/* What it is counted for, in keys walked over: the command is work too. */
static size_t
cost(const struct fs_lot *lt, const struct fs_probe *probe)
{
	return step(lt, probe) + 1;
}

static void
send_probe(struct fs_lot *lt, struct fs_probe *probe)
{
	probe->asked = true;
	lt->walked += cost(lt, probe);
	ask_scan(lt, (size_t)(probe - lt->probes), probe->node, probe->next,
	    step(lt, probe));
}

/* All that there is yet to ask; within a budget, what a flight may. */
static void
send_probes(struct fs_lot *lt)
{
	for (size_t i = 0; i < lt->nprobes; i++) {
		struct fs_probe *probe = &lt->probes[i];

		if (probe->done || probe->asked)
			continue;
		if (lt->page != 0 && lt->walked != 0 &&
		    lt->walked + cost(lt, probe) > lt->page + 1)
			return;
		send_probe(lt, probe);
	}
}

static void
probe_small(struct fs_lot *lt)
{
	for (size_t i = 0; i < fs_cluster_count(lt->cluster); i++)
		new_probe(lt, i, 0, SMALL_COUNT);
}

/* How many probes give so many keys, with some to spare. */
static size_t
probes_for(const struct fs_lot *lt, size_t need, size_t min, size_t max)
{
	double n = 1.25 * (double)need / (lt->yield > 1e-9 ? lt->yield : 1e-9);

	if (n < (double)min)
		return min;
	return n < (double)max ? (size_t)n : max;
}

/* The slot that all entities are in, or -1: none, or there are no slots. */
static int
tagged_slot(const struct fs_lot *lt)
{
	struct fs_bytes prefix = fs_store_prefix(lt->st);

	if (!fs_store_caps(lt->st)->clustered || !fs_key_tagged(prefix))
		return -1;
	return (int)fs_slot_of(prefix);
}

/* A cursor of the table that is probed, from a bucket's number. */
static uint64_t
table_cursor(const struct fs_lot *lt, uint64_t bucket)
{
	int slot = tagged_slot(lt);

	return slot < 0 ? bucket : bucket * FS_SLOTS | (uint64_t)slot;
}

static void
probe_table(struct fs_lot *lt, size_t n, size_t count)
{
	int		slot = tagged_slot(lt), node = 0;
	uint64_t	mask = (UINT64_C(1) << lt->bits) - 1;

	if (slot >= 0)
		node = fs_cluster_of_slot(lt->cluster, (unsigned)slot);
	for (size_t i = 0; i < n && node >= 0; i++)
		new_probe(lt, (size_t)node, table_cursor(lt,
		    fs_rng_next(lt->rng) & mask), count);
}

/*
 * The places of a run are parted evenly, and of each part one is drawn: this is
 * that of the part which place i begins.
 */
static size_t
draw_place(struct fs_lot *lt, size_t i)
{
	size_t part = lt->most <= PLACES ? lt->most : PLACES;

	return i + (size_t)fs_rng_below(lt->rng, part);
}

static void
probe_run(struct fs_lot *lt, size_t node, size_t first, size_t run)
{
	struct fs_probe	*probe;
	double		 keys = (double)run * (double)lt->dbsize / FS_SLOTS;

	if (keys > PAGE_COUNT)
		keys = PAGE_COUNT;
	probe = new_probe(lt, node,
	    fs_cluster_nth_slot(lt->cluster, node, first), 4 + (size_t)keys);
	probe->end = fs_cluster_nth_slot(lt->cluster, node, first + run - 1);
	probe->left = SIZE_MAX;
	probe->place = draw_place(lt, 0);
}

/* A run of the node's own slots from a drawn one on, around the end of them. */
static void
probe_slot(struct fs_lot *lt, size_t run)
{
	unsigned	slot = (unsigned)fs_rng_below(lt->rng, FS_SLOTS);
	int		node = fs_cluster_of_slot(lt->cluster, slot);
	size_t		n, first = 0;

	if (node < 0)
		return;
	n = fs_cluster_slots(lt->cluster, (size_t)node);
	while (first < n && fs_cluster_nth_slot(lt->cluster, (size_t)node,
	    first) != slot)
		first++;
	if (first == n)
		return;
	if (run > n)
		run = n;
	if (first + run <= n) {
		probe_run(lt, (size_t)node, first, run);
		return;
	}
	probe_run(lt, (size_t)node, first, n - first);
	probe_run(lt, (size_t)node, 0, first + run - n);
}

/*
 * How many slots make a run, and how many keys there are in one at most: if
 * there are more after all, the round does not count and the next has room.
 */
static void
plan_runs(struct fs_lot *lt)
{
	double run = RUN_KEYS / lt->density, keys;

	if (lt->planned > 0 && lt->density < 2 * lt->planned &&
	    lt->density > lt->planned / 2)
		return;
	run = run < 1 ? 1 : run > FS_SLOTS / 4.0 ? FS_SLOTS / 4.0 : run;
	lt->run = (size_t)run;
	keys = (double)lt->run * lt->density;
	lt->most = (size_t)(keys * 1.6) + 8;
	lt->planned = lt->density;
	lt->yield = keys / (double)lt->most;
	if (lt->most > PLACES)
		lt->yield *= (double)lt->most / PLACES;
}

static void
probe_slots(struct fs_lot *lt, size_t need)
{
	size_t n;

	plan_runs(lt);
	n = probes_for(lt, need, 1, PROBES_MAX / 4);
	for (size_t i = 0; i < n; i++)
		probe_slot(lt, lt->run);
}

static void
probe(struct fs_lot *lt, size_t need)
{
	switch (lt->way) {
	case FS_LOT_SMALL:
		probe_small(lt);
		break;
	case FS_LOT_BUCKETS:
		probe_table(lt, lt->bits == BITS_UNKNOWN ? PROBES_MIN :
		    probes_for(lt, need, PROBES_MIN, lt->page != 0 ?
		    PROBES_PACED : PROBES_MAX), 1);
		break;
	case FS_LOT_PAGES:
		probe_table(lt, probes_for(lt, need, 2, lt->page != 0 ?
		    PAGE_PROBES_PACED : PAGE_PROBES), PAGE_COUNT);
		break;
	case FS_LOT_SLOTS:
		probe_slots(lt, need);
		break;
	}
}

/* What was met long ago says little of what is there now. */
static void
drop_old(struct fs_lot *lt)
{
	int64_t age = fs_clock_mono() - lt->met_us;

	if (age <= AGE_MAX || (lt->met_whole && age <= WHOLE_AGE_MAX))
		return;
	fs_list_clear(&lt->met);
	lt->met_whole = lt->met_all = false;
}

static bool
must_probe(const struct fs_lot *lt, size_t need)
{
	if (lt->dbsize < 0)
		return false;
	if (lt->way == FS_LOT_SMALL)
		return true;
	return !lt->met_whole && lt->met.count < need;
}

static void
begin_round(struct fs_lot *lt, size_t need)
{
	lt->err = (struct fs_err){ 0 };
	lt->answered = 0;
	lt->nprobes = 0;
	lt->epoch = fs_cluster_epoch(lt->cluster);
	fs_list_clear(&lt->keys);
	drop_old(lt);
	if (must_probe(lt, need))
		probe(lt, need);
}

/* A round cannot go on among other nodes. */
static bool
is_round(const struct fs_lot *lt)
{
	return lt->nprobes != 0 &&
	    lt->epoch == fs_cluster_epoch(lt->cluster);
}

void
fs_lot_ask(struct fs_lot *lt, size_t need)
{
	lt->walked = lt->found = 0;
	lt->measures = lt->page != 0 && lt->flights++ % MEASURE_EVERY == 0;
	if (!is_round(lt))
		begin_round(lt, need);
	if (lt->page == 0 || lt->measures)
		ask_dbsize(lt);
	if (!lt->measures)
		send_probes(lt);
}

bool
fs_lot_goes_on(const struct fs_lot *lt)
{
	return lt->nprobes != 0;
}

void
fs_lot_budget(struct fs_lot *lt, int64_t rate, double duty)
{
	int64_t walk_rate = fs_store_scan_rate(lt->st);

	lt->rate = rate;
	lt->duty = duty;
	lt->page = 0;
	if (rate > 0 || walk_rate > 0 || (duty > 0 && duty < 1))
		lt->page = fs_scan_page(fs_scan_page(PAGE_COUNT, rate, duty,
		    false), walk_rate, 0, false);
}

/*
 * Answers
 */

/* A node that does not answer is no hindrance as long as others do. */
static void
failed(struct fs_lot *lt, const struct fs_err *err)
{
	if (lt->err.code == FS_OK)
		lt->err = *err;
}

/* DBSIZE may be denied, or the node be gone: then it stays unknown. */
static void
take_dbsize(struct fs_lot *lt, const struct fs_unit *unit)
{
	size_t i = TAG_INDEX(unit->tag);

	if (i < lt->nnodes && unit->err.code == FS_OK && unit->nreplies == 1)
		fs_reply_want_integer(&unit->reply[0], "DBSIZE",
		    &lt->dbsizes[i], NULL);
}

/* Whether a key in a run of slots is one of the run. */
static bool
in_probe(const struct fs_lot *lt, const struct fs_probe *probe,
    struct fs_bytes key)
{
	unsigned slot;

	if (lt->way != FS_LOT_SLOTS)
		return true;
	slot = fs_slot_of(key);
	return slot >= probe->start && slot <= probe->end;
}

static void
take_key(struct fs_lot *lt, struct fs_probe *probe, struct fs_bytes id)
{
	size_t place = probe->nkeys++;

	if (lt->way != FS_LOT_SLOTS) {
		fs_list_add(&lt->keys, id);
		return;
	}
	if (place == probe->place)
		fs_list_add(&lt->keys, id);
	if ((place + 1) % PLACES == 0)
		probe->place = draw_place(lt, place + 1);
}

static void
take_keys(struct fs_lot *lt, struct fs_probe *probe,
    const struct fs_reply *keys)
{
	struct fs_bytes key, id;

	probe->first_key = lt->keys.count;
	for (size_t i = 0; i < keys->len; i++) {
		if (fs_reply_want_string(&keys->item[i], "SCAN", &key, NULL) &&
		    fs_key_id(key, fs_store_prefix(lt->st), &id) &&
		    in_probe(lt, probe, key)) {
			take_key(lt, probe, id);
			lt->found++;
		}
	}
}

/* A cursor of the table that the probe is in, without the slot. */
static uint64_t
bucket_of(const struct fs_lot *lt, uint64_t cursor)
{
	int slot = tagged_slot(lt);

	if (slot < 0)
		return cursor;
	return cursor % FS_SLOTS == (uint64_t)slot ? cursor / FS_SLOTS : 0;
}

/* Where it stands in its table: 0 is the beginning, 1 the end. */
static double
place_of(const struct fs_lot *lt, uint64_t cursor)
{
	return (double)fs_scan_position(bucket_of(lt, cursor)) / 0x1p64;
}

/* A run of slots goes on until the cursor has left it. */
static bool
has_left(const struct fs_probe *probe, uint64_t cursor)
{
	uint64_t slot = cursor % FS_SLOTS;

	return cursor == 0 || slot > probe->end || slot < probe->start;
}

/* A page goes on at the beginning with what is left to it at the end. */
static bool
wrap(struct fs_lot *lt, struct fs_probe *probe)
{
	double rest = 1 - (1 - place_of(lt, probe->start)) / lt->span;

	if (probe->wrapped || rest * PAGE_COUNT < 1)
		return false;
	probe->wrapped = true;
	probe->next = table_cursor(lt, 0);
	probe->left = (size_t)(rest * PAGE_COUNT);
	return true;
}

/* Follow what share of its table a page walks over. */
static void
learn_span(struct fs_lot *lt, const struct fs_probe *probe)
{
	double now = place_of(lt, probe->end) - place_of(lt, probe->start);

	if (now > 0)
		lt->span += (now - lt->span) / SPAN_PAGES;
}

/* Whether there is more to walk over for a probe that has come so far. */
static bool
goes_on(struct fs_lot *lt, struct fs_probe *probe, uint64_t cursor)
{
	probe->left -= probe->left != SIZE_MAX ? step(lt, probe) : 0;
	probe->next = cursor;
	if (lt->way == FS_LOT_SLOTS)
		return !has_left(probe, cursor);
	probe->end = cursor;
	if (lt->way == FS_LOT_SMALL)	/* of all slots */
		return cursor != 0 && probe->left != 0;
	if (bucket_of(lt, cursor) == 0)
		return lt->way == FS_LOT_PAGES && wrap(lt, probe);
	if (lt->way == FS_LOT_PAGES && probe->left == 0 && !probe->wrapped)
		learn_span(lt, probe);
	return probe->left != 0;
}

static bool
take_page(struct fs_lot *lt, struct fs_probe *probe,
    const struct fs_unit *unit, struct fs_err *err)
{
	const struct fs_reply	*reply = unit->reply;
	struct fs_bytes		 text;
	uint64_t		 cursor;

	if (unit->nreplies != 1)
		return fs_fail(err, FS_EPROTO, "SCAN: no answer");
	if (!fs_reply_want_array(reply, "SCAN", 2, err) ||
	    !fs_reply_want_string(&reply->item[0], "SCAN", &text, err) ||
	    !fs_reply_want_array(&reply->item[1], "SCAN", SIZE_MAX, err) ||
	    !fs_scan_cursor(text, &cursor, err))
		return false;
	/* A bucket is given whole, which in Valkey is seven keys. */
	if (reply->item[1].len > step(lt, probe))
		lt->walked += reply->item[1].len - step(lt, probe);
	take_keys(lt, probe, &reply->item[1]);
	probe->done = !goes_on(lt, probe, cursor);
	if (!probe->done && lt->page == 0)
		send_probe(lt, probe);
	return true;
}

static void
take_scan(struct fs_lot *lt, const struct fs_unit *unit)
{
	struct fs_probe	*probe = &lt->probes[TAG_INDEX(unit->tag)];
	struct fs_err	 err = unit->err;

	probe->asked = false;
	if (err.code == FS_OK && take_page(lt, probe, unit, &err)) {
		lt->answered++;
		return;
	}
	probe->failed = probe->done = true;
	failed(lt, &err);
}

void
fs_lot_answer(struct fs_lot *lt, const struct fs_unit *unit)
{
	lt->in_flight--;
	if ((unit->tag & TAG_DBSIZE) == 0)
		take_scan(lt, unit);
	else
		take_dbsize(lt, unit);
}

/*
 * The end of a round
 */

static void
meet(struct fs_lot *lt, size_t i)
{
	if (lt->share >= 1 || fs_rng_unit(lt->rng) < lt->share)
		fs_list_add(&lt->met, fs_list_at(&lt->keys, i));
}

static void
meet_all(struct fs_lot *lt)
{
	for (size_t i = 0; i < lt->keys.count; i++)
		meet(lt, i);
}

static unsigned
bits_seen(const struct fs_lot *lt)
{
	uint64_t all = 0;

	for (size_t i = 0; i < lt->nprobes; i++)
		all |= bucket_of(lt, lt->probes[i].end);
	return all == 0 ? 0 : 64 - (unsigned)__builtin_clzll(all);
}

/* Whether the answer is of the drawn bucket and no further one. */
static bool
is_exact(const struct fs_lot *lt, const struct fs_probe *probe)
{
	uint64_t from = fs_scan_position(bucket_of(lt, probe->start));
	uint64_t to = fs_scan_position(bucket_of(lt, probe->end));

	return to - from == UINT64_C(1) << (64 - lt->bits);
}

/* In the database, as far as is known. */
static double
keys_about(const struct fs_lot *lt)
{
	return lt->dbsize != INT64_MAX ? (double)lt->dbsize : UNKNOWN_DB;
}

/* Follow a figure of the rounds without jumping with each of them. */
static void
follow(double *figure, double now)
{
	*figure = (*figure + now) / 2;
}

/* Neighbours in a bucket are to come one at a time, in the mean. */
static void
learn_buckets(struct fs_lot *lt, size_t exact, size_t keys, size_t filled)
{
	double crowd = filled != 0 ? (double)keys / (double)filled : 1;

	lt->probed += exact;
	follow(&lt->yield, (double)keys / crowd / (double)lt->nprobes);
	lt->share = 1 / crowd;
	if (lt->yield < RARE && lt->probed >= RARE_SURE) {
		lt->way = FS_LOT_PAGES;
		lt->yield *= PAGE_COUNT;
		lt->share = 1;
		lt->span = PAGE_COUNT / keys_about(lt);
	}
}

static void
end_buckets(struct fs_lot *lt)
{
	unsigned	bits = bits_seen(lt);
	size_t		exact = 0, keys = 0, filled = 0;

	/* Such cursors are of no table; a walk over all is left to do. */
	if (bits > BITS_UNKNOWN) {
		lt->yield = 0;
		return;
	}
	if (bits != lt->bits) {
		lt->bits = bits;
		return;
	}
	if (bits == 0) {		/* there is nothing */
		follow(&lt->yield, 0);
		return;
	}
	for (size_t i = 0; i < lt->nprobes; i++) {
		const struct fs_probe *probe = &lt->probes[i];

		if (probe->failed || !is_exact(lt, probe))
			continue;
		exact++;
		keys += probe->nkeys;
		filled += probe->nkeys != 0;
		for (size_t k = 0; k < probe->nkeys; k++)
			meet(lt, probe->first_key + k);
	}
	learn_buckets(lt, exact, keys, filled);
}

/* A page that did not reach the end of the database shows it is not small. */
static void
end_small(struct fs_lot *lt)
{
	fs_list_clear(&lt->met);
	for (size_t i = 0; i < lt->nprobes; i++) {
		if (lt->probes[i].failed || lt->probes[i].end != 0) {
			lt->met_whole = lt->met_all = false;
			lt->dbsize = INT64_MAX;
			return;
		}
	}
	lt->share = 1;
	meet_all(lt);
	fs_list_sort_unique(&lt->met);
	lt->met_whole = lt->met_all = true;
}

/* From all that was walked; of long ago less and less. */
static void
learn_density(struct fs_lot *lt, double slots, double keys)
{
	if (lt->slots > 4 * FS_SLOTS) {
		lt->slots /= 2;
		lt->slot_keys /= 2;
	}
	lt->slots += slots;
	lt->slot_keys += keys;
	lt->density = lt->slot_keys / lt->slots;
	if (lt->density < 1e-6)
		lt->density = 1e-6;
}

static void
end_slots(struct fs_lot *lt)
{
	double	slots = 0, keys = 0;
	size_t	most = 0;

	for (size_t i = 0; i < lt->nprobes; i++) {
		const struct fs_probe *probe = &lt->probes[i];

		slots += (double)(probe->end - probe->start + 1);
		keys += (double)probe->nkeys;
		most = probe->nkeys > most ? probe->nkeys : most;
	}
	learn_density(lt, slots, keys);
	if (most > lt->most && lt->most <= PLACES) {
		lt->most = most + most / 8 + 8;
		return;
	}
	meet_all(lt);
	follow(&lt->yield, (double)lt->keys.count / (double)lt->nprobes);
}

static void
end_pages(struct fs_lot *lt)
{
	meet_all(lt);
	/* Few pages say little. */
	lt->yield += ((double)lt->keys.count - lt->yield *
	    (double)lt->nprobes) / (2 * PAGE_PROBES);
	if (lt->yield > 2 * RARE * PAGE_COUNT)
		start_buckets(lt);
}

static void
end_round(struct fs_lot *lt)
{
	switch (lt->way) {
	case FS_LOT_SMALL:
		end_small(lt);
		break;
	case FS_LOT_BUCKETS:
		end_buckets(lt);
		break;
	case FS_LOT_PAGES:
		end_pages(lt);
		break;
	case FS_LOT_SLOTS:
		end_slots(lt);
		break;
	}
	lt->nprobes = 0;
	lt->met_us = fs_clock_mono();
}

/* How large it all is decides how it is drawn from. */
static void
choose_way(struct fs_lot *lt)
{
	enum fs_lot_way	way = FS_LOT_BUCKETS;
	int64_t			sum = 0;

	for (size_t i = 0; i < lt->nnodes; i++)
		sum = lt->dbsizes[i] < 0 || sum < 0 ? -1 :
		    sum + lt->dbsizes[i];
	/* Not allowed to ask: then it is not taken for small. */
	if (lt->dbsize != INT64_MAX || sum > SMALL_DB)
		lt->dbsize = sum >= 0 ? sum : INT64_MAX;
	if (lt->dbsize <= SMALL_DB)
		way = FS_LOT_SMALL;
	else if (fs_store_caps(lt->st)->clustered && tagged_slot(lt) < 0)
		way = FS_LOT_SLOTS;
	if (way == lt->way ||
	    (way == FS_LOT_BUCKETS && lt->way == FS_LOT_PAGES))
		return;
	start_buckets(lt);
	lt->way = way;
	/* A guess that counts as much as a few slots. */
	lt->slots = lt->slot_keys = lt->planned = 0;
	learn_density(lt, 8, sum > 0 ? 8.0 * (double)sum / FS_SLOTS : 8);
	if (way != FS_LOT_SMALL)
		lt->met_whole = lt->met_all = false;
}

void
fs_lot_end(struct fs_lot *lt)
{
	for (size_t i = 0; i < lt->nprobes; i++) {
		if (!lt->probes[i].done)
			return;
	}
	if (lt->nprobes != 0)
		end_round(lt);
	choose_way(lt);
}

void
fs_lot_forget(struct fs_lot *lt)
{
	lt->in_flight = 0;
	lt->nprobes = 0;
}

/*
 * A scan of the whole, and when it is the better way
 */

static void
sift(const struct fs_lot *lt, const struct fs_list *keys, struct fs_sieve *sv)
{
	struct fs_bytes id;

	for (size_t i = 0; i < keys->count; i++) {
		if (fs_key_id(fs_list_at(keys, i), fs_store_prefix(lt->st),
		    &id))
			fs_sieve_add(sv, id);
	}
}

bool
fs_lot_scan(struct fs_lot *lt, size_t need, struct fs_err *err)
{
	struct fs_scan_options	 opt = { .page = PAGE_COUNT, .no_seen = true,
				     .replicas = lt->replicas };
	struct fs_scan		*sc = fs_scan_open(lt->st, &opt);
	const struct fs_list	*keys;
	const struct fs_unit	*unit;
	struct fs_sieve		 sieve;
	enum fs_scan_event	 event;

	fs_sieve_init(&sieve, need > SAMPLE_MIN / 4 ? 4 * need : SAMPLE_MIN,
	    fs_rng_next(lt->rng));
	while ((event = fs_scan_next(sc, &keys, &unit, err)) == FS_SCAN_PAGE)
		sift(lt, keys, &sieve);
	fs_scan_close(sc);
	lt->met_whole = event == FS_SCAN_END;
	lt->met_all = fs_sieve_end(&sieve, &lt->met) && lt->met_whole;
	lt->met_us = fs_clock_mono();
	return lt->met_whole;
}

bool
fs_lot_is_costly(const struct fs_lot *lt, double need)
{
	double	size = keys_about(lt);
	double	probes = need / (lt->yield + 1e-9);

	if (lt->dbsize < 0 || lt->met_whole)
		return false;
	switch (lt->way) {
	case FS_LOT_BUCKETS:
		return probes * PROBE_COST > size;
	case FS_LOT_PAGES:
		return probes * PAGE_COUNT > size;
	case FS_LOT_SLOTS:
		return probes * (PROBE_COST +
		    (double)lt->run * size / FS_SLOTS) > size;
	case FS_LOT_SMALL:
		break;
	}
	return false;
}

