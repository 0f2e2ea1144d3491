#include <stdlib.h>

#include "base/mem.h"
#include "store/key.h"
#include "store/repair.h"
#include "store/scan.h"

struct fs_reset {
	struct fs_store		*st;
	struct fs_scan		*scan;
	const struct fs_list	*page;		/* found, to be deleted next */
	bool			 dry_run;
	struct fs_repair_count	 count;
	struct fs_err		 err;		/* the first that passes */
};

struct fs_reset *
fs_reset_open(struct fs_store *st, const struct fs_repair_options *opt)
{
	struct fs_reset *rs = fs_xcalloc(1, sizeof(*rs));

	rs->st = st;
	rs->dry_run = opt->dry_run;
	rs->scan = fs_scan_open(st, &(struct fs_scan_options){
	    .page = FS_UNLINK_BATCH, .rate = opt->rate,
	    .duty = opt->gentle ? FS_GENTLE_DUTY : 0,
	    .any_type = true, .anew = true });
	return rs;
}

void
fs_reset_close(struct fs_reset *rs)
{
	if (rs == NULL)
		return;
	fs_scan_close(rs->scan);
	free(rs);
}

void
fs_reset_stop(struct fs_reset *rs)
{
	rs->page = NULL;
	fs_scan_stop(rs->scan);
}

const struct fs_repair_count *
fs_reset_count(const struct fs_reset *rs)
{
	return &rs->count;
}

/* The page that was found last, unless it was stopped since. */
static void
unlink_page(struct fs_reset *rs)
{
	struct fs_batch *b = fs_store_batch(rs->st);
	const struct fs_list *keys = rs->page;

	rs->page = NULL;
	if (keys == NULL || rs->dry_run)
		return;
	for (size_t i = 0; i < keys->count; i++) {
		fs_batch_key(b, 0, fs_list_at(keys, i));
		fs_batch_cmd(b, FS_VERB_UNLINK, 1);
		fs_batch_arg(b, fs_list_at(keys, i));
		fs_batch_end(b);
	}
}

/*
 * 0 is a key that has gone meanwhile. What could not be done for a reason that
 * passes does not stop the rest.
 */
static bool
take_unlinked(struct fs_reset *rs, const struct fs_unit *unit,
    struct fs_err *err)
{
	struct fs_err	fault;
	int64_t		n;

	if (unit->err.code != FS_OK) {
		fault = unit->err;
	} else if (fs_reply_want_integer(&unit->reply[0], "UNLINK", &n,
	    &fault)) {
		rs->count.deleted += n == 1;
		return true;
	}
	if (!fs_err_passing(fault.code)) {
		*err = fault;
		return false;
	}
	if (rs->err.code == FS_OK)
		rs->err = fault;
	return true;
}

static void
take_page(struct fs_reset *rs, const struct fs_list *keys)
{
	rs->page = keys;
	rs->count.seen += keys->count;
	rs->count.found += keys->count;
}

static void
copy_state(struct fs_reset *rs)
{
	const struct fs_scan_state *state = fs_scan_state(rs->scan);

	rs->count.not_hashes = state->not_hashes;
	rs->count.progress = state->progress;
	rs->count.complete = state->complete;
}

bool
fs_reset_next(struct fs_reset *rs, struct fs_err *err)
{
	const struct fs_list	*keys;
	const struct fs_unit	*unit;

	*err = (struct fs_err){ 0 };
	unlink_page(rs);
	for (;;) {
		switch (fs_scan_next(rs->scan, &keys, &unit, err)) {
		case FS_SCAN_PAGE:
			take_page(rs, keys);
			copy_state(rs);
			return true;
		case FS_SCAN_UNIT:
			if (!take_unlinked(rs, unit, err))
				return false;
			break;
		case FS_SCAN_END:
			copy_state(rs);
			*err = fs_scan_state(rs->scan)->err;
			fs_fail_also(err, &rs->err);
			rs->count.expected = fs_scan_expected(rs->scan);
			rs->count.complete = err->code == FS_OK;
			return false;
		case FS_SCAN_FAIL:
			return false;
		}
	}
}
