/*
 * Repair: what lacks a TTL gets the configured one, only where there is none
 * (NX), so that nothing that somebody sets meanwhile is shortened. Of an orphan
 * the streaming features are deleted by name, so that a batch feature which is
 * written meanwhile stays; without it the key goes with the last of them.
 */
#include "store/repair.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/entity.h"
#include "store/glance.h"
#include "store/scan.h"

#define PAGE		500

/* Tags: what is changed, and of how many fields. */
#define TAG_FIELDS(n)	((uint64_t)(n) << 8)
#define TAG_FIELDS_OF(tag)	((size_t)((tag) >> 8))
#define TAG_CHANGE	UINT64_C(0xff)

enum change {
	CHANGE_FIELDS,		/* HPEXPIRE NX: one TTL, some fields */
	CHANGE_KEY,		/* PEXPIRE NX */
	CHANGE_DELETE,
};

struct fs_repair {
	struct fs_store		*st;
	struct fs_batch		*batch;
	const struct fs_schema	*schema;
	struct fs_scan		*scan;
	struct fs_glance	*glance;
	bool			 dry_run, delete_orphans, ended;
	struct fs_repair_count	 count;
	struct fs_err		 err;		/* the first that was passing */
	bool			 stopped;	/* no change is asked for */
	bool			*leaks;		/* of one entity, by feature */
	struct fs_list		 orphans;	/* the first of them */
};

struct fs_repair *
fs_repair_open(struct fs_store *st, const struct fs_repair_options *opt)
{
	struct fs_repair *rp = fs_xcalloc(1, sizeof(*rp));

	rp->st = st;
	rp->batch = fs_store_batch(st);
	rp->schema = fs_store_schema(st);
	rp->dry_run = opt->dry_run;
	rp->delete_orphans = opt->delete_orphans;
	rp->leaks = fs_xcalloc(rp->schema->nfeatures, sizeof(*rp->leaks));
	/* What is to be written is not decided by a copy that may be late. */
	rp->glance = fs_glance_open(st, false);
	rp->scan = fs_scan_open(st, &(struct fs_scan_options){
	    .page = PAGE, .rate = opt->rate,
	    .duty = opt->gentle ? FS_GENTLE_DUTY : 0, .untyped = true,
	    .anew = true });
	return rp;
}

void
fs_repair_close(struct fs_repair *rp)
{
	if (rp == NULL)
		return;
	fs_scan_close(rp->scan);
	fs_glance_close(rp->glance);
	fs_list_free(&rp->orphans);
	free(rp->leaks);
	free(rp);
}

void
fs_repair_stop(struct fs_repair *rp)
{
	rp->stopped = true;
	fs_scan_stop(rp->scan);
}

const struct fs_list *
fs_repair_orphans(const struct fs_repair *rp)
{
	return &rp->orphans;
}

const struct fs_repair_count *
fs_repair_count(const struct fs_repair *rp)
{
	return &rp->count;
}

/*
 * Asking for changes
 */

static void
ask_delete(struct fs_repair *rp, struct fs_bytes key)
{
	size_t n = fs_schema_count(rp->schema, FS_CLASS_STREAMING);

	fs_batch_key(rp->batch, CHANGE_DELETE, key);
	fs_batch_cmd(rp->batch, FS_VERB_HDEL, 1 + n);
	fs_batch_arg(rp->batch, key);
	for (size_t i = 0; i < rp->schema->nfeatures; i++) {
		const struct fs_feature *feature = &rp->schema->features[i];

		if (feature->class == FS_CLASS_STREAMING)
			fs_batch_arg_text(rp->batch, feature->name);
	}
	fs_batch_end(rp->batch);
}

static void
ask_key_ttl(struct fs_repair *rp, struct fs_bytes key)
{
	fs_batch_key(rp->batch, CHANGE_KEY, key);
	fs_batch_cmd(rp->batch, FS_VERB_PEXPIRE, 3);
	fs_batch_arg(rp->batch, key);
	fs_batch_arg_i64(rp->batch, rp->schema->batch_ttl_ms);
	fs_batch_arg_text(rp->batch, "NX");
	fs_batch_end(rp->batch);
}

/* The leak from this one on that has this TTL; the number of features: none. */
static size_t
next_leak(const struct fs_repair *rp, size_t i, int64_t ttl_ms)
{
	const struct fs_schema *schema = rp->schema;

	while (i < schema->nfeatures && (!rp->leaks[i] ||
	    fs_feature_ttl(schema, &schema->features[i]) != ttl_ms))
		i++;
	return i;
}

/* One command in the open unit for all leaks that get the TTL of this one. */
static void
add_fields(struct fs_repair *rp, struct fs_bytes key, size_t first)
{
	const struct fs_schema	*schema = rp->schema;
	int64_t	 ttl = fs_feature_ttl(schema, &schema->features[first]);
	size_t	 n = 0;

	for (size_t i = first; i < schema->nfeatures;
	    i = next_leak(rp, i + 1, ttl))
		n++;
	fs_batch_cmd(rp->batch, FS_VERB_HPEXPIRE, 5 + n);
	fs_batch_arg(rp->batch, key);
	fs_batch_arg_i64(rp->batch, ttl);
	fs_batch_arg_text(rp->batch, "NX");
	fs_batch_arg_text(rp->batch, "FIELDS");
	fs_batch_arg_u64(rp->batch, n);
	for (size_t i = first; i < schema->nfeatures;
	    i = next_leak(rp, i + 1, ttl)) {
		fs_batch_arg_text(rp->batch, schema->features[i].name);
		rp->leaks[i] = false;
	}
}

static void
ask_field_ttls(struct fs_repair *rp, struct fs_bytes key, uint64_t leaks)
{
	fs_batch_key(rp->batch, CHANGE_FIELDS | TAG_FIELDS(leaks), key);
	for (size_t i = 0; i < rp->schema->nfeatures; i++) {
		if (rp->leaks[i])
			add_fields(rp, key, i);
	}
	fs_batch_end(rp->batch);
}

/*
 * What is to be changed
 */

/* Counts the leaks and notes which; returns how many. */
static uint64_t
find_leaks(struct fs_repair *rp, const struct fs_seen_entity *seen)
{
	uint64_t n = 0;

	for (size_t i = 0; i < rp->schema->nfeatures; i++) {
		rp->leaks[i] = seen->field_deadline_ms[i] == FS_NO_TTL &&
		    rp->schema->features[i].class == FS_CLASS_STREAMING;
		n += rp->leaks[i];
	}
	return n;
}

/* Streaming features and nothing else, known or unknown. */
static bool
is_orphan(const struct fs_repair *rp, const struct fs_seen_entity *seen)
{
	uint64_t streaming = 0;

	for (size_t i = 0; i < rp->schema->nfeatures; i++)
		streaming += seen->field_deadline_ms[i] >= FS_NO_TTL &&
		    rp->schema->features[i].class == FS_CLASS_STREAMING;
	return streaming != 0 && seen->hlen <= streaming;
}

static void
mend(struct fs_repair *rp, const struct fs_seen_entity *seen)
{
	uint64_t	leaks = find_leaks(rp, seen);
	bool		orphan = is_orphan(rp, seen);
	bool		no_ttl = seen->key_deadline_ms == FS_NO_TTL;

	rp->count.seen++;
	rp->count.leaks += leaks;
	rp->count.keys_without_ttl += no_ttl;
	rp->count.orphans += orphan;
	if (orphan && rp->orphans.count < FS_ORPHANS_LISTED)
		fs_list_add(&rp->orphans, seen->id);
	if (orphan && rp->delete_orphans) {
		rp->count.found++;
		if (!rp->dry_run)
			ask_delete(rp, seen->key);
		return;
	}
	rp->count.found += leaks + no_ttl;
	if (leaks != 0 && !rp->dry_run)
		ask_field_ttls(rp, seen->key, leaks);
	if (no_ttl && !rp->dry_run)
		ask_key_ttl(rp, seen->key);
}

/*
 * Answers
 */

/* 1 is set; 0 has one meanwhile, -2 has gone meanwhile, 2 would be deleted.
 * most are the fields that were asked for and have no answer yet. */
static bool
take_fields(struct fs_repair *rp, const struct fs_reply *reply, size_t *most,
    struct fs_err *err)
{
	int64_t n;

	if (reply->type == FS_REPLY_NIL)
		return true;
	if (!fs_reply_want_array(reply, "HPEXPIRE", SIZE_MAX, err))
		return false;
	if (reply->len > *most)
		return fs_fail(err, FS_EPROTO, "HPEXPIRE: an answer for %u "
		    "fields, of which %zu were asked for", reply->len, *most);
	*most -= reply->len;
	for (size_t i = 0; i < reply->len; i++) {
		if (!fs_reply_want_integer(&reply->item[i], "HPEXPIRE", &n,
		    err))
			return false;
		rp->count.repaired += n == 1;
	}
	return true;
}

static bool
take_reply(struct fs_repair *rp, enum change change,
    const struct fs_reply *reply, size_t *fields, struct fs_err *err)
{
	bool	key = change == CHANGE_KEY;
	int64_t	n;

	/* It has become something else meanwhile. */
	if (fs_reply_is_error(reply, "WRONGTYPE"))
		return true;
	if (change == CHANGE_FIELDS)
		return take_fields(rp, reply, fields, err);
	if (!fs_reply_want_integer(reply, key ? "PEXPIRE" : "HDEL", &n, err))
		return false;
	rp->count.repaired += key && n == 1;
	rp->count.deleted += !key && n > 0;
	return true;
}

static bool
take_change(struct fs_repair *rp, const struct fs_unit *unit,
    struct fs_err *err)
{
	enum change	change = (enum change)(unit->tag & TAG_CHANGE);
	size_t		fields = TAG_FIELDS_OF(unit->tag);

	if (unit->err.code != FS_OK) {
		*err = unit->err;
		return false;
	}
	for (size_t i = 0; i < unit->nreplies; i++) {
		if (!take_reply(rp, change, &unit->reply[i], &fields, err))
			return false;
	}
	return true;
}

static bool
take_seen(struct fs_repair *rp, const struct fs_unit *unit,
    struct fs_err *err)
{
	struct fs_seen_entity seen;

	if (!fs_glance_take(rp->glance, unit, &seen, err))
		return false;
	rp->count.not_hashes += seen.kind == FS_GLANCE_NOT_HASH;
	if (seen.kind == FS_GLANCE_ENTITY && !rp->stopped)
		mend(rp, &seen);
	return true;
}

/* What could not be done for a reason that passes does not stop the rest. */
static bool
take(struct fs_repair *rp, const struct fs_unit *unit, struct fs_err *err)
{
	struct fs_err fault = { 0 };

	if ((unit->tag & FS_GLANCE_TAG) != 0 ? take_seen(rp, unit, &fault) :
	    take_change(rp, unit, &fault))
		return true;
	if (!fs_err_passing(fault.code)) {
		*err = fault;
		return false;
	}
	if (rp->err.code == FS_OK)
		rp->err = fault;
	return true;
}

/*
 * Steps
 */

static void
ask_page(struct fs_repair *rp, const struct fs_list *keys)
{
	fs_glance_page(rp->glance);
	for (size_t i = 0; i < keys->count; i++)
		fs_glance_ask(rp->glance, fs_list_at(keys, i));
	rp->count.progress = fs_scan_state(rp->scan)->progress;
}

static bool
end_scan(struct fs_repair *rp, struct fs_err *err)
{
	const struct fs_scan_state *state = fs_scan_state(rp->scan);

	*err = state->err;
	fs_fail_also(err, &rp->err);
	rp->count.expected = fs_scan_expected(rp->scan);
	rp->count.progress = state->progress;
	rp->count.complete = state->complete && err->code == FS_OK;
	return false;
}

static bool
next_page(struct fs_repair *rp, struct fs_err *err)
{
	const struct fs_list	*keys;
	const struct fs_unit	*unit;

	for (;;) {
		switch (fs_scan_next(rp->scan, &keys, &unit, err)) {
		case FS_SCAN_PAGE:
			ask_page(rp, keys);
			return true;
		case FS_SCAN_UNIT:
			if (!take(rp, unit, err))
				return false;
			break;
		case FS_SCAN_END:
			return end_scan(rp, err);
		case FS_SCAN_FAIL:
			return false;
		}
	}
}

bool
fs_repair_next(struct fs_repair *rp, struct fs_err *err)
{
	*err = (struct fs_err){ 0 };
	if (rp->ended)
		return false;
	rp->ended = !fs_store_need_field_ttl(rp->st, err) ||
	    !next_page(rp, err);
	return !rp->ended;
}
