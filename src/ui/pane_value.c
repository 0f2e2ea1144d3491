#include <stdio.h>

#include "base/escape.h"
#include "base/num.h"
#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

/* One value, as much of it as is held, over as many lines as it takes. */
struct state {
	struct fs_str	 name, value;
	bool		 lines;		/* a text: its newlines are some */
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
	st->lines = false;
	st->top = 0;
}

void
fs_value_show_text(void *state, const char *name, const struct fs_str *text)
{
	struct state *st = state;

	fs_str_clear(&st->name);
	fs_str_clear(&st->value);
	fs_str_add_text(&st->name, name);
	fs_str_add_bytes(&st->value, fs_str_bytes(text));
	st->size = text->len;
	st->lines = true;
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

/* How a value is broken into lines. */
struct form {
	struct fs_bytes	value;
	int		width;
	bool		utf8, lines;
};

static struct form
form_of(const struct state *st, int width, bool utf8)
{
	return (struct form){ fs_str_bytes(&st->value), width, utf8,
	    st->lines };
}

/* Where the line that starts at pos ends: one unit at least is in it. */
static size_t
line_end(const struct form *form, size_t pos)
{
	struct fs_bytes	value = form->value;
	char	buf[64];
	size_t	next = pos, end = pos, columns, used = 0;

	while (next < value.len) {
		if (form->lines && value.data[next] == '\n')
			return next + 1;
		if (fs_escape_next(value, &next, form->utf8, buf,
		    &columns) == 0)
			break;
		used += columns;
		if (used > (size_t)form->width && end > pos)
			break;
		end = next;
	}
	return end;
}

/* The line that the byte at pos is in; beyond the end: how many there are. */
static size_t
line_of(const struct form *form, size_t pos)
{
	size_t line = 0, start = 0;

	while (start < form->value.len &&
	    (start = line_end(form, start)) <= pos)
		line++;
	return line;
}

/* Where a line starts. */
static size_t
line_start(const struct form *form, size_t line)
{
	size_t start = 0;

	for (; line > 0 && start < form->value.len; line--)
		start = line_end(form, start);
	return start;
}

/* The line shown first in so many rows, of count. */
static size_t
top_line(const struct state *st, const struct form *form, size_t count,
    int rows)
{
	size_t	line = line_of(form, st->top);
	size_t	last = count > (size_t)rows ? count - (size_t)rows : 0;

	return line < last ? line : last;
}

static void
draw_line(struct fs_canvas *cv, int row, const struct form *form, size_t pos,
    size_t end)
{
	if (form->lines && form->value.data[end - 1] == '\n')
		end--;
	fs_canvas_bytes(cv, row, FS_PART_PAD, 0, FS_STYLE_PLAIN,
	    fs_bytes(form->value.data + pos, end - pos));
}

static void
value_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct state *st = state;
	struct fs_rect	area = fs_canvas_area(cv);
	struct form	form = form_of(st, area.cols - 2 * FS_PART_PAD,
			    fs_canvas_utf8(cv));
	size_t	pos, end, count;

	(void)snap;
	(void)focus;
	if (form.width < 12 || area.rows < 1)
		return;
	if (form.value.len == 0 && st->size > 0)
		fs_part_hint(cv, "too large to be fetched for a look; "
		    "fsconsole read prints all of it");
	count = line_of(&form, form.value.len);
	pos = line_start(&form, top_line(st, &form, count, area.rows));
	for (int row = 0; row < area.rows && pos < form.value.len; row++) {
		end = line_end(&form, pos);
		draw_line(cv, row, &form, pos, end);
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
	struct form	form = form_of(st, st->width, st->utf8);
	size_t	count = line_of(&form, form.value.len);
	struct fs_cursor cursor = { 0 };

	(void)snap;
	cursor.at = top_line(st, &form, count, rows);
	if (!fs_cursor_scroll(&cursor, id, count, rows))
		return false;
	st->top = line_start(&form, cursor.at);
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
