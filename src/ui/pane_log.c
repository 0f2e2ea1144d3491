#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/mem.h"
#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

/* Where the text begins without a level and a count: "12:01:07". */
#define INDENT		(FS_PART_PAD + 8 + 2)

struct state {
	struct fs_log_line *lines;	/* oldest first */
	size_t		 count;
	uint64_t	 seq, first;
	struct fs_cursor cursor;
	bool		 scrolled;	/* else it is on the newest */
};

static const enum fs_style styles[] = {
	[FS_LOG_INFO] = FS_STYLE_PLAIN,
	[FS_LOG_WARN] = FS_STYLE_WARN,
	[FS_LOG_ERROR] = FS_STYLE_BAD,
};
static const char *const levels[] = {
	[FS_LOG_INFO] = "",
	[FS_LOG_WARN] = "warning",
	[FS_LOG_ERROR] = "error",
};

/* Lines fall out at the front: the cursor stays on the one it is on. */
static void
follow(struct state *st, uint64_t first)
{
	size_t gone = st->count > 0 && first > st->first ?
	    (size_t)(first - st->first) : 0;

	st->cursor.at -= gone < st->cursor.at ? gone : st->cursor.at;
	st->cursor.top -= gone < st->cursor.top ? gone : st->cursor.top;
	st->first = first;
}

static void
log_update(void *state, const struct fs_snap *snap)
{
	struct state *st = state;
	uint64_t seq = fs_log_seq();
	size_t count;

	(void)snap;
	if (st->lines != NULL && seq == st->seq)
		return;
	if (st->lines == NULL)
		st->lines = fs_xcalloc(FS_LOG_LINES, sizeof(*st->lines));
	count = fs_log_copy(st->lines, FS_LOG_LINES);
	if (count > 0)
		follow(st, st->lines[0].seq);
	st->count = count;
	st->seq = seq;
}

/* The line under the cursor: the newest, until it is moved. */
static struct fs_cursor
cursor(const struct state *st)
{
	struct fs_cursor at = st->cursor;

	if (!st->scrolled && st->count > 0)
		at.at = at.top = st->count - 1;
	return at;
}

/*
 * Drawing. What is under the cursor takes as many rows as it needs.
 */

/* What stands before the text; returns the text's column. */
static int
draw_start(struct fs_canvas *cv, int row, const struct fs_log_line *line)
{
	char	when[16];
	int	col = FS_PART_PAD;

	fs_clock_hms(line->wall_us, when, sizeof(when));
	col += fs_canvas_text(cv, row, col, FS_STYLE_DIM, "%s", when) + 2;
	if (line->level != FS_LOG_INFO)
		col += fs_canvas_text(cv, row, col, styles[line->level],
		    "%s", levels[line->level]) + 2;
	if (line->times > 1)
		col += fs_canvas_text(cv, row, col, FS_STYLE_STRONG, "%u%s",
		    line->times, fs_canvas_glyph(cv, FS_GLYPH_TIMES)) + 2;
	return col;
}

/* How much of an escaped text goes into so many columns; all of a blank. */
static size_t
piece(const char *text, int width)
{
	struct fs_bytes	all = fs_bytes_of(text);
	size_t		pos = 0, n;
	uint32_t	cp;
	int		used = 0, w;

	for (; pos < all.len; pos += n) {
		n = fs_utf8_decode(all, pos, &cp);
		w = n > 0 ? fs_utf8_width(cp) : 1;
		n = n > 0 ? n : 1;
		used += w > 0 ? w : 0;
		if (used > width && pos > 0)
			break;
	}
	return pos;
}

/* All of it, in as many rows as there are; returns how many it took. */
static int
draw_all(struct fs_canvas *cv, int row, const struct fs_log_line *line)
{
	const char *text = line->text;
	char	part[FS_LOG_TEXT];
	int	col = draw_start(cv, row, line), rows = 0;
	int	end = fs_canvas_area(cv).cols - FS_PART_PAD;

	do {
		size_t len = piece(text, end - col);

		memcpy(part, text, len);
		part[len] = '\0';
		fs_canvas_escaped(cv, row + rows++, col, 0, FS_STYLE_PLAIN,
		    part);
		text += len;
		col = INDENT;
	} while (*text != '\0' && end > col);
	return rows;
}

/* As draw_all() would, for where the list begins. */
static int
height(const struct fs_log_line *line, int cols)
{
	const char *text = line->text;
	char	times[16];
	int	col = INDENT, end = cols - FS_PART_PAD, rows = 0;

	if (line->level != FS_LOG_INFO)
		col += (int)strlen(levels[line->level]) + 2;
	if (line->times > 1)
		col += snprintf(times, sizeof(times), "%u", line->times) + 3;
	do {
		text += piece(text, end - col);
		rows++;
		col = INDENT;
	} while (*text != '\0' && end > col);
	return rows;
}

static void
draw_line(struct fs_canvas *cv, int row, const struct fs_log_line *line)
{
	int col = draw_start(cv, row, line);
	int end = fs_canvas_area(cv).cols - FS_PART_PAD;

	fs_canvas_escaped(cv, row, col, end - col, FS_STYLE_PLAIN,
	    line->text);
}

static void
log_draw(const void *state, const struct fs_snap *snap, struct fs_canvas *cv,
    bool focus)
{
	const struct state *st = state;
	struct fs_rect	area = fs_canvas_area(cv);
	struct fs_cursor at = cursor(st);
	int	more;

	(void)snap;
	if (st->count == 0) {
		fs_part_hint(cv, "nothing has happened yet");
		return;
	}
	more = height(&st->lines[at.at], area.cols) - 1;
	at.top = fs_cursor_top(&at, st->count, area.rows - more);
	for (int row = 0; row < area.rows && at.top < st->count; at.top++) {
		int first = row;

		if (at.top != at.at) {
			draw_line(cv, row++, &st->lines[at.top]);
			continue;
		}
		row += draw_all(cv, row, &st->lines[at.top]);
		for (; focus && first < row; first++)
			fs_canvas_reverse(cv, first, 0, area.cols);
	}
}

static enum fs_style
log_fact(const void *state, const struct fs_snap *snap, int width, char *buf,
    size_t size)
{
	const struct state *st = state;

	(void)snap;
	(void)width;
	snprintf(buf, size, "%zu lines%s", st->count,
	    st->scrolled ? ", G to the newest" : "");
	return FS_STYLE_PLAIN;
}

static bool
log_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;

	(void)snap;
	st->cursor = cursor(st);
	if (!fs_cursor_command(&st->cursor, id, st->count, rows))
		return false;
	st->scrolled = st->cursor.at + 1 < st->count;
	return true;
}

static void
log_copy(const void *state, const struct fs_snap *snap, struct fs_str *out)
{
	const struct state *st = state;
	const struct fs_log_line *line;
	char	when[16];

	(void)snap;
	if (st->count == 0)
		return;
	line = &st->lines[cursor(st).at];
	fs_clock_hms(line->wall_us, when, sizeof(when));
	fs_str_addf(out, "%s  %s%s%s", when, levels[line->level],
	    line->level != FS_LOG_INFO ? "  " : "", line->text);
}

static void
log_free(void *state)
{
	struct state *st = state;

	free(st->lines);
}

const struct fs_pane_ops fs_pane_log = {
	.title = "Log",
	.state_size = sizeof(struct state),
	.fact = log_fact,
	.draw = log_draw,
	.update = log_update,
	.command = log_command,
	.copy = log_copy,
	.free = log_free,
};
