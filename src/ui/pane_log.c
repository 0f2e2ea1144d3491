#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ui/cursor.h"
#include "ui/pane.h"
#include "ui/part.h"

struct state {
	struct fs_log_line *lines;	/* oldest first */
	size_t		 count;
	uint64_t	 seq;
	struct fs_cursor cursor;
	bool		 scrolled;	/* else the newest stays in sight */
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

static void
log_update(void *state, const struct fs_snap *snap)
{
	struct state *st = state;
	uint64_t seq = fs_log_seq();

	(void)snap;
	if (st->lines != NULL && seq == st->seq)
		return;
	if (st->lines == NULL)
		st->lines = fs_xcalloc(FS_LOG_LINES, sizeof(*st->lines));
	st->count = fs_log_copy(st->lines, FS_LOG_LINES);
	st->seq = seq;
}

static size_t
top(const struct state *st, int rows)
{
	size_t n = rows > 0 ? (size_t)rows : 1;

	if (!st->scrolled)
		return st->count > n ? st->count - n : 0;
	return fs_cursor_top(&st->cursor, st->count, rows);
}

static void
draw_line(struct fs_canvas *cv, int row, const struct fs_log_line *line)
{
	char	when[16];
	int	col = FS_PART_PAD;
	int	end = fs_canvas_area(cv).cols - FS_PART_PAD;

	fs_clock_hms(line->wall_us, when, sizeof(when));
	col += fs_canvas_text(cv, row, col, FS_STYLE_DIM, "%s", when) + 2;
	if (line->level != FS_LOG_INFO)
		col += fs_canvas_text(cv, row, col, styles[line->level],
		    "%s", levels[line->level]) + 2;
	if (line->times > 1)
		col += fs_canvas_text(cv, row, col, FS_STYLE_STRONG, "%u%s",
		    line->times, fs_canvas_glyph(cv, FS_GLYPH_TIMES)) + 2;
	fs_canvas_escaped(cv, row, col, end - col, FS_STYLE_PLAIN,
	    line->text);
}

static void
log_draw(const void *state, const struct fs_snap *snap, struct fs_canvas *cv,
    bool focus)
{
	const struct state *st = state;
	int	rows = fs_canvas_area(cv).rows;
	size_t	first = top(st, rows);

	(void)snap;
	(void)focus;
	if (st->count == 0)
		fs_part_hint(cv, "nothing has happened yet");
	for (int row = 0; row < rows && first + (size_t)row < st->count; row++)
		draw_line(cv, row, &st->lines[first + (size_t)row]);
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
	size_t n = rows > 0 ? (size_t)rows : 1;

	(void)snap;
	st->cursor.at = st->cursor.top = top(st, rows);
	if (!fs_cursor_scroll(&st->cursor, id, st->count, rows))
		return false;
	st->scrolled = st->cursor.at + n < st->count;
	return true;
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
	.free = log_free,
};
