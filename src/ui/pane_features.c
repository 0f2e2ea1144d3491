#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

/* All are chosen until some are left out. */
struct state {
	struct fs_cursor cursor;
	bool		*left_out;	/* by index in the schema */
	size_t		 count;
};

static bool
is_chosen(const struct state *st, size_t i)
{
	return i >= st->count || !st->left_out[i];
}

static void
mark(struct state *st, size_t i, bool chosen)
{
	if (i >= st->count) {
		st->left_out = fs_xreallocarray(st->left_out, i + 1,
		    sizeof(*st->left_out));
		while (st->count <= i)
			st->left_out[st->count++] = false;
	}
	st->left_out[i] = !chosen;
}

static size_t
chosen_count(const struct state *st, const struct fs_schema *schema)
{
	size_t n = 0;

	for (size_t i = 0; i < schema->nfeatures; i++)
		n += is_chosen(st, i);
	return n;
}

void
fs_features_chosen(const void *state, const struct fs_snap *snap,
    struct fs_list *names)
{
	const struct state *st = state;

	for (size_t i = 0; i < snap->schema->nfeatures; i++) {
		if (is_chosen(st, i))
			fs_list_add(names,
			    fs_bytes_of(snap->schema->features[i].name));
	}
}

bool
fs_features_choose(void *state, const struct fs_snap *snap,
    const struct fs_list *names, struct fs_bytes *unknown)
{
	struct state *st = state;

	for (size_t i = 0; i < names->count; i++) {
		*unknown = fs_list_at(names, i);
		if (fs_schema_find(snap->schema, *unknown) < 0)
			return false;
	}
	for (size_t i = 0; i < snap->schema->nfeatures; i++)
		mark(st, i, fs_list_find(names,
		    fs_bytes_of(snap->schema->features[i].name)) >= 0);
	return true;
}

static void
draw_feature(struct fs_canvas *cv, int row, const struct fs_feature *feature,
    bool chosen)
{
	int cols = fs_canvas_area(cv).cols;

	fs_canvas_text(cv, row, FS_PART_PAD, FS_STYLE_DIM, "[ ]");
	if (chosen)
		fs_canvas_text(cv, row, FS_PART_PAD + 1, FS_STYLE_GOOD, "%s",
		    fs_canvas_glyph(cv, FS_GLYPH_MARK));
	fs_canvas_bytes(cv, row, FS_PART_PAD + 4, cols - 16,
	    chosen ? FS_STYLE_PLAIN : FS_STYLE_DIM,
	    fs_bytes_of(feature->name));
	fs_canvas_right(cv, row, cols - 11, 10, FS_STYLE_DIM, "%s",
	    fs_class_name(feature->class));
}

static void
features_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct state *st = state;
	const struct fs_schema *schema = snap->schema;
	struct fs_rect	area = fs_canvas_area(cv);
	int	rows = fs_part_rows(schema->nfeatures, area.rows);
	size_t	top = fs_cursor_top(&st->cursor, schema->nfeatures, rows);

	(void)focus;
	for (int row = 0; row < rows; row++) {
		size_t i = top + (size_t)row;

		if (i >= schema->nfeatures)
			break;
		draw_feature(cv, row, &schema->features[i], is_chosen(st, i));
		if (i == st->cursor.at)
			fs_canvas_reverse(cv, row, 0, area.cols);
	}
	fs_part_position(cv, 0, &st->cursor, schema->nfeatures, area.rows);
}

static enum fs_style
features_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	(void)width;
	snprintf(buf, size, "%zu of %zu", chosen_count(state, snap->schema),
	    snap->schema->nfeatures);
	return FS_STYLE_STRONG;
}

/* Space, which freezes the screen elsewhere, turns the mark here. */
static bool
features_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;
	size_t n = snap->schema->nfeatures;

	if (id == FS_CMD_FREEZE && st->cursor.at < n) {
		mark(st, st->cursor.at, !is_chosen(st, st->cursor.at));
		return true;
	}
	if (id == FS_CMD_AUDIT) {	/* a: all, or none */
		bool all = chosen_count(st, snap->schema) == n;

		for (size_t i = 0; i < n; i++)
			mark(st, i, !all);
		return true;
	}
	return fs_cursor_command(&st->cursor, id, n, fs_part_rows(n, rows));
}

static void
features_free(void *state)
{
	struct state *st = state;

	free(st->left_out);
}

const struct fs_pane_ops fs_pane_features = {
	.title = "Features to read",
	.state_size = sizeof(struct state),
	.fact = features_fact,
	.draw = features_draw,
	.command = features_command,
	.free = features_free,
};
