#include "work/census.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/key.h"
#include "store/scan.h"
#include "work/conn.h"

#define DUTY		0.1			/* of the server's time */
#define TYPED_MAX	1000000	/* keys up to which other types are counted */
#define REST_MIN	(10 * FS_SEC)
#define REST_MOVED	FS_SEC			/* where something changed */
#define REST_TIMES	20			/* of the duration of a scan */
#define SHOW_US		FS_SEC			/* while it is under way */
#define WAIT_US		(50 * FS_MS)		/* for a page, at a time */
#define RETRY_US	(5 * FS_SEC)

struct fs_counter {
	struct fs_conn		 conn;
	struct fs_scan		*scan;		/* NULL: at rest */
	bool			 up;
	bool			 again;		/* a new one is wanted */
	int64_t			 start_us, shown_us;
	int64_t			 end_us;	/* of the last; 0: none yet */
	int64_t			 took_us;
	int64_t			 next_us;	/* when the next is due */
	int64_t			 dbsize;	/* as last seen */
	int64_t			 dbsize_first;	/* when the scan began */
	int64_t			 dbsize_then;	/* when it ended */
	bool			 unsteady;	/* they differ */
	bool			 whole;		/* the database was the store */
	struct fs_census	 census;
	struct fs_list		 found;		/* by the scan under way */
	bool			 cut;		/* more were found than kept */
	struct fs_list		 ids;
	bool			 complete;
	uint64_t		 changes;
};

struct fs_counter *
fs_counter_new(const struct fs_store_options *opt)
{
	struct fs_counter *ct = fs_xcalloc(1, sizeof(*ct));

	fs_conn_init(&ct->conn, opt);
	ct->census.count = -1;
	ct->dbsize = ct->dbsize_then = -1;
	return ct;
}

void
fs_counter_free(struct fs_counter *ct)
{
	if (ct == NULL)
		return;
	fs_scan_close(ct->scan);
	fs_conn_close(&ct->conn);
	fs_list_free(&ct->found);
	fs_list_free(&ct->ids);
	free(ct);
}

/*
 * When
 */

static bool
has_moved(const struct fs_counter *ct)
{
	return ct->dbsize >= 0 &&
	    (ct->unsteady || ct->dbsize != ct->dbsize_then);
}

/* Small stores are looked at often, and soon after something changed. */
static int64_t
next_scan(const struct fs_counter *ct)
{
	int64_t rest = has_moved(ct) ? REST_MOVED : REST_MIN;

	if (ct->again || ct->end_us == 0)
		return ct->next_us;
	if (rest < REST_TIMES * ct->took_us)
		rest = REST_TIMES * ct->took_us;
	return ct->end_us + rest > ct->next_us ? ct->end_us + rest :
	    ct->next_us;
}

int64_t
fs_counter_due(struct fs_counter *ct)
{
	if (!ct->up)
		return FS_NEVER;
	if (ct->scan != NULL)
		return fs_scan_due(ct->scan);
	return next_scan(ct);
}

void
fs_counter_poke(struct fs_counter *ct)
{
	ct->again = true;
	ct->next_us = 0;
	fs_conn_hurry(&ct->conn);
}

static void
drop(struct fs_counter *ct)
{
	fs_scan_close(ct->scan);
	ct->scan = NULL;
	ct->census.scanning = false;
}

void
fs_counter_up(struct fs_counter *ct, int64_t dbsize)
{
	ct->up = true;
	ct->dbsize = dbsize;
}

void
fs_counter_down(struct fs_counter *ct)
{
	ct->up = false;
	drop(ct);
	fs_conn_close(&ct->conn);
	fs_counter_poke(ct);
}

/*
 * The ids
 */

static void
cut(struct fs_counter *ct)
{
	fs_list_sort_unique(&ct->found);
	if (ct->found.count <= FS_CENSUS_IDS)
		return;
	ct->cut = true;
	fs_list_cut(&ct->found, FS_CENSUS_IDS);
}

static void
add_ids(struct fs_counter *ct, const struct fs_list *keys)
{
	struct fs_bytes prefix = fs_bytes_of(ct->conn.opt.schema->prefix), id;

	for (size_t i = 0; i < keys->count; i++) {
		if (fs_key_id(fs_list_at(keys, i), prefix, &id))
			fs_list_add(&ct->found, id);
	}
	if (ct->found.count >= 2 * FS_CENSUS_IDS)
		cut(ct);
}

static bool
same(const struct fs_list *a, const struct fs_list *b)
{
	return a->count == b->count && fs_bytes_eq(fs_str_bytes(&a->text),
	    fs_str_bytes(&b->text));
}

/* Show what was found. all: the scan has seen the whole store. */
static void
show_ids(struct fs_counter *ct, bool all)
{
	cut(ct);
	ct->complete = all && !ct->cut;
	if (!same(&ct->ids, &ct->found)) {
		fs_list_copy(&ct->ids, &ct->found);
		ct->changes++;
	}
}

/*
 * The scan
 */

/* Always false. It is told once, and shown until a scan gets to its end. */
static bool
fail(struct fs_counter *ct, const struct fs_err *err)
{
	drop(ct);
	fs_conn_failed(&ct->conn, err);
	ct->next_us = fs_clock_mono() + RETRY_US;
	if (strcmp(ct->census.err.msg, err->msg) != 0)
		fs_log(FS_LOG_WARN, "counting the entities: %s", err->msg);
	ct->census.err = *err;
	return false;
}

static bool
begin(struct fs_counter *ct)
{
	const struct fs_scan_options opt = { .duty = DUTY,
		.any_type = ct->dbsize >= 0 && ct->dbsize < TYPED_MAX,
		.replicas = true, .wait_us = WAIT_US };
	struct fs_err err = { 0 };

	if (!fs_conn_open(&ct->conn, &err))
		return fail(ct, &err);
	ct->again = false;
	ct->scan = fs_scan_open(ct->conn.store, &opt);
	ct->start_us = ct->shown_us = fs_clock_mono();
	ct->dbsize_first = ct->dbsize;
	fs_list_clear(&ct->found);
	ct->cut = false;
	return true;
}

/* Whether the prefix holds the whole database, as far as that stood still. */
static void
compare_dbsize(struct fs_counter *ct)
{
	int64_t a = ct->dbsize_first, b = ct->dbsize, n = ct->census.count;

	ct->unsteady = a != b;
	ct->dbsize_then = b;
	ct->whole = a >= 0 && b >= 0 && ((a <= n && n <= b) ||
	    (b <= n && n <= a));
}

static bool
end(struct fs_counter *ct)
{
	const struct fs_scan_state *state = fs_scan_state(ct->scan);
	struct fs_census *cs = &ct->census;
	bool complete;

	cs->err = state->err;
	cs->count = (int64_t)state->entities;
	compare_dbsize(ct);
	cs->exact = state->complete && !state->approximate && !ct->unsteady;
	complete = state->complete;
	cs->not_hashes = (int64_t)state->not_hashes;
	cs->as_of_wall_us = fs_clock_wall();
	cs->progress = 1;
	ct->end_us = fs_clock_mono();
	ct->took_us = ct->end_us - ct->start_us;
	drop(ct);
	fs_conn_good(&ct->conn);
	show_ids(ct, complete);
	fs_list_free(&ct->found);
	return true;
}

/* Nothing is known yet: show what there is, and later that it goes on. */
static bool
show_progress(struct fs_counter *ct)
{
	const struct fs_scan_state *state = fs_scan_state(ct->scan);
	int64_t now = fs_clock_mono();
	bool first = ct->end_us == 0 && ct->ids.count == 0;

	if (!first && now - ct->shown_us < SHOW_US)
		return false;
	ct->shown_us = now;
	ct->census.scanning = true;
	ct->census.progress = state->progress;
	ct->census.found = (int64_t)state->entities;
	if (ct->end_us == 0)
		show_ids(ct, false);
	return true;
}

bool
fs_counter_step(struct fs_counter *ct)
{
	const struct fs_list *keys;
	const struct fs_unit *unit;
	struct fs_err err = { 0 };

	if (ct->scan == NULL && !begin(ct))
		return true;
	switch (fs_scan_next(ct->scan, &keys, &unit, &err)) {
	case FS_SCAN_PAGE:
		/* The pause is for the server's time, not for ours. */
		fs_scan_due(ct->scan);
		add_ids(ct, keys);
		return show_progress(ct);
	case FS_SCAN_UNIT:
		return false;
	case FS_SCAN_END:
		return end(ct);
	case FS_SCAN_FAIL:
		break;
	}
	fail(ct, &err);
	return true;
}

/*
 * What is known
 */

struct fs_census
fs_counter_census(const struct fs_counter *ct)
{
	struct fs_census cs = ct->census;

	if (cs.count < 0 || ct->dbsize < 0 || ct->dbsize == ct->dbsize_then)
		return cs;
	cs.exact = false;
	if (ct->whole)
		cs.count += ct->dbsize - ct->dbsize_then;
	if (cs.count < 0)
		cs.count = 0;
	return cs;
}

const struct fs_list *
fs_counter_ids(const struct fs_counter *ct, bool *complete,
    uint64_t *changes)
{
	*complete = ct->complete;
	*changes = ct->changes;
	return &ct->ids;
}
