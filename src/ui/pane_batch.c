#include <stdio.h>

#include "base/clock.h"
#include "base/num.h"
#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

#define NARROW		44	/* columns */
#define HEAD		3	/* rows above the features */
#define ASKED		8

struct state {
	struct fs_cursor cursor;
	/* The names of the last requests: of that shown, and those to come. */
	struct asked {
		uint64_t	id;
		struct fs_list	names;
	} asked[ASKED];
	size_t		 nasked;
};

static const struct fs_answer *
shown(const struct fs_snap *snap)
{
	return snap->batch_read;
}

static size_t
count(const struct fs_snap *snap)
{
	const struct fs_answer *answer = shown(snap);

	return answer != NULL && answer->found != NULL ?
	    (size_t)answer->field_count : 0;
}

static double
share(uint64_t found, uint64_t of)
{
	return of > 0 ? (double)found / (double)of : 0;
}

static void
draw_times(struct fs_canvas *cv, const struct fs_snap *snap,
    const struct fs_answer *answer)
{
	const char *times = fs_canvas_glyph(cv, FS_GLYPH_TIMES);
	bool	narrow = fs_canvas_area(cv).cols < NARROW;
	char	n[32], buf[32];
	int	col = FS_PART_PAD;
	double	each = answer->asked > 0 ? (double)answer->elapsed_us /
		    (double)answer->asked / 1000 : 0;

	col += fs_canvas_text(cv, 0, col, FS_STYLE_STRONG, "%s",
	    fs_num_show_ms(buf, sizeof(buf), answer->elapsed_us)) + 2;
	col += fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN,
	    narrow ? "%s %s %llu" : "%s entities %s %llu",
	    fs_num_show_count(n, sizeof(n), (int64_t)answer->asked), times,
	    (unsigned long long)answer->field_count) + 2;
	if (narrow) {
		fs_part_percentiles(cv, 1, FS_PART_PAD, &snap->batch_latency,
		    snap->batch_count, true);
		return;
	}
	fs_canvas_text(cv, 0, col, FS_STYLE_DIM, "%.2g ms each", each);
	fs_part_percentiles(cv, 1, FS_PART_PAD, &snap->batch_latency,
	    snap->batch_count, false);
}

static void
draw_found(struct fs_canvas *cv, const struct fs_answer *answer)
{
	uint64_t all = answer->asked * answer->field_count;
	bool	narrow = fs_canvas_area(cv).cols < NARROW;
	char	n[32], of[32], gone[32];
	int	col = FS_PART_PAD;

	col += fs_canvas_text(cv, 2, col, FS_STYLE_PLAIN,
	    narrow ? "%s of %s" : "found %s of %s",
	    fs_num_show_count(n, sizeof(n), (int64_t)answer->fields),
	    fs_num_show_count(of, sizeof(of), (int64_t)all)) + 2;
	fs_canvas_text(cv, 2, col, answer->missing > 0 ? FS_STYLE_WARN :
	    FS_STYLE_DIM, narrow ? "%s missing" : "entities missing %s",
	    fs_num_show_count(gone, sizeof(gone), (int64_t)answer->missing));
}

/* NULL when it was asked too long ago. */
static const struct fs_list *
names_of(const struct state *st, const struct fs_answer *answer)
{
	for (size_t i = 0; i < ASKED; i++) {
		if (st->asked[i].id == answer->id)
			return &st->asked[i].names;
	}
	return NULL;
}

static void
draw_feature(const struct state *st, struct fs_canvas *cv, int row,
    const struct fs_answer *answer, size_t i)
{
	int	cols = fs_canvas_area(cv).cols - 2 * FS_PART_PAD;
	int	name = cols * 45 / 100, bar;
	double	part = share(answer->found[i], answer->asked);
	const struct fs_list *names = names_of(st, answer);

	if (name > 24)
		name = 24;
	bar = cols - name - 1 - 6;
	if (bar > 40)
		bar = 40;
	if (names != NULL && i < names->count)
		fs_canvas_bytes(cv, row, FS_PART_PAD, name, FS_STYLE_PLAIN,
		    fs_list_at(names, i));
	else
		fs_canvas_text(cv, row, FS_PART_PAD, FS_STYLE_DIM,
		    "feature %zu", i + 1);
	fs_canvas_bar(cv, row, FS_PART_PAD + name + 1, bar,
	    part < 0.5 ? FS_STYLE_WARN : FS_STYLE_BAR, part);
	fs_canvas_right(cv, row, FS_PART_PAD + name + 1 + bar, 6,
	    FS_STYLE_PLAIN, "%.0f %%", part >= 1 ? 100 :
	    part * 100 > 99 ? 99 : part * 100);
}

static void
draw_features(const struct state *st, struct fs_canvas *cv,
    const struct fs_snap *snap, bool focus)
{
	struct fs_rect	area = fs_canvas_area(cv);
	size_t	n = count(snap);
	int	rows = fs_part_rows(n, area.rows - HEAD);
	size_t	top = fs_cursor_top(&st->cursor, n, rows);

	for (int row = 0; row < rows && top + (size_t)row < n; row++) {
		size_t i = top + (size_t)row;

		draw_feature(st, cv, HEAD + row, shown(snap), i);
		if (focus && i == st->cursor.at)
			fs_canvas_reverse(cv, HEAD + row, 0, area.cols);
	}
	fs_part_position(cv, HEAD, &st->cursor, n, area.rows - HEAD);
}

static enum fs_style
batch_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	const struct fs_answer *answer = shown(snap);
	uint64_t all;

	(void)state;
	(void)width;
	if (answer == NULL || answer->asked == 0)
		return FS_STYLE_DIM;
	all = answer->asked * answer->field_count;
	snprintf(buf, size, "%.0f %% found",
	    share(answer->fields, all) * 100);
	return FS_STYLE_STRONG;
}

static void
batch_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct fs_answer *answer = shown(snap);
	int width = fs_canvas_area(cv).cols - 2 * FS_PART_PAD;

	if (answer == NULL) {
		fs_part_hint(cv, "R reads many at random");
		return;
	}
	if (answer->err.code != FS_OK && answer->asked == 0) {
		fs_part_error(cv, 0, FS_PART_PAD, width, &answer->err);
		return;
	}
	draw_times(cv, snap, answer);
	if (answer->err.code != FS_OK)
		fs_part_error(cv, 2, FS_PART_PAD, width, &answer->err);
	else
		draw_found(cv, answer);
	draw_features(state, cv, snap, focus);
}

void
fs_batch_asked(void *state, uint64_t id, const struct fs_list *names)
{
	struct state *st = state;
	struct asked *asked = &st->asked[st->nasked++ % ASKED];

	asked->id = id;
	fs_list_copy(&asked->names, names);
}

static bool
batch_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;
	size_t n = count(snap);

	return fs_cursor_command(&st->cursor, id, n,
	    fs_part_rows(n, rows - HEAD));
}

static void
batch_free(void *state)
{
	struct state *st = state;

	for (size_t i = 0; i < ASKED; i++)
		fs_list_free(&st->asked[i].names);
}

const struct fs_pane_ops fs_pane_batch_read = {
	.title = "Batch read",
	.state_size = sizeof(struct state),
	.fact = batch_fact,
	.draw = batch_draw,
	.command = batch_command,
	.free = batch_free,
};
