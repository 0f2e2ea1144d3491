#include "work/tick.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/list.h"
#include "model/row.h"
#include "source/stream.h"
#include "store/pick.h"
#include "store/write.h"

/* An entity that goes so soon is not chosen: it would be brought back. */
#define MARGIN_MS	1000

struct fs_tick {
	struct fs_store		*store;
	struct fs_rng		*rng;
	struct fs_picker	*picker;
	struct fs_writer	*writer;
	struct fs_list		 ids;
	struct fs_row		 row;
	struct fs_str		 text;		/* its values */
};

struct fs_tick *
fs_tick_new(struct fs_store *st, struct fs_rng *rng)
{
	struct fs_tick *tick = fs_xcalloc(1, sizeof(*tick));

	tick->store = st;
	tick->rng = rng;
	tick->picker = fs_picker_open(st, rng, MARGIN_MS);
	tick->writer = fs_writer_open(st, 0);
	fs_writer_picker(tick->writer, tick->picker);
	return tick;
}

void
fs_tick_free(struct fs_tick *tick)
{
	if (tick == NULL)
		return;
	fs_writer_close(tick->writer);
	fs_picker_close(tick->picker);
	fs_list_free(&tick->ids);
	fs_row_free(&tick->row);
	fs_str_free(&tick->text);
	free(tick);
}

/* What became of one entity; the first error stands. */
static void
count(const struct fs_written *w, struct fs_ticked *out, struct fs_err *err)
{
	if (w->acknowledged) {
		out->entities++;
		out->fields += w->fields;
		return;
	}
	/* One that has expired since it was chosen is none. */
	if (w->err.code != FS_ENOENT && err->code == FS_OK)
		*err = w->err;
}

static void
write_one(struct fs_tick *tick, size_t i, int64_t now_ms)
{
	fs_row_clear(&tick->row);
	fs_str_clear(&tick->text);
	fs_stream_draw(fs_store_schema(tick->store), tick->rng, now_ms,
	    &tick->row, &tick->text);
	tick->row.entity = fs_list_at(&tick->ids, i);
	fs_writer_stream(tick->writer, i, &tick->row, 0, true);
}

bool
fs_tick_run(struct fs_tick *tick, size_t entities, struct fs_ticked *out,
    struct fs_err *err)
{
	int64_t now_ms = fs_clock_wall() / 1000;
	const struct fs_written *w;
	struct fs_err first = { 0 };

	*out = (struct fs_ticked){ 0 };
	if (fs_schema_count(fs_store_schema(tick->store),
	    FS_CLASS_STREAMING) == 0)
		return fs_fail(err, FS_EINPUT,
		    "the schema has no streaming feature");
	fs_list_clear(&tick->ids);
	if (!fs_picker_take(tick->picker, entities, &tick->ids, err))
		return false;
	for (size_t i = 0; i < tick->ids.count; i++) {
		while (fs_writer_full(tick->writer) &&
		    (w = fs_writer_take(tick->writer)) != NULL)
			count(w, out, &first);
		write_one(tick, i, now_ms);
	}
	/* Those of the next tick are found in the same flight. */
	if (tick->ids.count != 0)
		fs_picker_prefetch(tick->picker);
	while ((w = fs_writer_take(tick->writer)) != NULL)
		count(w, out, &first);
	if (first.code == FS_OK)
		return true;
	*err = first;
	return false;
}
