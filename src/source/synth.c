#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "source/kind.h"
#include "source/stream.h"

struct synth {
	struct fs_source	 src;
	const struct fs_schema	*schema;
	uint64_t		 count, done, seed;
	int64_t			 now_ms;	/* the same in all rows */
	struct fs_str		 text;		/* of the row given last */
};

/* splitmix64's mixing: far apart for numbers that are near. */
static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Row n has a generator of its own, so it is the same whatever is asked. */
static void
seed_row(struct fs_rng *rng, uint64_t seed, uint64_t n)
{
	fs_rng_seed(rng, mix(mix(seed) + n * UINT64_C(0x9e3779b97f4a7c15)));
}

/* "u0001", "u10000" */
static void
add_id(struct fs_str *text, uint64_t n)
{
	fs_str_add_char(text, 'u');
	for (uint64_t least = 1000; n < least && least > 1; least /= 10)
		fs_str_add_char(text, '0');
	fs_str_add_u64(text, n);
}

static enum fs_more
synth_find(struct fs_source *src, struct fs_err *err)
{
	const struct synth *sy = (const struct synth *)src;

	(void)err;
	return sy->done < sy->count ? FS_MORE : FS_MORE_END;
}

static enum fs_got
synth_take(struct fs_source *src, struct fs_row *row, struct fs_bad *bad)
{
	struct synth	*sy = (struct synth *)src;
	struct fs_rng	 rng;
	size_t		 id_len;

	(void)bad;
	sy->done++;
	seed_row(&rng, sy->seed, sy->done);
	fs_str_clear(&sy->text);
	add_id(&sy->text, sy->done);
	id_len = sy->text.len;
	fs_draw_row(sy->schema, FS_CLASS_BATCH, &rng, sy->now_ms, row,
	    &sy->text);
	row->entity = fs_bytes(sy->text.data, id_len);
	return FS_GOT_ROW;
}

static void
synth_progress(const struct fs_source *src, uint64_t *done, uint64_t *total)
{
	const struct synth *sy = (const struct synth *)src;

	*done = sy->done;
	*total = sy->count;
}

static void
synth_close(struct fs_source *src)
{
	struct synth *sy = (struct synth *)src;

	fs_str_free(&sy->text);
	free(sy);
}

static const struct fs_source_kind synth = {
	.find = synth_find,
	.take = synth_take,
	.progress = synth_progress,
	.close = synth_close,
};

struct fs_source *
fs_source_synth(const struct fs_schema *schema, uint64_t count, uint64_t seed)
{
	struct synth *sy = fs_xcalloc(1, sizeof(*sy));

	sy->src.kind = &synth;
	sy->schema = schema;
	sy->count = count;
	sy->seed = seed;
	sy->now_ms = fs_clock_wall() / FS_MS;
	return &sy->src;
}
