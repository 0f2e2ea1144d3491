#include <stdio.h>

#include "base/escape.h"
#include "base/num.h"
#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

/* One value, as much of it as is held, over as many lines as it takes. */
struct state {
	struct fs_str	 name, value;
	size_t		 size;		/* in the store */
	size_t		 top;		/* the byte shown first, or one that
					   is in the first line */
	int		 width;		/* of a line, as last told */
	bool		 utf8;
};

void
fs_value_show(void *state, const struct fs_field *field)
{
	struct state *st = state;

	fs_str_clear(&st->name);
	fs_str_clear(&st->value);
	fs_str_add(&st->name, field->name, field->name_len);
	if (field->value != NULL)
		fs_str_add(&st->value, field->value, field->value_len);
	st->size = field->value_size;
	st->top = 0;
}

void
fs_value_fit(void *state, int cols, bool utf8)
{
	struct state *st = state;

	st->width = cols - 2 * FS_PART_PAD;
	st->utf8 = utf8;
}

/*
 * Lines. A value is at most FS_VALUE_SHOWN bytes, so they are found anew each
 * time; width and characters may have changed.
 */

/* Where the line that starts at pos ends: one unit at least is in it. */
static size_t
line_end(struct fs_bytes value, size_t pos, int width, bool utf8)
{
	char	buf[64];
	size_t	next = pos, end = pos, columns, used = 0;

	while (fs_escape_next(value, &next, utf8, buf, &columns) != 0) {
		used += columns;
		if (used > (size_t)width && end > pos)
			break;
		end = next;
	}
	return end;
}

/* The line that the byte at pos is in; beyond the end: how many there are. */
static size_t
line_of(struct fs_bytes value, size_t pos, int width, bool utf8)
{
	size_t line = 0, start = 0;

	while (start < value.len &&
	    (start = line_end(value, start, width, utf8)) <= pos)
		line++;
	return line;
}

/* Where a line starts. */
static size_t
line_start(struct fs_bytes value, size_t line, int width, bool utf8)
{
	size_t start = 0;

	for (; line > 0 && start < value.len; line--)
		start = line_end(value, start, width, utf8);
	return start;
}

/* The line shown first in so many rows, of count. */
static size_t
top_line(const struct state *st, int width, bool utf8, size_t count, int rows)
{
	size_t	line = line_of(fs_str_bytes(&st->value), st->top, width, utf8);
	size_t	last = count > (size_t)rows ? count - (size_t)rows : 0;

	return line < last ? line : last;
}

static void
value_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct state *st = state;
	struct fs_rect	area = fs_canvas_area(cv);
	struct fs_bytes	value = fs_str_bytes(&st->value);
	bool	utf8 = fs_canvas_utf8(cv);
	int	width = area.cols - 2 * FS_PART_PAD;
	size_t	pos, end, count;

	(void)snap;
	(void)focus;
	if (width < 12 || area.rows < 1)
		return;
	if (value.len == 0 && st->size > 0)
		fs_part_hint(cv, "too large to be fetched for a look; "
		    "fsconsole read prints all of it");
	count = line_of(value, value.len, width, utf8);
	pos = line_start(value, top_line(st, width, utf8, count, area.rows),
	    width, utf8);
	for (int row = 0; row < area.rows && pos < value.len; row++) {
		end = line_end(value, pos, width, utf8);
		fs_canvas_bytes(cv, row, FS_PART_PAD, 0, FS_STYLE_PLAIN,
		    fs_bytes(value.data + pos, end - pos));
		pos = end;
	}
}

static struct fs_bytes
value_subject(const void *state, const struct fs_snap *snap)
{
	const struct state *st = state;

	(void)snap;
	return fs_str_bytes(&st->name);
}

static enum fs_style
value_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	const struct state *st = state;
	char all[32] = "an unknown size", held[32];

	(void)snap;
	(void)width;
	if (st->size != SIZE_MAX)
		fs_num_show_size(all, sizeof(all), (int64_t)st->size);
	if (st->size > st->value.len && st->value.len > 0)
		snprintf(buf, size, "the first %s of %s",
		    fs_num_show_size(held, sizeof(held),
		    (int64_t)st->value.len), all);
	else
		snprintf(buf, size, "%s", all);
	return FS_STYLE_STRONG;
}

static bool
value_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;
	struct fs_bytes	value = fs_str_bytes(&st->value);
	size_t	count = line_of(value, value.len, st->width, st->utf8);
	struct fs_cursor cursor = { 0 };

	(void)snap;
	cursor.at = top_line(st, st->width, st->utf8, count, rows);
	if (!fs_cursor_scroll(&cursor, id, count, rows))
		return false;
	st->top = line_start(value, cursor.at, st->width, st->utf8);
	return true;
}

static void
value_copy(const void *state, const struct fs_snap *snap, struct fs_str *out)
{
	const struct state *st = state;

	(void)snap;
	fs_str_add_bytes(out, fs_str_bytes(&st->value));
}

static void
value_free(void *state)
{
	struct state *st = state;

	fs_str_free(&st->name);
	fs_str_free(&st->value);
}

const struct fs_pane_ops fs_pane_value = {
	.title = "Value",
	.state_size = sizeof(struct state),
	.subject = value_subject,
	.fact = value_fact,
	.draw = value_draw,
	.command = value_command,
	.copy = value_copy,
	.free = value_free,
};
