#include "store/repair.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/key.h"
#include "store/scan.h"

/*
 * Deleting by name: the type is asked for first, and only a hash is unlinked.
 */

#define TAG_TYPE	0
#define TAG_UNLINK	1

struct deletion {
	struct fs_store		*st;
	struct fs_batch		*batch;
	struct fs_repair_count	*count;
	const struct fs_list	*ids;
	struct fs_err		 err;		/* the first */
};

static void
ask(struct deletion *d, size_t i, enum fs_verb verb, uint64_t step)
{
	struct fs_str key = { 0 };

	fs_key_make(&key, fs_store_prefix(d->st), fs_list_at(d->ids, i));
	fs_batch_key(d->batch, (uint64_t)i << 1 | step, fs_str_bytes(&key));
	fs_batch_cmd(d->batch, verb, 1);
	fs_batch_arg(d->batch, fs_str_bytes(&key));
	fs_batch_end(d->batch);
	fs_str_free(&key);
}

static void
failed(struct deletion *d, size_t i, struct fs_err *err)
{
	struct fs_bytes id = fs_list_at(d->ids, i);

	fs_fail_in(err, "%.*s", (int)id.len, id.data);
	if (d->err.code == FS_OK)
		d->err = *err;
}

static bool
take_type(struct deletion *d, size_t i, const struct fs_reply *reply,
    struct fs_err *err)
{
	struct fs_bytes type;

	if (!fs_reply_want_string(reply, "TYPE", &type, err))
		return false;
	if (fs_bytes_eq(type, fs_bytes_of("hash"))) {
		d->count->found++;
		ask(d, i, FS_VERB_UNLINK, TAG_UNLINK);
	} else if (fs_bytes_eq(type, fs_bytes_of("none"))) {
		d->count->missing++;
	} else {
		d->count->not_hashes++;
	}
	return true;
}

static bool
take_unlink(struct deletion *d, const struct fs_reply *reply,
    struct fs_err *err)
{
	int64_t n;

	if (!fs_reply_want_integer(reply, "UNLINK", &n, err))
		return false;
	if (n == 1)
		d->count->deleted++;
	else
		d->count->missing++;
	return true;
}

static void
take(struct deletion *d)
{
	const struct fs_unit	*unit = fs_batch_take(d->batch);
	struct fs_err		 err = unit->err;
	size_t			 i = (size_t)(unit->tag >> 1);
	bool			 ok = err.code == FS_OK;

	if (ok && (unit->tag & 1) == TAG_TYPE)
		ok = take_type(d, i, &unit->reply[0], &err);
	else if (ok)
		ok = take_unlink(d, &unit->reply[0], &err);
	if (!ok)
		failed(d, i, &err);
}

bool
fs_repair_delete(struct fs_store *st, const struct fs_list *ids,
    struct fs_repair_count *count, struct fs_err *err)
{
	struct deletion	d = { .st = st, .count = count, .ids = ids };
	size_t		next = 0;

	*count = (struct fs_repair_count){ .seen = ids->count };
	d.batch = fs_store_batch(st);
	fs_batch_window(d.batch, &(struct fs_window){
	    .units = FS_UNLINK_BATCH, .any_order = true });
	while (next < ids->count || fs_batch_pending(d.batch) > 0) {
		while (next < ids->count && !fs_batch_full(d.batch))
			ask(&d, next++, FS_VERB_TYPE, TAG_TYPE);
		take(&d);
	}
	count->complete = d.err.code == FS_OK;
	count->progress = 1;
	if (!count->complete && err != NULL)
		*err = d.err;
	return count->complete;
}
