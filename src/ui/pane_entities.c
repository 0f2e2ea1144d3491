#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "base/glob.h"
#include "base/mem.h"
#include "base/num.h"
#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

struct state {
	struct fs_cursor cursor;
	struct fs_str	 at;		/* the id under the cursor, once that
					   was moved; before it is the first */
	struct fs_str	 filter;
	bool		 glob;		/* and a pattern for all of the id */
	uint32_t	*found;		/* indices of the ids that hold it */
	size_t		 nfound;
	int		 rows;		/* as last told */
};

static bool
filtered(const struct state *st)
{
	return st->filter.len > 0;
}

static size_t
count(const struct state *st, const struct fs_snap *snap)
{
	return filtered(st) ? st->nfound : snap->ids.count;
}

static struct fs_bytes
id_at(const struct state *st, const struct fs_snap *snap, size_t i)
{
	if (filtered(st))
		i = st->found[i];
	return i < snap->ids.count ? fs_list_at(&snap->ids, i) :
	    fs_bytes("", 0);
}

/* The first line whose id is not before this one. */
static size_t
line_of(const struct state *st, const struct fs_snap *snap,
    struct fs_bytes id)
{
	size_t low = 0, high = count(st, snap);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fs_bytes_cmp(id_at(st, snap, middle), id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
remember(struct state *st, const struct fs_snap *snap)
{
	fs_str_clear(&st->at);
	if (st->cursor.at < count(st, snap))
		fs_str_add_bytes(&st->at, id_at(st, snap, st->cursor.at));
}

static void
move_to(struct state *st, const struct fs_snap *snap, struct fs_bytes id)
{
	fs_cursor_to(&st->cursor, line_of(st, snap, id), count(st, snap),
	    st->rows);
}

/* The index of the id that holds the byte at this place of the text. */
static size_t
index_of(const struct fs_list *ids, size_t place)
{
	size_t low = 0, high = ids->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ids->end[middle] <= place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
add_found(struct state *st, size_t i)
{
	if ((st->nfound & (st->nfound - 1)) == 0)
		st->found = fs_xreallocarray(st->found,
		    st->nfound == 0 ? 1 : st->nfound * 2, sizeof(*st->found));
	st->found[st->nfound++] = (uint32_t)i;
}

static void
match(struct state *st, const struct fs_list *ids)
{
	struct fs_bytes glob = fs_str_bytes(&st->filter);

	for (size_t i = 0; i < ids->count; i++) {
		if (fs_glob_match(glob, fs_list_at(ids, i)))
			add_found(st, i);
	}
}

/* One search through the text of all ids: it stays quick with a million. */
static void
search(struct state *st, const struct fs_list *ids)
{
	const char	*text = ids->text.data, *end, *hit;
	size_t		 i;

	st->nfound = 0;
	if (!filtered(st) || ids->count == 0)
		return;
	if (st->glob) {
		match(st, ids);
		return;
	}
	end = text + ids->text.len;
	while ((hit = memmem(text, (size_t)(end - text), st->filter.data,
	    st->filter.len)) != NULL) {
		i = index_of(ids, (size_t)(hit - ids->text.data));
		if ((size_t)(hit - ids->text.data) + st->filter.len <=
		    ids->end[i])
			add_found(st, i);
		text = ids->text.data + ids->end[i] + 1;
	}
}

static void
entities_update(void *state, const struct fs_snap *snap)
{
	struct state *st = state;

	search(st, &snap->ids);
	if (st->at.len > 0)
		move_to(st, snap, fs_str_bytes(&st->at));
	else
		fs_cursor_to(&st->cursor, st->cursor.at, count(st, snap),
		    st->rows);
}

void
fs_entities_filter(void *state, const struct fs_snap *snap,
    struct fs_bytes text, bool glob)
{
	struct state *st = state;

	st->glob = glob;
	fs_str_clear(&st->filter);
	fs_str_add_bytes(&st->filter, text);
	search(st, &snap->ids);
	move_to(st, snap, fs_str_bytes(&st->at));
}

struct fs_bytes
fs_entities_filtered(const void *state)
{
	const struct state *st = state;

	return fs_str_bytes(&st->filter);
}

bool
fs_entities_matched(const void *state)
{
	const struct state *st = state;

	return st->glob;
}

bool
fs_entities_go_to(void *state, const struct fs_snap *snap, struct fs_bytes id)
{
	struct state *st = state;
	size_t at = line_of(st, snap, id);

	if (at >= count(st, snap) || !fs_bytes_eq(id_at(st, snap, at), id))
		return false;
	fs_cursor_to(&st->cursor, at, count(st, snap), st->rows);
	remember(st, snap);
	return true;
}

bool
fs_entities_click(void *state, const struct fs_snap *snap, int row, int rows)
{
	struct state *st = state;
	size_t at = fs_cursor_top(&st->cursor, count(st, snap), rows) +
	    (size_t)row;

	if (row < 0 || row >= rows || at >= count(st, snap))
		return false;
	fs_cursor_to(&st->cursor, at, count(st, snap), rows);
	remember(st, snap);
	return true;
}

static bool
entities_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;

	st->rows = rows;
	if (!fs_cursor_command(&st->cursor, id, count(st, snap), rows))
		return false;
	remember(st, snap);
	return true;
}

static struct fs_bytes
entities_selected(const void *state, const struct fs_snap *snap)
{
	const struct state *st = state;
	size_t n = count(st, snap);

	if (n == 0)
		return fs_bytes("", 0);
	return id_at(st, snap, st->cursor.at < n ? st->cursor.at : n - 1);
}

static void
entities_copy(const void *state, const struct fs_snap *snap,
    struct fs_str *out)
{
	fs_str_add_bytes(out, entities_selected(state, snap));
}

/* Small numbers to the last one, great ones short: "12,345" and "12.4M". */
static const char *
show_count(char *buf, size_t size, int64_t n)
{
	return n < 100000 ? fs_num_show_count(buf, size, n) :
	    fs_num_show_short(buf, size, (double)n);
}

static enum fs_style
entities_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	const struct state *st = state;
	const struct fs_census *census = &snap->store.census;
	char	n[32], all[32];

	if (census->count < 0 && !census->scanning)
		return FS_STYLE_DIM;
	if (census->count < 0) {
		snprintf(buf, size, width >= 13 ? "scanning %.0f %%" :
		    "%.0f %%", census->progress * 100);
		return FS_STYLE_WARN;
	}
	snprintf(all, sizeof(all), "%s%s", census->exact ? "" : "~",
	    show_count(n, sizeof(n), census->count));
	show_count(n, sizeof(n), (int64_t)st->nfound);
	if (!snap->store.ids_complete)	/* others were not looked at */
		strlcat(n, "+", sizeof(n));
	if (!filtered(st))
		snprintf(buf, size, "%s", all);
	else if (width >= (int)(strlen(n) + strlen(all)) + 4)
		snprintf(buf, size, "%s of %s", n, all);
	else
		snprintf(buf, size, "/%s", n);
	return filtered(st) ? FS_STYLE_WARN : FS_STYLE_STRONG;
}

static void
draw_line(struct fs_canvas *cv, const struct fs_snap *snap, int row,
    struct fs_bytes id, bool cursor, bool focus)
{
	int width = fs_canvas_area(cv).cols;

	if (cursor)
		fs_canvas_text(cv, row, 0, FS_STYLE_PLAIN, "%s",
		    fs_canvas_glyph(cv, FS_GLYPH_CURSOR));
	if (id.len == 0)
		fs_canvas_text(cv, row, 2, FS_STYLE_DIM, "(empty id)");
	else
		fs_canvas_bytes(cv, row, 2, width - 2 - FS_PART_PAD,
		    fs_part_is_inspected(snap, id) ? FS_STYLE_STRONG :
		    FS_STYLE_PLAIN, id);
	if (cursor && focus)
		fs_canvas_reverse(cv, row, 0, width);
}

/* Why there is nothing in the list. */
static const char *
nothing(const struct state *st, const struct fs_snap *snap, char *buf,
    size_t size)
{
	char n[32];

	if (filtered(st) && snap->ids.count > 0) {
		if (snap->store.ids_complete)
			return st->glob ? "none matches" :
			    "none holds that";
		snprintf(buf, size, "not among the first %s",
		    fs_num_show_count(n, sizeof(n),
		    (int64_t)snap->ids.count));
		return buf;
	}
	if (snap->store.census.count == 0)
		return snap->read_only ? "no entities" : "none: b loads";
	return snap->store.link == FS_VIEW_UP ? "scanning" : "not connected";
}

static void
entities_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct state *st = state;
	int	rows = fs_canvas_area(cv).rows;
	size_t	n = count(st, snap);
	size_t	top = fs_cursor_top(&st->cursor, n, rows);
	size_t	at = st->cursor.at < n ? st->cursor.at : n - 1;
	char	why[64];

	if (n == 0 && !filtered(st) && snap->store.census.err.code != FS_OK)
		fs_part_error_wrapped(cv, 0, FS_PART_PAD,
		    &snap->store.census.err);
	else if (n == 0)
		fs_part_hint(cv, nothing(st, snap, why, sizeof(why)));
	for (int row = 0; row < rows && top + (size_t)row < n; row++) {
		size_t i = top + (size_t)row;

		draw_line(cv, snap, row, id_at(st, snap, i), i == at, focus);
	}
}

static void
entities_free(void *state)
{
	struct state *st = state;

	fs_str_free(&st->at);
	fs_str_free(&st->filter);
	free(st->found);
}

const struct fs_pane_ops fs_pane_entities = {
	.title = "Entities",
	.state_size = sizeof(struct state),
	.fact = entities_fact,
	.draw = entities_draw,
	.update = entities_update,
	.command = entities_command,
	.selected = entities_selected,
	.copy = entities_copy,
	.free = entities_free,
};
