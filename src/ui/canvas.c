#include "ui/canvas.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"

#define FACT_LEAST	4	/* columns, below which it is none */
#define FACT_GAP	2	/* between what it is about and its words */
#define FACT_MARGIN	4	/* where it need not fill all there is */

/* The arms of a line within a cell. */
enum {
	UP = 1, RIGHT = 2, DOWN = 4, LEFT = 8,
	TITLE = 0x80,		/* no line goes here */
};

struct fs_canvas {
	int			 rows, cols;
	bool			 utf8;
	struct fs_rect		 area;
	struct fs_cell_text	*cells;
	uint8_t			*arms;
	struct fs_str		 words, visible;	/* scratch */
};

static const char *const lines[2][16] = {
	{
		[UP] = "|", [DOWN] = "|", [UP | DOWN] = "|",
		[LEFT] = "-", [RIGHT] = "-", [LEFT | RIGHT] = "-",
		[UP | RIGHT] = "+", [UP | LEFT] = "+",
		[DOWN | RIGHT] = "+", [DOWN | LEFT] = "+",
		[UP | DOWN | RIGHT] = "+", [UP | DOWN | LEFT] = "+",
		[LEFT | RIGHT | UP] = "+", [LEFT | RIGHT | DOWN] = "+",
		[UP | RIGHT | DOWN | LEFT] = "+",
	}, {
		[UP] = "│", [DOWN] = "│", [UP | DOWN] = "│",
		[LEFT] = "─", [RIGHT] = "─", [LEFT | RIGHT] = "─",
		[UP | RIGHT] = "└", [UP | LEFT] = "┘",
		[DOWN | RIGHT] = "┌", [DOWN | LEFT] = "┐",
		[UP | DOWN | RIGHT] = "├", [UP | DOWN | LEFT] = "┤",
		[LEFT | RIGHT | UP] = "┴", [LEFT | RIGHT | DOWN] = "┬",
		[UP | RIGHT | DOWN | LEFT] = "┼",
	}
};

static const char *const glyphs[FS_GLYPH_COUNT][2] = {
	[FS_GLYPH_CURSOR] =	{ ">", "▶" },
	[FS_GLYPH_RUNNING] =	{ "*", "●" },
	[FS_GLYPH_PAUSED] =	{ "=", "◐" },
	[FS_GLYPH_STOPPED] =	{ "-", "○" },
	[FS_GLYPH_TIMES] =	{ "x", "×" },
	[FS_GLYPH_MARK] =	{ "x", "✓" },
	[FS_GLYPH_DOWN] =	{ "v", "↓" },
};

/* Half a column, a column: lines, so that bars below each other stay apart. */
static const char *const halves[] = { " ", "╸", "━" };
static const char *const levels[2][9] = {
	{ ".", ".", ".", ":", ":", ":", "|", "|", "|" },
	{ "▁", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
};

/*
 * Cells
 */

/* Its index, or -1 when it is not in the part that is drawn on. */
static long
cell_at(const struct fs_canvas *cv, int row, int col)
{
	const struct fs_rect *area = &cv->area;

	if (row < 0 || col < 0 || row >= area->rows || col >= area->cols)
		return -1;
	row += area->row;
	col += area->col;
	if (row < 0 || col < 0 || row >= cv->rows || col >= cv->cols)
		return -1;
	return (long)row * cv->cols + col;
}

static void
cell_blank(struct fs_canvas *cv, long at)
{
	cv->cells[at] = (struct fs_cell_text){ .text = " " };
	cv->arms[at] = 0;
}

/* A wide character of which one half is about to go goes altogether. */
static void
cell_free(struct fs_canvas *cv, long at)
{
	if (cv->cells[at].text[0] == '\0' && at % cv->cols != 0)
		cell_blank(cv, at - 1);
	if ((at + 1) % cv->cols != 0 && cv->cells[at + 1].text[0] == '\0')
		cell_blank(cv, at + 1);
	cell_blank(cv, at);
}

static void
cell_set(struct fs_canvas *cv, long at, enum fs_style style, const char *text,
    size_t len)
{
	struct fs_cell_text *cell = &cv->cells[at];

	cell_free(cv, at);
	memcpy(cell->text, text, len);
	cell->text[len] = '\0';
	cell->style = (uint8_t)style;
}

static void
put(struct fs_canvas *cv, int row, int col, enum fs_style style,
    const char *text)
{
	long at = cell_at(cv, row, col);

	if (at != -1)
		cell_set(cv, at, style, text, strlen(text));
}

/* One character of width columns; a wide one that is cut is a blank. */
static void
put_char(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, struct fs_bytes c)
{
	long left = cell_at(cv, row, col);
	long right = width == 2 ? cell_at(cv, row, col + 1) : left;

	if (left == -1 || right == -1 || c.len >= sizeof(cv->cells->text)) {
		put(cv, row, col, style, " ");
		if (width == 2)
			put(cv, row, col + 1, style, " ");
		return;
	}
	if (width == 2)
		cell_set(cv, right, style, "", 0);
	cell_set(cv, left, style, c.data, c.len);
	if (width == 2)
		cv->cells[right].text[0] = '\0';
}

/*
 * The character of escaped text at *pos with its marks; 0 at the end. What
 * is not printable after all becomes a '?'.
 */
static int
next_char(struct fs_bytes text, size_t *pos, struct fs_bytes *c)
{
	uint32_t cp;
	size_t	 n = fs_utf8_decode(text, *pos, &cp);
	int	 width = n == 0 ? -1 : fs_utf8_width(cp);

	if (*pos >= text.len)
		return 0;
	*c = fs_bytes(text.data + *pos, n);
	*pos += n != 0 ? n : 1;
	if (width <= 0) {
		*c = fs_bytes_of("?");
		return 1;
	}
	while ((n = fs_utf8_decode(text, *pos, &cp)) > 1 &&
	    fs_utf8_width(cp) == 0) {
		c->len += n;
		*pos += n;
	}
	return width;
}

static int
columns(struct fs_bytes text)
{
	struct fs_bytes	c;
	size_t		pos = 0;
	int		all = 0, width;

	while ((width = next_char(text, &pos, &c)) != 0)
		all += width;
	return all;
}

/* Escaped text that fits; returns its columns. */
static int
place(struct fs_canvas *cv, int row, int col, enum fs_style style,
    struct fs_bytes text)
{
	struct fs_bytes	c;
	size_t		pos = 0;
	int		used = 0, width;

	while ((width = next_char(text, &pos, &c)) != 0) {
		put_char(cv, row, col + used, width, style, c);
		used += width;
	}
	return used;
}

/* Foreign text in its visible form, at most width columns of it. */
static struct fs_bytes
visible(struct fs_canvas *cv, struct fs_bytes text, int width)
{
	fs_str_clear(&cv->visible);
	if (width > 0)
		fs_escape_fit(&cv->visible, text, (size_t)width, cv->utf8);
	return fs_str_bytes(&cv->visible);
}

static struct fs_bytes format(struct fs_canvas *cv, const char *fmt,
    va_list ap) __attribute__((format(printf, 2, 0)));

static struct fs_bytes
format(struct fs_canvas *cv, const char *fmt, va_list ap)
{
	fs_str_clear(&cv->words);
	fs_str_vaddf(&cv->words, fmt, ap);
	return fs_str_bytes(&cv->words);
}

/*
 * The canvas
 */

struct fs_canvas *
fs_canvas_new(int rows, int cols, bool utf8)
{
	struct fs_canvas *cv = fs_xcalloc(1, sizeof(*cv));
	size_t n;

	cv->rows = rows > 0 ? rows : 0;
	cv->cols = cols > 0 ? cols : 0;
	cv->utf8 = utf8;
	n = (size_t)cv->rows * (size_t)cv->cols;
	cv->cells = fs_xcalloc(n + 1, sizeof(*cv->cells));
	cv->arms = fs_xcalloc(n + 1, sizeof(*cv->arms));
	fs_canvas_clear(cv);
	return cv;
}

void
fs_canvas_free(struct fs_canvas *cv)
{
	if (cv == NULL)
		return;
	fs_str_free(&cv->words);
	fs_str_free(&cv->visible);
	free(cv->cells);
	free(cv->arms);
	free(cv);
}

void
fs_canvas_clear(struct fs_canvas *cv)
{
	fs_canvas_unclip(cv);
	for (long i = 0; i < (long)cv->rows * cv->cols; i++)
		cell_blank(cv, i);
}

int
fs_canvas_rows(const struct fs_canvas *cv)
{
	return cv->rows;
}

int
fs_canvas_cols(const struct fs_canvas *cv)
{
	return cv->cols;
}

bool
fs_canvas_utf8(const struct fs_canvas *cv)
{
	return cv->utf8;
}

const struct fs_cell_text *
fs_canvas_cell(const struct fs_canvas *cv, int row, int col)
{
	return &cv->cells[(long)row * cv->cols + col];
}

void
fs_canvas_clip(struct fs_canvas *cv, struct fs_rect rect)
{
	cv->area = rect;
}

void
fs_canvas_unclip(struct fs_canvas *cv)
{
	cv->area = (struct fs_rect){ 0, 0, cv->rows, cv->cols };
}

struct fs_rect
fs_canvas_area(const struct fs_canvas *cv)
{
	return cv->area;
}

/*
 * Text
 */

/* How many columns there are from col on, width of them at most. */
static int
room(const struct fs_canvas *cv, int col, int width)
{
	int all = cv->area.cols - col;

	return width > 0 && width < all ? width : all;
}

int
fs_canvas_bytes(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, struct fs_bytes text)
{
	return place(cv, row, col, style,
	    visible(cv, text, room(cv, col, width)));
}

int
fs_canvas_text(struct fs_canvas *cv, int row, int col, enum fs_style style,
    const char *fmt, ...)
{
	struct fs_bytes	words;
	va_list		ap;

	va_start(ap, fmt);
	words = format(cv, fmt, ap);
	va_end(ap);
	return fs_canvas_bytes(cv, row, col, 0, style, words);
}

int
fs_canvas_right(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, const char *fmt, ...)
{
	struct fs_bytes	words;
	va_list		ap;

	va_start(ap, fmt);
	words = format(cv, fmt, ap);
	va_end(ap);
	width = room(cv, col, width);
	words = visible(cv, words, width);
	return place(cv, row, col + width - columns(words), style, words);
}

int
fs_canvas_escaped(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, const char *text)
{
	struct fs_bytes	all = fs_bytes_of(text), c;
	size_t		pos = 0, fits = 0;
	int		used = 0, w;

	width = room(cv, col, width);
	if (columns(all) <= width)
		return place(cv, row, col, style, all);
	while ((w = next_char(all, &pos, &c)) != 0 && used + w < width) {
		used += w;
		fits = pos;
	}
	used = place(cv, row, col, style, fs_bytes(text, fits));
	if (width > 0)
		put(cv, row, col + used++, style, cv->utf8 ? "…" : "~");
	return used;
}

const char *
fs_canvas_glyph(const struct fs_canvas *cv, enum fs_glyph glyph)
{
	return glyphs[glyph][cv->utf8];
}

/*
 * Lines
 */

static void
line(struct fs_canvas *cv, int row, int col, enum fs_style style, int arms)
{
	long at = cell_at(cv, row, col);

	if (at == -1 || (cv->arms[at] & TITLE) != 0)
		return;
	arms |= cv->arms[at];
	put(cv, row, col, style, lines[cv->utf8][arms]);
	cv->arms[at] = (uint8_t)arms;
}

/* Visible words on the line; returns where they end. */
static int
label(struct fs_canvas *cv, int row, int col, enum fs_style style,
    struct fs_bytes words)
{
	int	end = col + 1 + place(cv, row, col + 1, style, words);
	long	at;

	for (int i = col; i <= end; i++) {
		at = cell_at(cv, row, i);
		if (at == -1 || (i == end && (cv->arms[at] & ~(LEFT | RIGHT))))
			continue;
		if (i == col || i == end)
			put(cv, row, i, style, " ");
		cv->arms[at] = TITLE;
	}
	return end + 1;
}

static void
frame(struct fs_canvas *cv, struct fs_rect r, enum fs_style style)
{
	int bottom = r.row + r.rows - 1, right = r.col + r.cols - 1;

	for (int col = r.col + 1; col < right; col++) {
		line(cv, r.row, col, style, LEFT | RIGHT);
		line(cv, bottom, col, style, LEFT | RIGHT);
	}
	for (int row = r.row + 1; row < bottom; row++) {
		line(cv, row, r.col, style, UP | DOWN);
		line(cv, row, right, style, UP | DOWN);
	}
	line(cv, r.row, r.col, style, RIGHT | DOWN);
	line(cv, r.row, right, style, LEFT | DOWN);
	line(cv, bottom, r.col, style, RIGHT | UP);
	line(cv, bottom, right, style, LEFT | UP);
}

/*
 * What a fact is in so many columns: all of it, or its words and what there is
 * room for of what they are about.
 */
static struct fs_bytes
fact_text(struct fs_canvas *cv, const struct fs_fact *fact, int room)
{
	struct fs_bytes words = fs_bytes_of(fact->words != NULL ?
	    fact->words : "");
	int	need = (int)fs_escape_width(words, cv->utf8), left;

	left = room - need - (need > 0 ? FACT_GAP : 0);
	fs_str_clear(&cv->visible);
	if (left > 0 && !fs_escape_fits(fact->subject, (size_t)left, cv->utf8))
		left -= FACT_MARGIN;
	if (fact->subject.len > 0 && left >= FACT_LEAST) {
		fs_escape_fit(&cv->visible, fact->subject, (size_t)left,
		    cv->utf8);
		if (need == 0)
			return fs_str_bytes(&cv->visible);
		fs_str_addf(&cv->visible, "%*s", FACT_GAP, "");
	}
	fs_escape_fit(&cv->visible, words, (size_t)room, cv->utf8);
	return fs_str_bytes(&cv->visible);
}

/* At the right end of a border that has room from left to right. */
static void
fact_label(struct fs_canvas *cv, int row, int left, int right,
    const struct fs_fact *fact)
{
	int	room = right - left + 1, width;
	struct fs_bytes text;

	if (room < FACT_LEAST)
		return;
	text = fact_text(cv, fact, room);
	width = columns(text);
	if (width == 0)
		return;
	if (width + FACT_MARGIN <= room)
		label(cv, row, right - width - 2, fact->style, text);
	else
		label(cv, row, right - width, fact->style, text);
}

void
fs_canvas_box(struct fs_canvas *cv, struct fs_rect r, bool focus,
    const char *title, const struct fs_fact *fact)
{
	int left = r.col + 2, right = r.col + r.cols - 2;

	if (r.rows < 2 || r.cols < 2)
		return;
	frame(cv, r, focus ? FS_STYLE_FOCUS : FS_STYLE_DIM);
	if (right - left < 4)
		return;
	left = label(cv, r.row, left, focus ? FS_STYLE_HERE : FS_STYLE_TITLE,
	    visible(cv, fs_bytes_of(title), right - left - 1));
	if (fact != NULL)
		fact_label(cv, r.row, left, right, fact);
}

/*
 * Bars and graphs
 */

void
fs_canvas_bar(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, double share)
{
	int parts = cv->utf8 ? 2 : 1, full;

	full = share >= 1 ? width * parts : share > 0 ?
	    (int)ceil(share * width * parts) : 0;
	for (int i = 0; i < width; i++, full -= parts) {
		if (full <= 0)
			put(cv, row, col + i, FS_STYLE_DIM,
			    cv->utf8 ? "─" : ".");
		else
			put(cv, row, col + i, style, !cv->utf8 ? "#" :
			    halves[full < parts ? full : parts]);
	}
}

static int
level_of(double sample, double max)
{
	double level = max > 0 ? ceil(sample / max * 8) : 0;

	return level > 8 ? 8 : level > 0 ? (int)level : 0;
}

void
fs_canvas_graph(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, const double *samples, size_t n, double max)
{
	for (int i = 0; i < width && (size_t)i < n; i++) {
		double sample = samples[n - 1 - (size_t)i];

		if (isfinite(sample))
			put(cv, row, col + width - 1 - i, style,
			    levels[cv->utf8][level_of(sample, max)]);
	}
}

/*
 * The rest
 */

void
fs_canvas_erase(struct fs_canvas *cv, struct fs_rect rect)
{
	for (int row = rect.row; row < rect.row + rect.rows; row++) {
		for (int col = rect.col; col < rect.col + rect.cols; col++)
			put(cv, row, col, FS_STYLE_PLAIN, " ");
	}
}

void
fs_canvas_reverse(struct fs_canvas *cv, int row, int col, int width)
{
	long at;

	for (int i = 0; i < width; i++) {
		at = cell_at(cv, row, col + i);
		if (at == -1)
			continue;
		cv->cells[at].style = FS_STYLE_PLAIN;
		cv->cells[at].reverse = true;
	}
}

void
fs_canvas_dump(const struct fs_canvas *cv, struct fs_str *out)
{
	for (int row = 0; row < cv->rows; row++) {
		size_t end = out->len;

		for (int col = 0; col < cv->cols; col++) {
			const char *text = fs_canvas_cell(cv, row, col)->text;

			fs_str_add_text(out, text);
			if (strcmp(text, " ") != 0)
				end = out->len;
		}
		fs_str_cut(out, end);
		fs_str_add_char(out, '\n');
	}
}
