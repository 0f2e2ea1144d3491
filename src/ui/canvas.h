/*
 * A grid of styled cells between the panes and the terminal. (pure)
 *
 * All text is escaped here: what a pane draws may hold any foreign bytes and
 * still never more than visible characters reach a cell. The same canvas goes
 * to curses, to --once and to the golden screens of the tests.
 */
#ifndef FS_UI_CANVAS_H
#define FS_UI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* A style is a meaning; ui/theme says how it looks on this terminal. */
enum fs_style {
	FS_STYLE_PLAIN,		/* values */
	FS_STYLE_DIM,		/* borders, labels */
	FS_STYLE_TITLE,		/* a pane's name */
	FS_STYLE_FOCUS,		/* border of the focused pane */
	FS_STYLE_HERE,		/* and its name */
	FS_STYLE_STRONG,	/* the one that matters */
	FS_STYLE_GOOD,		/* running, live, connected */
	FS_STYLE_WARN,		/* paused, the last tenth of a TTL */
	FS_STYLE_BAD,		/* leak, expired, lost */
	FS_STYLE_KEY,		/* a key in the help line */
	FS_STYLE_BAR,		/* bars and graphs */
	FS_STYLE_INPUT,		/* a prompt's line */
	FS_STYLE_COUNT
};

struct fs_cell_text {
	char		text[20];	/* one character and its marks; "" is
					   the right half of a wide one */
	uint8_t		style;
	bool		reverse;	/* the line under the cursor */
};

/* The part of the grid that drawing goes to; text is cut at its edges. */
struct fs_rect {
	int	row, col, rows, cols;
};

/* Signs of our own; each is one column. */
enum fs_glyph {
	FS_GLYPH_CURSOR,	/* the line under the cursor */
	FS_GLYPH_RUNNING, FS_GLYPH_PAUSED, FS_GLYPH_STOPPED,
	FS_GLYPH_TIMES,		/* 5 x 5 */
	FS_GLYPH_MARK,		/* chosen */
	FS_GLYPH_DOWN,		/* there is more below */
	FS_GLYPH_COUNT
};

struct fs_canvas;

/* utf8 false: escapes beyond ASCII, and lines, bars and graphs as "+-|#.:". */
struct fs_canvas *fs_canvas_new(int rows, int cols, bool utf8);
void fs_canvas_free(struct fs_canvas *cv);
void fs_canvas_clear(struct fs_canvas *cv);
int fs_canvas_rows(const struct fs_canvas *cv);
int fs_canvas_cols(const struct fs_canvas *cv);
bool fs_canvas_utf8(const struct fs_canvas *cv);
const struct fs_cell_text *fs_canvas_cell(const struct fs_canvas *cv,
    int row, int col);

/* Draw relative to, and within, this part from now on. */
void fs_canvas_clip(struct fs_canvas *cv, struct fs_rect rect);
void fs_canvas_unclip(struct fs_canvas *cv);
/* In columns and rows of the canvas; it may reach beyond it. */
struct fs_rect fs_canvas_area(const struct fs_canvas *cv);

/*
 * Text at row, col; cut with "…" at width columns (0: to the edge). Returns
 * the columns used. What is formatted is escaped too, foreign parts and all.
 */
int fs_canvas_bytes(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, struct fs_bytes text);
int fs_canvas_text(struct fs_canvas *cv, int row, int col,
    enum fs_style style, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Ending before col + width. */
int fs_canvas_right(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* Text that base/log has escaped: put in cells as it is. */
int fs_canvas_escaped(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, const char *text);
const char *fs_canvas_glyph(const struct fs_canvas *cv, enum fs_glyph glyph);

/* What a border says at its right: what it is about, then the words. */
struct fs_fact {
	struct fs_bytes	 subject;	/* cut where there is too little room */
	const char	*words;		/* or NULL */
	enum fs_style	 style;
};

/*
 * A pane's border with its name left and its most important fact right (NULL:
 * none). Borders that meet are joined; what lies outside of the part is cut
 * off, so that a pane at the edge of the screen needs no line there.
 */
void fs_canvas_box(struct fs_canvas *cv, struct fs_rect rect, bool focus,
    const char *title, const struct fs_fact *fact);
/* share in [0, 1] of width columns: a heavy line on a light one. */
void fs_canvas_bar(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, double share);
/* One column a sample, the newest right; NAN is a gap. */
void fs_canvas_graph(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, const double *samples, size_t n, double max);
/* Nothing there any more, for what is drawn over the rest. */
void fs_canvas_erase(struct fs_canvas *cv, struct fs_rect rect);
/* The line under the cursor: plain and reverse, whatever was drawn there. */
void fs_canvas_reverse(struct fs_canvas *cv, int row, int col, int width);

/* Its plain text, lines without trailing blanks. */
void fs_canvas_dump(const struct fs_canvas *cv, struct fs_str *out);

#endif
