#include "store/scan.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "redis/map.h"
#include "redis/slot.h"
#include "store/key.h"
#include "store/seen.h"

#define PAGE		100
#define PAGE_RATED	100		/* who asks for a rate gets no more, */
#define PAGE_TIMES	500		/* and a so-manieth of a second's */
#define PAGE_GENTLE	48
#define PAGE_GENTLE_READ 16		/* where its keys are read */
#define PAGE_MIN	10		/* the least that backing off asks */
#define CEILING		(10 * FS_MS)	/* that a page may take, or */
#define CEILING_FAST	(100 * FS_MS)	/* where speed is asked for, or */
#define CEILING_TIMES	4		/* as long as the fastest */
#define WINDOW_BYTES	(1024 * 1024)
#define SEEN_BYTES	(1024 * 1024)	/* of all nodes together, but */
#define SEEN_MIN	(64 * 1024)	/* so many of each */
#define TRIES		3		/* of a page whose connection was lost */
#define LIVES_MAX	16		/* of a node, in one scan */
#define PAUSE_MIN	FS_MS		/* shorter ones are saved up */
#define MEASURE_EVERY	64		/* rounds, of the round trip */
#define PAUSE_SLICE	(50 * FS_MS)	/* between looks at cancel */
#define WAIT_SLICE	(200 * FS_MS)	/* for an answer, between empty pages */

/* A cursor that never ends: so many keys walked over, or DBSIZE times that. */
#define STEPS_MIN	UINT64_C(1000000)
#define STEPS_TIMES	10
#define STEPS_UNKNOWN	UINT64_C(1000000000)

/*
 * Tags of our own units: the node, with these bits DBSIZE, the type of its
 * i-th key or what it moves, else a page; and the node's life.
 */
#define TAG_NODE	UINT64_C(0xffff)
#define TAG_KEY(i)	((uint64_t)(i) << 16)	/* a reply has 2^20 at most */
#define TAG_KEY_OF(tag)	((size_t)((tag) >> 16 & 0xfffff))
#define TAG_DBSIZE	(UINT64_C(1) << 36)
#define TAG_TYPE	(UINT64_C(1) << 37)
#define TAG_MOVES	(UINT64_C(1) << 38)
#define TAG_LIFE(life)	((uint64_t)((life) % 256) << 40)

/* What a key is. */
enum key_type {
	TYPE_NONE,		/* gone meanwhile */
	TYPE_HASH,
	TYPE_OTHER,
};

struct scan_node {
	char		*name;
	size_t		 index;		/* in the cluster's map */
	bool		 asked;		/* a page is in flight */
	bool		 sizing;	/* a DBSIZE is */
	bool		 has_page;	/* one waits to be given out */
	bool		 done;
	int		 tries;
	unsigned	 life;		/* how often another took over */
	int		 to;		/* who has its slots now; -1: none */
	bool		 split;		/* several have */
	uint64_t	 cursor, next;
	uint64_t	 process;	/* whose cursor that is */
	bool		 out_of_line;	/* its cursors are in no order: */
	bool		 out_of_slots;	/* not in that of one table, not in
					   that of a table a slot */
	uint64_t	 before;	/* keys seen when its page came, */
	uint64_t	 mark;		/* and when its slot began */
	unsigned	 behind;	/* by another process the slots below
					   were walked to the end, */
	struct fs_seen	 given;		/* and of this one some of these came */
	struct fs_seen	 seen;		/* its last keys */
	uint64_t	 steps;		/* keys walked over, about */
	int64_t		 dbsize;	/* -1: not known */
	size_t		 count;		/* COUNT of the next page */
	int64_t		 not_before;	/* backing off until then */
	int64_t		 least_us;	/* that a page took */
	size_t		 nslots;
	double		 progress;
	struct fs_list	 page;
	struct fs_list	 untyped;	/* keys whose type is asked for */
	unsigned char	*types;		/* of them */
	size_t		 ntypes;	/* still to come */
	struct fs_err	 types_err;	/* why they will not do */
	int64_t		 types_us;	/* the slowest */
};

struct fs_scan {
	struct fs_store		*st;
	struct fs_batch		*batch;
	struct fs_cluster	*cluster;
	struct fs_scan_options	 opt;
	struct fs_str		 pattern;
	bool			 paced;		/* rounds with pauses */
	bool			 started;
	bool			 stopped;
	struct fs_list		 none;		/* the keys of a pause */
	bool			 answered;	/* some page came */
	bool			 looked_back;	/* from the end */
	struct fs_err		 moving;	/* a slot is on the move */
	struct scan_node	*nodes;
	size_t			 nnodes;
	size_t			 turn;		/* whose page is next */
	uint64_t		 epoch;
	uint16_t		*rank;		/* of a slot among its node's; */
	int16_t			*owner;		/* which node that is, -1: none;
						   NULL both: no cluster */
	struct fs_scan_state	 state;
	enum fs_code		 last_reason;	/* in state.err, of so many */
	int			 reasons;
	uint64_t		 walked;	/* keys, about */
	int64_t			 walk_rate;	/* of them a second; 0: any */
	int64_t			 rtt_us;	/* the least of a DBSIZE */
	int64_t			 round_us;	/* when the round began; 0 */
	unsigned		 rounds;
	bool			 worked;	/* the caller added units */
	int64_t			 owed_us;	/* pauses saved up */
	int64_t			 due_us;
	int64_t			 start_us;
};

/*
 * Cursors
 */

uint64_t
fs_scan_position(uint64_t v)
{
	v = (v >> 1 & UINT64_C(0x5555555555555555)) |
	    (v & UINT64_C(0x5555555555555555)) << 1;
	v = (v >> 2 & UINT64_C(0x3333333333333333)) |
	    (v & UINT64_C(0x3333333333333333)) << 2;
	v = (v >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) |
	    (v & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4;
	return __builtin_bswap64(v);
}

bool
fs_scan_cursor(struct fs_bytes text, uint64_t *cursor, struct fs_err *err)
{
	uint64_t n = 0;

	if (text.len == 0)
		return fs_fail(err, FS_EPROTO, "SCAN: no cursor");
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9' ||
		    __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, text.data[i] - '0', &n))
			return fs_fail(err, FS_EPROTO, "SCAN: not a cursor");
	}
	*cursor = n;
	return true;
}

/*
 * Opening
 */

static void
rank_slots(struct fs_scan *sc)
{
	sc->rank = fs_xcalloc(FS_SLOTS, sizeof(*sc->rank));
	sc->owner = fs_xcalloc(FS_SLOTS, sizeof(*sc->owner));
	for (unsigned slot = 0; slot < FS_SLOTS; slot++) {
		int node = fs_cluster_of_slot(sc->cluster, slot);

		sc->owner[slot] = (int16_t)node;
		if (node >= 0)
			sc->rank[slot] = (uint16_t)sc->nodes[node].nslots++;
	}
}

/* A node's keys come from it alone, so that what others give is no reason to
 * forget them. */
static size_t
seen_bytes(const struct fs_scan *sc)
{
	size_t share = SEEN_BYTES / (sc->nnodes != 0 ? sc->nnodes : 1);

	if (sc->opt.seen_max != 0)
		return sc->opt.seen_max;
	return share > SEEN_MIN ? share : SEEN_MIN;
}

static void
init_nodes(struct fs_scan *sc)
{
	struct fs_rng rng;

	fs_rng_seed_system(&rng);
	sc->epoch = fs_cluster_epoch(sc->cluster);
	sc->nnodes = fs_cluster_count(sc->cluster);
	sc->nodes = fs_xcalloc(sc->nnodes, sizeof(*sc->nodes));
	for (size_t i = 0; i < sc->nnodes; i++) {
		struct scan_node *node = &sc->nodes[i];

		node->name = fs_xstrdup(fs_cluster_name(sc->cluster, i));
		node->index = i;
		node->dbsize = -1;
		node->count = sc->opt.page;
		fs_seen_init(&node->seen, seen_bytes(sc), fs_rng_next(&rng));
	}
	if (fs_store_caps(sc->st)->clustered)
		rank_slots(sc);
}

static bool
is_share(double duty)
{
	return duty > 0 && duty < 1;
}

static size_t
least(size_t a, uint64_t b)
{
	return a < b ? a : (size_t)b;
}

/*
 * A page, and the reads of its keys, are what others may have to wait for: with
 * these it is 0.1 ms, which they hardly notice.
 */
size_t
fs_scan_page(size_t page, int64_t rate, double duty, bool reads)
{
	uint64_t n = rate > 0 ? (uint64_t)rate : 0;
	size_t gentle = reads ? PAGE_GENTLE_READ : PAGE_GENTLE;

	if (n != 0) {
		page = least(page, PAGE_RATED);
		page = least(page, n / PAGE_TIMES > gentle ?
		    n / PAGE_TIMES : gentle);
		/* So that a low one is even. */
		page = least(page, n / 10 + 1);
	}
	return is_share(duty) ? least(page, gentle) : page;
}

static void
set_options(struct fs_scan *sc, const struct fs_scan_options *opt)
{
	sc->opt = *opt;
	sc->walk_rate = fs_store_scan_rate(sc->st);
	if (sc->opt.page == 0)
		sc->opt.page = PAGE;
	sc->opt.page = fs_scan_page(sc->opt.page, opt->rate, opt->duty,
	    opt->untyped);
	sc->opt.page = fs_scan_page(sc->opt.page, sc->walk_rate, 0,
	    opt->untyped);
	sc->paced = opt->rate > 0 || sc->walk_rate > 0 || is_share(opt->duty);
	fs_key_pattern(&sc->pattern, fs_store_prefix(sc->st), opt->glob);
	sc->opt.glob = NULL;
}

struct fs_scan *
fs_scan_open(struct fs_store *st, const struct fs_scan_options *opt)
{
	struct fs_scan	*sc = fs_xcalloc(1, sizeof(*sc));

	sc->st = st;
	sc->batch = fs_store_batch(st);
	sc->cluster = fs_store_cluster(st);
	set_options(sc, opt);
	init_nodes(sc);
	sc->rtt_us = FS_NEVER;
	return sc;
}

void
fs_scan_close(struct fs_scan *sc)
{
	if (sc == NULL)
		return;
	if (sc->started && fs_batch_pending(sc->batch) != 0)
		fs_batch_drop(sc->batch);
	for (size_t i = 0; i < sc->nnodes; i++) {
		free(sc->nodes[i].name);
		fs_seen_free(&sc->nodes[i].given);
		fs_seen_free(&sc->nodes[i].seen);
		fs_list_free(&sc->nodes[i].page);
		fs_list_free(&sc->nodes[i].untyped);
		free(sc->nodes[i].types);
	}
	free(sc->nodes);
	free(sc->rank);
	free(sc->owner);
	fs_str_free(&sc->pattern);
	free(sc);
}

const struct fs_scan_state *
fs_scan_state(const struct fs_scan *sc)
{
	return &sc->state;
}

uint64_t
fs_scan_expected(const struct fs_scan *sc)
{
	const struct fs_scan_state *state = &sc->state;
	double whole = state->progress > 0.001 ?
	    (double)state->entities / state->progress : 0;

	if (state->complete)
		return state->entities;
	return whole < (double)INT64_MAX ? (uint64_t)whole : INT64_MAX;
}

/*
 * What can go wrong
 */

/* The first reason why the scan is not complete stands, with the first of
 * another kind: that the others are down may be since one is not there. */
static void
not_complete(struct fs_scan *sc, const struct fs_err *err)
{
	if (sc->reasons < 2 && err->code != sc->last_reason) {
		fs_fail_also(&sc->state.err, err);
		sc->last_reason = err->code;
		sc->reasons++;
	}
}

static void
lose(struct fs_scan *sc, struct scan_node *node, struct fs_err *err)
{
	node->done = true;
	fs_seen_free(&node->given);
	fs_fail_in(err, "scan of %s", node->name);
	not_complete(sc, err);
}

/*
 * The map changes
 */

static int
find_node(const struct fs_scan *sc, const char *name)
{
	size_t n = fs_cluster_count(sc->cluster);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(fs_cluster_name(sc->cluster, i), name) == 0)
			return (int)i;
	}
	return -1;
}

/* Who has the slots now that each node had. */
static void
find_heirs(struct fs_scan *sc)
{
	for (size_t i = 0; i < sc->nnodes; i++) {
		sc->nodes[i].to = -1;
		sc->nodes[i].split = false;
	}
	for (unsigned slot = 0; slot < FS_SLOTS; slot++) {
		int			 now = fs_cluster_of_slot(sc->cluster,
					    slot);
		struct scan_node	*node;

		if (sc->owner == NULL || sc->owner[slot] < 0 || now < 0)
			continue;
		node = &sc->nodes[sc->owner[slot]];
		if (node->to == -1)
			node->to = now;
		node->split = node->split || node->to != now;
	}
}

static bool
is_walked(const struct fs_scan *sc, const char *name)
{
	for (size_t i = 0; i < sc->nnodes; i++) {
		if (strcmp(sc->nodes[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Whether its cursors go from slot to slot, and have shown it. */
static bool
goes_by_slot(const struct fs_scan *sc, const struct scan_node *node)
{
	return sc->rank != NULL && node->out_of_line && !node->out_of_slots;
}

static void
forget_seen(struct fs_scan *sc, struct scan_node *node)
{
	uint64_t seed = node->seen.seed;

	fs_seen_free(&node->seen);
	fs_seen_init(&node->seen, seen_bytes(sc), seed);
	node->mark = 0;
}

static void
remember_given(struct fs_scan *sc, struct scan_node *node)
{
	fs_seen_add_all(&node->given, &node->seen);
	node->mark = node->seen.added;
	if (goes_by_slot(sc, node) && node->cursor % FS_SLOTS > node->behind)
		node->behind = node->cursor % FS_SLOTS;
}

/*
 * Another process is there: a replica took over, or the server was started
 * anew. Its tables have an order of their own, so that the cursor means nothing
 * there, and all of it is walked again. What was given out already is known:
 * the slots that were done, and the keys since the last of them began. If they
 * are too many to be known, what is left is given up.
 */
static void
start_over(struct fs_scan *sc, struct scan_node *node)
{
	struct fs_err err = { 0 };

	node->life++;
	if (node->life > LIVES_MAX || (!sc->opt.no_seen && !sc->opt.anew &&
	    !fs_seen_since(&node->seen, node->mark))) {
		fs_fail(&err, FS_EPARTIAL, "it was restarted or replaced "
		    "during the scan, and what is left was not read");
		lose(sc, node, &err);
		return;
	}
	if (sc->opt.anew)
		forget_seen(sc, node);
	else
		remember_given(sc, node);
	node->out_of_line = node->out_of_slots = false;
	node->cursor = 0;
	node->process = 0;
	node->steps = 0;
	node->tries = 0;
	node->not_before = 0;
}

static void
replace_node(struct fs_scan *sc, struct scan_node *node)
{
	free(node->name);
	node->name = fs_xstrdup(fs_cluster_name(sc->cluster,
	    (size_t)node->to));
	node->index = (size_t)node->to;
	if (!node->done)
		start_over(sc, node);
}

/* Keys have moved behind or before its cursor: what is left is walked. */
static void
node_changed(struct fs_scan *sc, struct scan_node *node)
{
	int		at = find_node(sc, node->name);
	struct fs_err	err = { 0 };

	fs_fail(&err, FS_EPARTIAL, "slots moved during the scan");
	not_complete(sc, &err);
	if (at >= 0) {
		node->index = (size_t)at;
	} else if (!node->done) {
		fs_fail(&err, FS_EPARTIAL, "no longer a node");
		lose(sc, node, &err);
	}
}

static void
map_changed(struct fs_scan *sc)
{
	sc->epoch = fs_cluster_epoch(sc->cluster);
	find_heirs(sc);
	for (size_t i = 0; i < sc->nnodes; i++) {
		struct scan_node	*node = &sc->nodes[i];
		const char		*now;

		now = fs_cluster_name(sc->cluster, (size_t)node->to);
		if (node->split || node->to == -1)
			node_changed(sc, node);
		else if (strcmp(now, node->name) == 0)
			node->index = (size_t)node->to;
		else if (is_walked(sc, now))
			node_changed(sc, node);
		else
			replace_node(sc, node);
	}
}

/* Whether its slots are elsewhere, as others know by now. */
static bool
has_heir(struct fs_scan *sc, const struct scan_node *node)
{
	unsigned life = node->life;

	fs_cluster_look(sc->cluster);
	if (fs_cluster_epoch(sc->cluster) != sc->epoch)
		map_changed(sc);
	return node->done || node->life != life;
}

/* Its keys may go from a node whose walk is not there yet to one whose walk
 * is past, or to one that has no slot yet. */
static void
slot_moves(struct fs_scan *sc, const struct scan_node *node, int slot)
{
	if (sc->moving.code == FS_OK)
		fs_fail(&sc->moving, FS_EPARTIAL, "keys may be missing: "
		    "slot %d of %s is on the move", slot, node->name);
}

/* A lost connection may come back, and the cursor is still good then. */
static void
page_failed(struct fs_scan *sc, struct scan_node *node, struct fs_err *err)
{
	if (!fs_err_passing(err->code)) {
		lose(sc, node, err);
		return;
	}
	if (++node->tries >= TRIES) {
		if (!has_heir(sc, node))
			lose(sc, node, err);
		return;
	}
	node->not_before = fs_clock_mono() + node->tries * 100 * FS_MS;
}

/*
 * Asking
 */

/* How much there is, and how long a round trip takes that costs no work. */
static void
ask_dbsize(struct fs_scan *sc)
{
	for (size_t i = 0; i < sc->nnodes; i++) {
		if (sc->nodes[i].done)
			continue;
		fs_batch_node(sc->batch, FS_SCAN_TAG | TAG_DBSIZE | i,
		    sc->nodes[i].index);
		fs_batch_cmd(sc->batch, FS_VERB_DBSIZE, 0);
		fs_batch_end(sc->batch);
		sc->nodes[i].sizing = true;
	}
}

/* What only the primaries know. */
static void
ask_moves(struct fs_scan *sc)
{
	for (size_t i = 0; i < sc->nnodes && sc->owner != NULL; i++) {
		fs_batch_node(sc->batch, FS_SCAN_TAG | TAG_MOVES | i,
		    sc->nodes[i].index);
		fs_batch_cmd(sc->batch, FS_VERB_CLUSTER_NODES, 0);
		fs_batch_end(sc->batch);
	}
}

static uint64_t
tag_of(const struct fs_scan *sc, const struct scan_node *node, uint64_t kind)
{
	return FS_SCAN_TAG | kind | TAG_LIFE(node->life) |
	    (uint64_t)(node - sc->nodes);
}

static void
ask_page(struct fs_scan *sc, struct scan_node *node)
{
	bool typed = !sc->opt.untyped && !sc->opt.any_type;

	fs_batch_node(sc->batch, tag_of(sc, node, 0), node->index);
	if (sc->opt.replicas)
		fs_batch_replica(sc->batch);
	fs_batch_cmd(sc->batch, FS_VERB_SCAN, typed ? 7 : 5);
	fs_batch_arg_u64(sc->batch, node->cursor);
	fs_batch_arg_text(sc->batch, "MATCH");
	fs_batch_arg(sc->batch, fs_str_bytes(&sc->pattern));
	fs_batch_arg_text(sc->batch, "COUNT");
	fs_batch_arg_u64(sc->batch, node->count);
	if (typed) {
		fs_batch_arg_text(sc->batch, "TYPE");
		fs_batch_arg_text(sc->batch, "hash");
	}
	fs_batch_end(sc->batch);
	node->asked = true;
}

/*
 * To count what is no hash, each key of a page is asked for its type, wherever
 * it is by now.
 */
static void
ask_types(struct fs_scan *sc, struct scan_node *node)
{
	size_t n = node->untyped.count;

	node->types = fs_xrealloc(node->types, n);
	node->ntypes = n;
	node->types_err.code = FS_OK;
	node->types_us = 0;
	node->asked = true;
	for (size_t i = 0; i < n; i++) {
		struct fs_bytes key = fs_list_at(&node->untyped, i);

		fs_batch_key(sc->batch,
		    tag_of(sc, node, TAG_TYPE | TAG_KEY(i)), key);
		if (sc->opt.replicas)
			fs_batch_replica(sc->batch);
		fs_batch_cmd(sc->batch, FS_VERB_TYPE, 1);
		fs_batch_arg(sc->batch, key);
		fs_batch_end(sc->batch);
	}
}

static bool
may_ask(const struct scan_node *node)
{
	return !node->done && !node->asked && !node->has_page &&
	    (node->not_before == 0 || node->not_before <= fs_clock_mono());
}

/* Others may have used the store during a pause. */
static void
set_window(struct fs_scan *sc)
{
	fs_batch_window(sc->batch, &(struct fs_window){
	    .units = 2 * sc->opt.page + 3 * sc->nnodes,
	    .bytes = WINDOW_BYTES, .any_order = true });
}

/* Ask all nodes that are free for a page. */
static void
ask(struct fs_scan *sc)
{
	if (fs_cluster_epoch(sc->cluster) != sc->epoch)
		map_changed(sc);
	for (size_t i = 0; i < sc->nnodes; i++) {
		if (may_ask(&sc->nodes[i]))
			ask_page(sc, &sc->nodes[i]);
	}
}

/*
 * Pages
 */

/*
 * A cursor counts the buckets of the table with its bits reversed, so that it
 * stays good when the table doubles: reversed back it is the share that is
 * done. In cluster mode each slot has a table, and the low 14 bits are the
 * slot.
 */
static double
share_done(const struct fs_scan *sc, const struct scan_node *node)
{
	uint64_t	cursor = node->cursor;
	unsigned	slot;

	if (node->done)
		return 1;
	if (sc->rank == NULL)
		return (double)fs_scan_position(cursor) / 0x1p64;
	if (node->nslots == 0)
		return 0;
	slot = cursor % FS_SLOTS;
	return (sc->rank[slot] + (double)fs_scan_position(cursor / FS_SLOTS) / 0x1p64) /
	    (double)node->nslots;
}

/* Keys of a slot, as those tell whose number is known; 0: none does. */
static double
keys_per_slot(const struct fs_scan *sc)
{
	double keys = 0, slots = 0;

	for (size_t i = 0; i < sc->nnodes; i++) {
		if (sc->nodes[i].dbsize < 0)
			continue;
		keys += (double)sc->nodes[i].dbsize;
		slots += (double)sc->nodes[i].nslots;
	}
	return slots > 0 ? keys / slots : 0;
}

static void
add_up_progress(struct fs_scan *sc)
{
	double done = 0, all = 0, per_slot = keys_per_slot(sc);

	for (size_t i = 0; i < sc->nnodes; i++) {
		const struct scan_node	*node = &sc->nodes[i];
		double			 weight = 1;

		if (node->sizing)
			return;		/* their weights are not known yet */
		if (node->dbsize > 0)
			weight += (double)node->dbsize;
		else if (node->dbsize < 0)
			weight += per_slot * (double)node->nslots;
		all += weight;
		done += weight * node->progress;
	}
	if (all > 0 && done / all > sc->state.progress)
		sc->state.progress = done / all;
}

/*
 * A page that took long is followed by a smaller one and a pause. Long is what
 * others of this node did not take: a server far away is not a slow one.
 */
static void
back_off(struct fs_scan *sc, struct scan_node *node, int64_t took_us)
{
	int64_t ceiling = sc->paced ? CEILING : CEILING_FAST;

	if (node->least_us == 0 || took_us < node->least_us)
		node->least_us = took_us;
	if (ceiling < CEILING_TIMES * node->least_us)
		ceiling = CEILING_TIMES * node->least_us;
	if (took_us > ceiling) {
		node->count /= 2;
		if (node->count < PAGE_MIN)
			node->count = PAGE_MIN;
		node->not_before = fs_clock_mono() + 4 * took_us;
	} else if (took_us < ceiling / 2) {
		node->count += node->count / 4 + 1;
	}
	if (node->count > sc->opt.page)
		node->count = sc->opt.page;
}

/* A reply of SCAN, checked: keys is an array of strings. */
static bool
parse_page(const struct fs_reply *reply, uint64_t *cursor,
    const struct fs_reply **keys, struct fs_err *err)
{
	struct fs_bytes text;

	if (!fs_reply_want_array(reply, "SCAN", 2, err) ||
	    !fs_reply_want_string(&reply->item[0], "SCAN", &text, err) ||
	    !fs_reply_want_array(&reply->item[1], "SCAN", SIZE_MAX, err) ||
	    !fs_scan_cursor(text, cursor, err))
		return false;
	*keys = &reply->item[1];
	for (size_t i = 0; i < (*keys)->len; i++) {
		if (!fs_reply_want_string(&(*keys)->item[i], "SCAN", &text,
		    err))
			return false;
	}
	return true;
}

static bool
is_entity(const struct fs_scan *sc, struct fs_bytes key)
{
	struct fs_bytes id;

	return fs_key_id(key, fs_store_prefix(sc->st), &id);
}

/* Both its nodes or none may show a key that is not at home. */
static void
look_for_home(struct fs_scan *sc, const struct scan_node *node,
    struct fs_bytes key)
{
	unsigned slot;

	if (sc->owner == NULL)
		return;
	slot = fs_slot_of(key);
	if (sc->owner[slot] != node - sc->nodes)
		slot_moves(sc, node, (int)slot);
}

/* Whether another process that was here before has given it. */
static bool
was_given(const struct scan_node *node, struct fs_bytes key)
{
	if (node->behind != 0 && fs_slot_of(key) < node->behind)
		return true;
	return node->life != 0 && fs_seen_has(&node->given, key);
}

/* Whether it has not come before, as far as that can be told. */
static bool
is_new(struct fs_scan *sc, struct scan_node *node, struct fs_bytes key)
{
	if (sc->opt.no_seen)
		return true;
	if (!was_given(node, key) && fs_seen_add(&node->seen, key))
		return true;
	sc->state.repeats++;
	return false;
}

static void
keep(struct fs_scan *sc, struct scan_node *node, struct fs_bytes key)
{
	if (is_new(sc, node, key))
		fs_list_add(&node->page, key);
}

/*
 * Why few keys have to be known to tell repeats. A server walks its buckets in
 * the order of fs_scan_position(), slot after slot in a cluster, and never
 * goes back: while a table shrinks it shows again, at most, what lay in the
 * one bucket where the walk is, just given out. So as long as the cursors keep
 * to that order a key that comes again comes soon. Where they do not, any may
 * come again at any time, and once some are forgotten nobody can tell.
 */
static void
check_order(struct fs_scan *sc, struct scan_node *node, uint64_t next)
{
	uint64_t slot = next % FS_SLOTS, was = node->cursor % FS_SLOTS;

	if (fs_scan_position(next) <= fs_scan_position(node->cursor))
		node->out_of_line = true;
	if (slot < was || (slot == was &&
	    fs_scan_position(next / FS_SLOTS) <=
	    fs_scan_position(node->cursor / FS_SLOTS)))
		node->out_of_slots = true;
	if (goes_by_slot(sc, node) && slot != was && slot > node->behind) {
		node->mark = node->before;
		fs_seen_free(&node->given);
	}
}

static bool
is_in_order(const struct fs_scan *sc, const struct scan_node *node)
{
	return !node->out_of_line ||
	    (sc->rank != NULL && !node->out_of_slots);
}

static uint64_t
steps_max(const struct scan_node *node)
{
	uint64_t max;

	if (node->dbsize < 0)
		return STEPS_UNKNOWN;
	max = (uint64_t)node->dbsize * STEPS_TIMES;
	return max > STEPS_MIN ? max : STEPS_MIN;
}

static void
move_on(struct fs_scan *sc, struct scan_node *node, uint64_t cursor)
{
	struct fs_err	err = { 0 };
	double		share;

	node->tries = 0;
	if (cursor != 0)
		check_order(sc, node, cursor);
	node->cursor = cursor;
	if (!is_in_order(sc, node) && !fs_seen_since(&node->seen, 0))
		sc->state.approximate = true;
	node->steps += node->count;
	sc->walked += node->count;
	if (cursor == 0) {
		node->done = true;
		fs_seen_free(&node->given);
	} else if (node->steps > steps_max(node)) {
		fs_fail(&err, FS_EPROTO, "the cursor does not come to an end");
		lose(sc, node, &err);
	}
	share = share_done(sc, node);
	if (share > node->progress)
		node->progress = share < 1 ? share : 1;
	add_up_progress(sc);
}

static void
page_done(struct fs_scan *sc, struct scan_node *node)
{
	sc->answered = true;
	/* An empty one too: the caller may have something else to do. */
	node->has_page = true;
	move_on(sc, node, node->next);
}

static bool
take_keys(struct fs_scan *sc, struct scan_node *node,
    const struct fs_unit *unit, struct fs_err *err)
{
	const struct fs_reply *keys;

	if (unit->nreplies != 1)
		return fs_fail(err, FS_EPROTO, "SCAN: no answer");
	if (!parse_page(&unit->reply[0], &node->next, &keys, err))
		return false;
	/* A bucket is given whole, which in Valkey is seven keys. */
	if (keys->len > node->count)
		sc->walked += keys->len - node->count;
	node->before = node->seen.added;
	fs_list_clear(&node->page);
	fs_list_clear(&node->untyped);
	for (size_t i = 0; i < keys->len; i++) {
		const struct fs_reply	*item = &keys->item[i];
		struct fs_bytes		 key = fs_bytes(item->text, item->len);

		if (!is_entity(sc, key))
			continue;
		look_for_home(sc, node, key);
		if (sc->opt.any_type)
			fs_list_add(&node->untyped, key);
		else
			keep(sc, node, key);
	}
	if (node->untyped.count != 0)
		ask_types(sc, node);
	else
		page_done(sc, node);
	return true;
}

static bool
parse_type(const struct fs_unit *unit, unsigned char *type, struct fs_err *err)
{
	struct fs_bytes text;

	if (unit->err.code != FS_OK) {
		*err = unit->err;
		return false;
	}
	if (!fs_reply_want_string(&unit->reply[0], "TYPE", &text, err))
		return false;
	*type = TYPE_OTHER;
	if (fs_bytes_eq(text, fs_bytes_of("hash")))
		*type = TYPE_HASH;
	else if (fs_bytes_eq(text, fs_bytes_of("none")))
		*type = TYPE_NONE;
	return true;
}

/* All of a page are there. */
static void
sort_out(struct fs_scan *sc, struct scan_node *node)
{
	for (size_t i = 0; i < node->untyped.count; i++) {
		struct fs_bytes key = fs_list_at(&node->untyped, i);

		if (node->types[i] == TYPE_HASH)
			keep(sc, node, key);
		else if (node->types[i] == TYPE_OTHER &&
		    is_new(sc, node, key))
			sc->state.not_hashes++;
	}
	page_done(sc, node);
}

/* Whether the unit is of the node that is there now. */
static bool
is_of_life(const struct scan_node *node, const struct fs_unit *unit)
{
	return (unit->tag & TAG_LIFE(255)) == TAG_LIFE(node->life);
}

static void
take_type(struct fs_scan *sc, struct scan_node *node,
    const struct fs_unit *unit)
{
	size_t i = TAG_KEY_OF(unit->tag);

	if (node->types_err.code == FS_OK)
		parse_type(unit, &node->types[i], &node->types_err);
	if (unit->took_us > node->types_us)
		node->types_us = unit->took_us;
	if (--node->ntypes != 0)
		return;
	node->asked = false;
	node->not_before = 0;
	if (!is_of_life(node, unit))
		return;
	if (node->types_err.code != FS_OK) {
		page_failed(sc, node, &node->types_err);
		return;
	}
	sort_out(sc, node);
	back_off(sc, node, node->types_us);
}

static void
take_page(struct fs_scan *sc, struct scan_node *node,
    const struct fs_unit *unit)
{
	struct fs_err	err = unit->err;
	bool		ok = err.code == FS_OK;

	node->asked = false;
	node->not_before = 0;
	if (!is_of_life(node, unit))
		return;
	if (ok && node->cursor != 0 && unit->process != node->process) {
		start_over(sc, node);
		return;
	}
	if (ok) {
		node->process = unit->process;
		ok = take_keys(sc, node, unit, &err);
	}
	if (ok)
		back_off(sc, node, unit->took_us);
	else
		page_failed(sc, node, &err);
}

/* DBSIZE may be denied: then the end of a cursor is less well guarded. */
static void
take_dbsize(struct fs_scan *sc, struct scan_node *node,
    const struct fs_unit *unit)
{
	node->sizing = false;
	if (unit->err.code != FS_OK || unit->nreplies != 1)
		return;
	fs_reply_want_integer(&unit->reply[0], "DBSIZE", &node->dbsize, NULL);
	if (unit->took_us < sc->rtt_us)
		sc->rtt_us = unit->took_us;
}

/* It may be denied: then a slot on the move shows when its keys do, or by the
 * end of the move. */
static void
take_moves(struct fs_scan *sc, const struct scan_node *node,
    const struct fs_unit *unit)
{
	struct fs_bytes	text;
	int		slot;

	if (unit->err.code != FS_OK || unit->nreplies != 1 ||
	    !fs_reply_want_string(&unit->reply[0], "CLUSTER NODES", &text,
	    NULL))
		return;
	slot = fs_map_moving(text);
	if (slot >= 0)
		slot_moves(sc, node, slot);
}

static void
take_own(struct fs_scan *sc, const struct fs_unit *unit)
{
	struct scan_node *node = &sc->nodes[unit->tag & TAG_NODE];

	if ((unit->tag & TAG_DBSIZE) != 0)
		take_dbsize(sc, node, unit);
	else if ((unit->tag & TAG_TYPE) != 0)
		take_type(sc, node, unit);
	else if ((unit->tag & TAG_MOVES) != 0)
		take_moves(sc, node, unit);
	else
		take_page(sc, node, unit);
}

/*
 * The budget: a round asks each node for a page, the caller's units for it are
 * taken, and then there is a pause, in which the store is free.
 */

/* About how long the servers worked in the round. */
static int64_t
time_worked(const struct fs_scan *sc, int64_t now)
{
	int64_t wall = now - sc->round_us, idle = sc->rtt_us;

	if (sc->rtt_us == FS_NEVER)
		return wall;
	if (sc->worked)
		idle *= 2;
	return wall - idle > wall / 10 ? wall - idle : wall / 10;
}

/* Not before so many are due at this rate. */
static void
keep_rate(struct fs_scan *sc, uint64_t n, int64_t rate)
{
	int64_t even;

	if (rate <= 0)
		return;
	even = sc->start_us + (int64_t)((double)n * (double)FS_SEC /
	    (double)rate);
	if (even > sc->due_us)
		sc->due_us = even;
}

static void
end_round(struct fs_scan *sc)
{
	int64_t now = fs_clock_mono();

	if (sc->round_us == 0 || !sc->paced)
		return;
	if (is_share(sc->opt.duty))
		sc->owed_us += (int64_t)((double)time_worked(sc, now) *
		    (1 / sc->opt.duty - 1));
	if (sc->owed_us >= PAUSE_MIN) {
		sc->due_us = now + sc->owed_us;
		sc->owed_us = 0;
	}
	sc->round_us = 0;
	keep_rate(sc, sc->state.entities, sc->opt.rate);
	keep_rate(sc, sc->walked, sc->walk_rate);
}

/* A round by itself shows how long a round trip without work takes. */
static void
begin_round(struct fs_scan *sc)
{
	set_window(sc);
	if (!sc->started) {
		sc->started = true;
		sc->start_us = fs_clock_mono();
		ask_dbsize(sc);
		ask_moves(sc);
	} else if (sc->paced && sc->rounds++ % MEASURE_EVERY == 0) {
		ask_dbsize(sc);
		return;
	}
	sc->round_us = fs_clock_mono();
	sc->worked = false;
	ask(sc);
}

/* The earliest time at which a node may be asked. */
static int64_t
earliest(const struct fs_scan *sc)
{
	int64_t due = FS_NEVER;

	for (size_t i = 0; i < sc->nnodes; i++) {
		const struct scan_node *node = &sc->nodes[i];

		if (!node->done && node->not_before < due)
			due = node->not_before;
	}
	return due > sc->due_us ? due : sc->due_us;
}

int64_t
fs_scan_due(struct fs_scan *sc)
{
	int64_t due;

	if (!sc->started || fs_batch_pending(sc->batch) != 0)
		return 0;
	for (size_t i = 0; i < sc->nnodes; i++) {
		if (sc->nodes[i].has_page)
			return 0;
	}
	end_round(sc);
	due = earliest(sc);
	return due != FS_NEVER ? due : 0;
}

/* Sleep a slice of the pause; false when there is none. */
static bool
pause_some(struct fs_scan *sc)
{
	int64_t left = earliest(sc) - fs_clock_mono();

	if (left <= 0)
		return false;
	if (left > PAUSE_SLICE)
		left = PAUSE_SLICE;
	nanosleep(&(struct timespec){ .tv_nsec = (long)left * 1000 }, NULL);
	return true;
}

/*
 * Giving out
 */

/* The next node that has a page, in turns; NULL when none has. */
static struct scan_node *
next_page(struct fs_scan *sc)
{
	for (size_t i = 0; i < sc->nnodes; i++) {
		struct scan_node *node;

		node = &sc->nodes[(sc->turn + i) % sc->nnodes];
		if (node->has_page) {
			sc->turn = (size_t)(node - sc->nodes) + 1;
			return node;
		}
	}
	return NULL;
}

/* The next page is asked for before this one's keys are worked on. */
static const struct fs_list *
give(struct fs_scan *sc, struct scan_node *node)
{
	node->has_page = false;
	sc->state.entities += node->page.count;
	if (!sc->paced)
		ask(sc);
	return &node->page;
}

static bool
all_done(const struct fs_scan *sc)
{
	for (size_t i = 0; i < sc->nnodes; i++) {
		if (!sc->nodes[i].done)
			return false;
	}
	return true;
}

static bool
has_failed(const struct fs_scan *sc)
{
	return !sc->answered && sc->state.err.code != FS_OK;
}

/* Once all pages are there: ask whether slots moved, or do. */
static bool
look_back(struct fs_scan *sc)
{
	if (sc->looked_back || has_failed(sc))
		return false;
	sc->looked_back = true;
	if (fs_cluster_epoch(sc->cluster) != sc->epoch)
		map_changed(sc);
	if (sc->state.err.code == FS_OK && sc->moving.code == FS_OK)
		ask_moves(sc);
	/* SCAN is not redirected, so nobody may have said so yet. */
	fs_cluster_look(sc->cluster);
	return true;
}

static enum fs_scan_event
finish(struct fs_scan *sc, struct fs_err *err)
{
	if (has_failed(sc)) {
		if (err != NULL)
			*err = sc->state.err;
		return FS_SCAN_FAIL;
	}
	if (fs_cluster_epoch(sc->cluster) != sc->epoch)
		map_changed(sc);
	if (sc->moving.code != FS_OK)
		not_complete(sc, &sc->moving);
	sc->state.complete = sc->state.err.code == FS_OK;
	add_up_progress(sc);
	return FS_SCAN_END;
}

/* The next unit; NULL when there is none in flight, or none comes yet. */
static const struct fs_unit *
take(struct fs_scan *sc)
{
	if (sc->stopped || fs_batch_pending(sc->batch) == 0)
		return fs_batch_take(sc->batch);
	fs_batch_wait(sc->batch, -1, fs_clock_mono() +
	    (sc->opt.wait_us != 0 ? sc->opt.wait_us : WAIT_SLICE));
	return fs_batch_poll(sc->batch);
}

enum fs_scan_event
fs_scan_next(struct fs_scan *sc, const struct fs_list **keys,
    const struct fs_unit **unit, struct fs_err *err)
{
	for (;;) {
		struct scan_node *node;

		if (fs_store_cancelled(sc->st)) {
			fs_fail(err, FS_ECANCEL, "cancelled");
			return FS_SCAN_FAIL;
		}
		node = sc->stopped ? NULL : next_page(sc);
		if (node != NULL && !fs_batch_full(sc->batch)) {
			*keys = give(sc, node);
			return FS_SCAN_PAGE;
		}
		if (sc->started && !sc->paced && !sc->stopped)
			ask(sc);
		*unit = take(sc);
		if (*unit == NULL && sc->stopped) {
			fs_fail(err, FS_ECANCEL, "cancelled");
			return FS_SCAN_FAIL;
		} else if (*unit == NULL && fs_batch_pending(sc->batch) != 0) {
			*keys = &sc->none;
			return FS_SCAN_PAGE;
		} else if (*unit == NULL) {
			end_round(sc);
			if (sc->started && all_done(sc)) {
				if (look_back(sc))
					continue;
				return finish(sc, err);
			}
			if (sc->started && pause_some(sc)) {
				*keys = &sc->none;
				return FS_SCAN_PAGE;
			}
			begin_round(sc);
		} else if (((*unit)->tag & FS_SCAN_TAG) == 0) {
			sc->worked = true;
			return FS_SCAN_UNIT;
		} else if (!sc->stopped) {
			take_own(sc, *unit);
		}
	}
}

void
fs_scan_stop(struct fs_scan *sc)
{
	sc->stopped = true;
}
