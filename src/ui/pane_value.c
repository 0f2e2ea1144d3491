#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/num.h"
#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

/* One value, as much of it as is held, over as many lines as it takes. */
struct state {
	struct fs_str	 name, value;
	size_t		 size;		/* in the store */
	struct fs_cursor cursor;
	int		 cols;		/* as last drawn for: see rows() */
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
	st->cursor = (struct fs_cursor){ 0 };
}

/* Where the line that starts at pos ends, in width columns. */
static size_t
line_end(struct fs_bytes value, size_t pos, int width, bool utf8)
{
	char	buf[64];
	size_t	next = pos, columns, used = 0;

	while (fs_escape_next(value, &next, utf8, buf, &columns) != 0) {
		used += columns;
		if (used > (size_t)width && pos > 0 && used > columns)
			break;
		pos = next;
		if (used >= (size_t)width)
			break;
	}
	return pos;
}

static void
value_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct state *st = state;
	struct fs_rect	area = fs_canvas_area(cv);
	struct fs_bytes	value = fs_str_bytes(&st->value);
	int	width = area.cols - 2 * FS_PART_PAD, line = 0;
	size_t	pos = 0, end;

	(void)snap;
	(void)focus;
	if (width < 12)
		return;
	if (value.len == 0 && st->size > 0)
		fs_part_hint(cv, "too large to be fetched for a look; "
		    "fsconsole read prints all of it");
	for (; pos < value.len; pos = end, line++) {
		int row = line - (int)st->cursor.at;

		end = line_end(value, pos, width, fs_canvas_utf8(cv));
		if (end <= pos)
			end = pos + 1;
		if (row >= area.rows)
			break;
		if (row >= 0)
			fs_canvas_bytes(cv, row, FS_PART_PAD, 0,
			    FS_STYLE_PLAIN,
			    fs_bytes(value.data + pos, end - pos));
	}
}

/* As much of the name as there is room for, in columns and in bytes. */
static void
add_name(struct fs_str *out, struct fs_bytes name, size_t width, size_t max)
{
	char	unit[64];
	size_t	pos = 0, start = 0, used = 0, columns;

	for (; fs_escape_next(name, &pos, true, unit, &columns) > 0;
	    start = pos) {
		used += columns;
		if ((used >= width && pos < name.len) ||
		    out->len + pos - start > max) {
			fs_str_add_text(out, "\xe2\x80\xa6");
			return;
		}
		if (name.data[start] == '\0')	/* the end of a C string */
			fs_str_add_text(out, "\xe2\x90\x80");
		else
			fs_str_add(out, name.data + start, pos - start);
	}
}

/* The size is what counts: the name has what it leaves. */
static enum fs_style
value_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	const struct state *st = state;
	struct fs_str name = { 0 };
	char all[32], held[32], text[96];
	int room;

	(void)snap;
	if (st->size == SIZE_MAX ||
	    (st->size > st->value.len && st->value.len > 0))
		snprintf(text, sizeof(text), "the first %s of %s",
		    fs_num_show_size(held, sizeof(held),
		    (int64_t)st->value.len), st->size == SIZE_MAX ?
		    "an unknown size" : fs_num_show_size(all, sizeof(all),
		    (int64_t)st->size));
	else
		snprintf(text, sizeof(text), "%s",
		    fs_num_show_size(all, sizeof(all), (int64_t)st->size));
	room = width - 2 - (int)strlen(text);
	add_name(&name, fs_str_bytes(&st->name), room > 0 ? (size_t)room : 0,
	    size - sizeof(text) - 8);
	snprintf(buf, size, "%s  %s", fs_str_bytes(&name).data, text);
	fs_str_free(&name);
	return FS_STYLE_STRONG;
}

static bool
value_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;

	(void)snap;
	/* A line holds two columns at least, so this is far enough. */
	return fs_cursor_scroll(&st->cursor, id, st->value.len / 16 + 1,
	    rows > 0 ? 1 : 0);
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
	.fact = value_fact,
	.draw = value_draw,
	.command = value_command,
	.copy = value_copy,
	.free = value_free,
};
