/* By name: the type is asked for first, and only a hash is unlinked. */
#include <stdlib.h>

#include "base/mem.h"
#include "store/key.h"
#include "store/repair.h"

#define TAG_TYPE	0
#define TAG_UNLINK	1

struct fs_delete {
	struct fs_store		*st;
	struct fs_batch		*batch;
	struct fs_repair_count	 count;
	const struct fs_list	*ids;
	size_t			 next;		/* of ids */
	bool			 stopped;
	bool			 left_out;	/* some, as it was stopped */
	struct fs_err		 err;		/* the first */
};

static void
ask(struct fs_delete *dl, size_t i, enum fs_verb verb, uint64_t step)
{
	struct fs_str key = { 0 };

	fs_key_make(&key, fs_store_prefix(dl->st), fs_list_at(dl->ids, i));
	fs_batch_key(dl->batch, (uint64_t)i << 1 | step, fs_str_bytes(&key));
	fs_batch_cmd(dl->batch, verb, 1);
	fs_batch_arg(dl->batch, fs_str_bytes(&key));
	fs_batch_end(dl->batch);
	fs_str_free(&key);
}

static void
failed(struct fs_delete *dl, size_t i, struct fs_err *err)
{
	struct fs_bytes id = fs_list_at(dl->ids, i);

	fs_fail_in(err, "%.*s", (int)id.len, id.data);
	if (dl->err.code == FS_OK)
		dl->err = *err;
}

static bool
take_type(struct fs_delete *dl, size_t i, const struct fs_reply *reply,
    struct fs_err *err)
{
	struct fs_bytes type;

	if (!fs_reply_want_string(reply, "TYPE", &type, err))
		return false;
	if (fs_bytes_eq(type, fs_bytes_of("hash"))) {
		dl->count.found++;
		if (dl->stopped)
			dl->left_out = true;
		else
			ask(dl, i, FS_VERB_UNLINK, TAG_UNLINK);
	} else if (fs_bytes_eq(type, fs_bytes_of("none"))) {
		dl->count.missing++;
	} else {
		dl->count.not_hashes++;
	}
	return true;
}

static bool
take_unlink(struct fs_delete *dl, const struct fs_reply *reply,
    struct fs_err *err)
{
	int64_t n;

	if (!fs_reply_want_integer(reply, "UNLINK", &n, err))
		return false;
	if (n == 1)
		dl->count.deleted++;
	else
		dl->count.missing++;
	return true;
}

static void
take(struct fs_delete *dl)
{
	const struct fs_unit	*unit = fs_batch_take(dl->batch);
	struct fs_err		 err = unit->err;
	size_t			 i = (size_t)(unit->tag >> 1);
	bool			 ok = err.code == FS_OK;

	if (ok && (unit->tag & 1) == TAG_TYPE)
		ok = take_type(dl, i, &unit->reply[0], &err);
	else if (ok)
		ok = take_unlink(dl, &unit->reply[0], &err);
	if (!ok)
		failed(dl, i, &err);
}

/*
 * Calls of the worker
 */

struct fs_delete *
fs_delete_open(struct fs_store *st, const struct fs_list *ids)
{
	struct fs_delete *dl = fs_xcalloc(1, sizeof(*dl));

	dl->st = st;
	dl->ids = ids;
	dl->count.seen = ids->count;
	dl->batch = fs_store_batch(st);
	fs_batch_window(dl->batch, &(struct fs_window){
	    .units = FS_UNLINK_BATCH, .any_order = true });
	return dl;
}

void
fs_delete_close(struct fs_delete *dl)
{
	free(dl);
}

void
fs_delete_stop(struct fs_delete *dl)
{
	dl->stopped = true;
	dl->left_out |= dl->next < dl->ids->count;
	dl->next = dl->ids->count;
}

const struct fs_repair_count *
fs_delete_count(const struct fs_delete *dl)
{
	return &dl->count;
}

static bool
finish(struct fs_delete *dl, struct fs_err *err)
{
	if (dl->left_out && dl->err.code == FS_OK)
		fs_fail(&dl->err, FS_ECANCEL, "cancelled");
	*err = dl->err;
	dl->count.complete = dl->err.code == FS_OK;
	dl->count.progress = 1;
	return false;
}

bool
fs_delete_next(struct fs_delete *dl, struct fs_err *err)
{
	while (dl->next < dl->ids->count && !fs_batch_full(dl->batch))
		ask(dl, dl->next++, FS_VERB_TYPE, TAG_TYPE);
	if (fs_batch_pending(dl->batch) == 0)
		return finish(dl, err);
	take(dl);
	dl->count.progress = (double)dl->next / (double)dl->ids->count;
	return true;
}
