/*
 * The audit: what walks the store, or a sample of it, and feeds the tally.
 *
 * How large the store is that a sample is of: the share of the keyspace that a
 * scan has walked is known from its cursors (see scan.c), so a few pages tell,
 * by what they hold, how much all of it does.
 */
#include "store/audit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/entity.h"
#include "store/glance.h"
#include "store/key.h"
#include "store/sample.h"
#include "store/scan.h"

#define PAGE		1000
#define COUNT_PAGES	20	/* walked to estimate the population, */
#define COUNT_KEYS	2000	/* until there are so many, or pages: */
#define COUNT_MOST	200

struct fs_audit {
	struct fs_store		*st;
	struct fs_audit_options	 opt;
	struct fs_tally		*tally;
	struct fs_glance	*glance;
	struct fs_scan		*scan;		/* of all, or to estimate */
	int			 pages;		/* walked to estimate */
	struct fs_sample		*drawing;		/* the sample */
	uint64_t		 drawn;
	uint64_t		 done;		/* entities read */
	uint64_t		 population;	/* 0: not known */
	bool			 exact;		/* the population */
	bool			 reached_end;	/* of the scan */
	bool			 complete, ended;
	struct fs_err		 err;		/* the first that was passing */
	int64_t			 start_us, end_us;
	int64_t			 due_us;	/* the sample's next page */
};

static double
duty(const struct fs_audit *au)
{
	return au->opt.gentle ? FS_GENTLE_DUTY : 0;
}

/* All of them, or a few pages to estimate how many there are. */
static void
open_scan(struct fs_audit *au)
{
	bool all = au->opt.sample == 0;

	fs_scan_close(au->scan);
	au->scan = fs_scan_open(au->st, &(struct fs_scan_options){
	    .page = PAGE, .duty = duty(au), .rate = all ? au->opt.rate :
	    au->opt.rate * FS_WALK_TIMES, .replicas = true, .untyped = all });
}

struct fs_audit *
fs_audit_open(struct fs_store *st, const struct fs_audit_options *opt)
{
	struct fs_audit *au = fs_xcalloc(1, sizeof(*au));

	au->st = st;
	au->opt = *opt;
	if (opt->rate > INT64_MAX / FS_WALK_TIMES)
		au->opt.rate = 0;
	au->tally = fs_tally_new(fs_store_schema(st), opt->examples);
	au->glance = fs_glance_open(st, true);
	open_scan(au);
	return au;
}

void
fs_audit_close(struct fs_audit *au)
{
	if (au == NULL)
		return;
	fs_scan_close(au->scan);
	if (au->drawing != NULL && fs_batch_pending(fs_store_batch(au->st)) != 0)
		fs_batch_drop(fs_store_batch(au->st));
	fs_sample_close(au->drawing);
	fs_glance_close(au->glance);
	fs_tally_free(au->tally);
	free(au);
}

/*
 * One entity
 */

static void
count(struct fs_audit *au, const struct fs_seen_entity *seen)
{
	if (seen->kind == FS_GLANCE_NOT_HASH)
		fs_tally_not_hash(au->tally, seen->id);
	if (seen->kind != FS_GLANCE_ENTITY)
		return;
	au->done++;
	fs_tally_entity(au->tally, seen->id, seen->key_deadline_ms,
	    seen->field_deadline_ms, seen->hlen, seen->server_ms);
	for (size_t i = 0; i < seen->nunknown; i++)
		fs_tally_unknown(au->tally, seen->unknown[i]);
	if (seen->many)
		fs_tally_unknown(au->tally, fs_bytes_of("(many)"));
}

/* What could not be read for a reason that passes costs completeness only. */
static bool
take(struct fs_audit *au, const struct fs_unit *unit, struct fs_err *err)
{
	struct fs_seen_entity	seen;
	struct fs_err		fault = { 0 };

	if (fs_glance_take(au->glance, unit, &seen, &fault)) {
		count(au, &seen);
		return true;
	}
	if (fs_err_passing(fault.code)) {
		if (au->err.code == FS_OK)
			au->err = fault;
		return true;
	}
	*err = fault;
	return false;
}

/*
 * All of them
 */

static void
ask_page(struct fs_audit *au, const struct fs_list *keys)
{
	fs_glance_page(au->glance);
	for (size_t i = 0; i < keys->count; i++)
		fs_glance_ask(au->glance, fs_list_at(keys, i));
}

static bool
end_scan(struct fs_audit *au, struct fs_err *err)
{
	const struct fs_scan_state *state = fs_scan_state(au->scan);

	au->reached_end = true;
	*err = state->err;
	fs_fail_also(err, &au->err);
	au->complete = state->complete && err->code == FS_OK;
	au->exact = au->complete && !state->approximate;
	return false;
}

static bool
next_page(struct fs_audit *au, struct fs_err *err)
{
	const struct fs_list	*keys;
	const struct fs_unit	*unit;

	for (;;) {
		switch (fs_scan_next(au->scan, &keys, &unit, err)) {
		case FS_SCAN_PAGE:
			ask_page(au, keys);
			return true;
		case FS_SCAN_UNIT:
			if (!take(au, unit, err))
				return false;
			break;
		case FS_SCAN_END:
			return end_scan(au, err);
		case FS_SCAN_FAIL:
			return false;
		}
	}
}

/*
 * A sample
 */

/* How many there are, when so many of them are this share. */
static uint64_t
whole_of(uint64_t part, double share)
{
	double whole = share > 0 ? (double)part / share : 0;

	return whole < (double)INT64_MAX ? (uint64_t)whole : INT64_MAX;
}

static void
set_population(struct fs_audit *au, bool ended)
{
	const struct fs_scan_state *state = fs_scan_state(au->scan);

	au->population = state->entities;
	au->exact = ended && state->complete && !state->approximate;
	if (!ended && state->progress > 0)
		au->population = whole_of(state->entities, state->progress);
}

/* A sample that is larger than the store is all of it. */
static void
begin_sample(struct fs_audit *au)
{
	uint64_t all = au->population;

	if (au->opt.sample >= (au->exact ? all : all + all / 4)) {
		au->opt.sample = 0;
		open_scan(au);
		return;
	}
	fs_scan_close(au->scan);
	au->scan = NULL;
	au->drawing = fs_sample_open(au->st, &(struct fs_sample_options){
	    .count = au->opt.sample, .rng = au->opt.rng, .duty = duty(au),
	    .page = fs_scan_page(PAGE, au->opt.rate, duty(au), true),
	    .rate = au->opt.rate * FS_WALK_TIMES });
}

/* Whether what was walked is enough to estimate from, and not more work than
 * the sample itself. */
static bool
is_enough(const struct fs_audit *au)
{
	uint64_t keys = COUNT_KEYS;

	if (au->opt.sample < keys / FS_WALK_TIMES)
		keys = FS_WALK_TIMES * au->opt.sample;
	return au->pages >= COUNT_MOST || (au->pages >= COUNT_PAGES &&
	    fs_scan_state(au->scan)->entities >= keys);
}

static bool
estimate(struct fs_audit *au, struct fs_err *err)
{
	const struct fs_list	*keys;
	const struct fs_unit	*unit;
	enum fs_scan_event	 event;

	event = fs_scan_next(au->scan, &keys, &unit, err);
	if (event == FS_SCAN_FAIL)
		return false;
	if (event == FS_SCAN_PAGE) {
		au->pages += keys->count != 0;
		if (!is_enough(au))
			return true;
	}
	set_population(au, event == FS_SCAN_END);
	begin_sample(au);
	return true;
}

static void
set_due(struct fs_audit *au, int64_t began_us, int64_t read_us, size_t n)
{
	int64_t now = fs_clock_mono(), even;

	au->due_us = now;
	/* Drawing them has made its own pauses. */
	if (au->opt.gentle)
		au->due_us += (int64_t)((double)(now - read_us) *
		    (1 / FS_GENTLE_DUTY - 1));
	if (au->opt.rate <= 0)
		return;
	even = began_us + (int64_t)((double)n * (double)FS_SEC /
	    (double)au->opt.rate);
	if (even > au->due_us)
		au->due_us = even;
}

static bool
read_ids(struct fs_audit *au, const struct fs_list *ids, struct fs_err *err)
{
	const struct fs_unit	*unit;
	struct fs_str		 key = { 0 };

	fs_batch_window(fs_store_batch(au->st), &(struct fs_window){
	    .units = 2 * ids->count, .any_order = true });
	fs_glance_page(au->glance);
	for (size_t i = 0; i < ids->count; i++) {
		fs_str_clear(&key);
		fs_key_make(&key, fs_store_prefix(au->st),
		    fs_list_at(ids, i));
		fs_glance_ask(au->glance, fs_str_bytes(&key));
	}
	fs_str_free(&key);
	while ((unit = fs_batch_take(fs_store_batch(au->st))) != NULL) {
		if (!take(au, unit, err))
			return false;
	}
	return true;
}

/* The whole sample has been read. */
static bool
end_sample(struct fs_audit *au, struct fs_err *err)
{
	if (err->code == FS_OK && au->drawn < au->opt.sample) {
		au->population = au->drawn;
		au->exact = true;
	}
	fs_fail_also(err, &au->err);
	au->complete = err->code == FS_OK;
	return false;
}

static bool
next_sample(struct fs_audit *au, struct fs_err *err)
{
	const struct fs_list	*ids;
	int64_t			 began_us, read_us;

	if (au->drawing == NULL)
		return estimate(au, err);
	if (!fs_store_rest(au->st, au->due_us, err))
		return false;
	began_us = fs_clock_mono();
	switch (fs_sample_next(au->drawing, &ids, err)) {
	case FS_SAMPLE_IDS:
		break;
	case FS_SAMPLE_WALK:
		return true;
	case FS_SAMPLE_END:
		return end_sample(au, err);
	case FS_SAMPLE_FAIL:
		return false;
	}
	au->drawn += ids->count;
	read_us = fs_clock_mono();
	if (!read_ids(au, ids, err))
		return false;
	set_due(au, began_us, read_us, ids->count);
	return true;
}

/*
 * The outside
 */

bool
fs_audit_next(struct fs_audit *au, struct fs_err *err)
{
	bool more;

	*err = (struct fs_err){ 0 };
	if (au->ended)
		return false;
	if (au->start_us == 0)
		au->start_us = fs_clock_mono();
	more = fs_store_need_field_ttl(au->st, err) &&
	    (au->opt.sample == 0 ? next_page(au, err) : next_sample(au, err));
	au->end_us = fs_clock_mono();
	au->ended = !more;
	return more;
}

/* How many there are, as far as a scan of all of them has come. It may have
 * shown more than could be read. */
static uint64_t
expected(const struct fs_audit *au)
{
	const struct fs_scan_state *state = fs_scan_state(au->scan);

	if (au->ended && au->complete)
		return au->done;
	if (au->reached_end)
		return fs_scan_expected(au->scan);
	return whole_of(au->done, state->progress);
}

void
fs_audit_progress(const struct fs_audit *au, uint64_t *done, uint64_t *total)
{
	*done = au->done;
	*total = au->opt.sample == 0 ? expected(au) : au->opt.sample;
}

double
fs_audit_drawn(const struct fs_audit *au)
{
	if (au->opt.sample == 0)
		return -1;
	return au->drawing != NULL ? fs_sample_walked(au->drawing) : 0;
}

struct fs_audit_report *
fs_audit_report(const struct fs_audit *au)
{
	struct fs_audit_report	*report;
	uint64_t		 population = au->population;

	if (au->opt.sample == 0)
		population = au->complete ? 0 : expected(au);
	report = fs_tally_report(au->tally, population);
	report->sample = au->opt.sample != 0 && (!au->complete ||
	    report->sampled < report->entities);
	report->complete = au->complete;
	report->approximate = !au->exact;
	report->elapsed_us = au->end_us - au->start_us;
	return report;
}
