#include <stdio.h>

#include "base/clock.h"
#include "base/num.h"
#include "ui/pane.h"
#include "ui/part.h"

#define SHORT_LABEL	8
#define LONG_LABEL	13
#define GRAPH		26	/* its column */
#define GRAPH_WIDTH	32
#define RATE_WIDTH	6	/* "1.2k/s" */
#define ROOMY_ROWS	7
#define ROOMY_COLS	40

static const struct {
	const char	*word;
	enum fs_glyph	 glyph;
	enum fs_style	 style;
} looks[] = {
	[FS_STOPPED] =	{ "stopped", FS_GLYPH_STOPPED, FS_STYLE_DIM },
	[FS_RUNNING] =	{ "running", FS_GLYPH_RUNNING, FS_STYLE_GOOD },
	[FS_PAUSED] =	{ "paused", FS_GLYPH_PAUSED, FS_STYLE_WARN },
};

static char *
count(char *buf, size_t size, uint64_t n)
{
	return fs_num_show_count(buf, size, (int64_t)n);
}

/* "pausing" as long as a tick is under way. */
static const char *
word(const struct fs_stream_view *view)
{
	return view->run == FS_PAUSED && view->in_flight ? "pausing" :
	    looks[view->run].word;
}

/* Fields written in the last second. */
static const char *
rate(const struct fs_snap *snap, char *buf, size_t size)
{
	double now = fs_series_back(&snap->write_rate, 0);
	char n[32];

	if (!(now >= 0))
		return "";
	snprintf(buf, size, "%s/s", fs_num_show_short(n, sizeof(n), now));
	return buf;
}

static const char *
last_tick(const struct fs_stream_view *view, char *buf, size_t size)
{
	return view->last_tick_us < 0 ? "none yet" :
	    fs_num_show_ms(buf, size, view->last_tick_us);
}

static int
draw_state(struct fs_canvas *cv, const struct fs_stream_view *view)
{
	int	col = FS_PART_PAD;
	enum fs_style style = looks[view->run].style;

	return col + fs_canvas_text(cv, 0, col, style, "%s %s",
	    fs_canvas_glyph(cv, looks[view->run].glyph), word(view)) + 2;
}

/* What it writes, and how often; or what starts it again. */
static void
draw_pace(struct fs_canvas *cv, int col, const struct fs_snap *snap)
{
	const struct fs_stream_view *view = &snap->stream;
	const char *times = fs_canvas_glyph(cv, FS_GLYPH_TIMES);
	long long entities = view->users_per_tick;
	size_t	fields = fs_schema_count(snap->schema, FS_CLASS_STREAMING);
	int	width = fs_canvas_area(cv).cols - col - FS_PART_PAD;
	char	tick[32];

	fs_num_show_exact(tick, sizeof(tick), view->tick_ms);
	if (view->run != FS_RUNNING && snap->read_only)
		fs_canvas_text(cv, 0, col, FS_STYLE_DIM, "it would write");
	else if (view->run != FS_RUNNING)
		fs_canvas_text(cv, 0, col, FS_STYLE_DIM, "p %s",
		    view->run == FS_STOPPED ? "starts" : "resumes");
	else if (width >= 30)
		fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN,
		    "%lld entities %s %zu fields, each %s", entities, times,
		    fields, tick);
	else
		fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN, "%lld %s %zu / %s",
		    entities, times, fields, tick);
}

/* The last one's text takes all rows from this one on. */
static void
draw_errors(struct fs_canvas *cv, int row, int label,
    const struct fs_stream_view *view)
{
	char	n[32], when[16];
	int	col;

	if (view->errors == 0) {
		fs_part_pair(cv, row, FS_PART_PAD, label, "errors",
		    FS_STYLE_PLAIN, "none");
		return;
	}
	col = fs_part_pair(cv, row, FS_PART_PAD, label, "errors",
	    FS_STYLE_BAD, "%s", count(n, sizeof(n), view->errors)) + 1;
	if (view->last_err.code == FS_OK)
		return;
	if (label == LONG_LABEL) {
		fs_clock_hms(view->last_err_wall_us, when, sizeof(when));
		col += fs_canvas_text(cv, row, col, FS_STYLE_DIM, "%s",
		    when) + 1;
	}
	fs_part_error_wrapped(cv, row, col, &view->last_err);
}

static void
draw_right(struct fs_canvas *cv, int row, enum fs_style style,
    const char *text)
{
	fs_canvas_right(cv, row, FS_PART_PAD, fs_canvas_area(cv).cols -
	    2 * FS_PART_PAD, style, "%s", text);
}

/* How many, how many a second, and as much of a graph as fits between. */
static void
draw_writes(struct fs_canvas *cv, const struct fs_snap *snap)
{
	int	cols = fs_canvas_area(cv).cols, col, end;
	char	buf[64];

	col = fs_part_pair(cv, 1, FS_PART_PAD, SHORT_LABEL, "writes",
	    FS_STYLE_PLAIN, "%s", count(buf, sizeof(buf),
	    snap->stream.writes)) + 1;
	if (col < SHORT_LABEL + 9)	/* it grows: the graph stays */
		col = SHORT_LABEL + 9;
	draw_right(cv, 1, FS_STYLE_PLAIN, rate(snap, buf, sizeof(buf)));
	end = cols - FS_PART_PAD - RATE_WIDTH;
	if (end - col >= 4)
		fs_part_trend(cv, 1, col, end - col, &snap->write_rate);
}

static void
draw_ticks(struct fs_canvas *cv, int row, int label,
    const struct fs_stream_view *view)
{
	char	buf[64];
	int	col;

	col = fs_part_pair(cv, row, FS_PART_PAD, label, "ticks",
	    FS_STYLE_PLAIN, "%s", count(buf, sizeof(buf), view->ticks));
	if (view->skipped > 0)
		fs_canvas_text(cv, row, col + 1, FS_STYLE_WARN, "%s skipped",
		    count(buf, sizeof(buf), view->skipped));
}

/* Four rows: an error needs two of them, and then ticks have none. */
static void
draw_short(struct fs_canvas *cv, const struct fs_snap *snap)
{
	const struct fs_stream_view *view = &snap->stream;
	char	buf[64], n[32];

	draw_writes(cv, snap);
	if (view->errors > 0) {
		draw_errors(cv, 2, SHORT_LABEL, view);
		return;
	}
	draw_ticks(cv, 2, SHORT_LABEL, view);
	if (view->skipped == 0)
		draw_right(cv, 2, FS_STYLE_PLAIN, last_tick(view, buf,
		    sizeof(buf)));
	draw_errors(cv, 3, SHORT_LABEL, view);
	snprintf(buf, sizeof(buf), "p99 %s", fs_num_show_ms(n, sizeof(n),
	    (int64_t)fs_hist_at(&view->latency, 0.99)));
	draw_right(cv, 3, FS_STYLE_DIM, view->latency.count > 0 ? buf : "");
}

static int
draw_ticks_long(struct fs_canvas *cv, const struct fs_stream_view *view)
{
	char buf[64];

	if (view->errors > 0) {		/* which need one more row */
		draw_ticks(cv, 1, LONG_LABEL, view);
		return 2;
	}
	fs_part_pair(cv, 1, FS_PART_PAD, LONG_LABEL, "ticks",
	    FS_STYLE_PLAIN, "%s", count(buf, sizeof(buf), view->ticks));
	fs_part_pair(cv, 2, FS_PART_PAD, LONG_LABEL, "skipped",
	    view->skipped > 0 ? FS_STYLE_WARN : FS_STYLE_PLAIN, "%s",
	    count(buf, sizeof(buf), view->skipped));
	return 3;
}

static void
draw_long(struct fs_canvas *cv, const struct fs_snap *snap)
{
	const struct fs_stream_view *view = &snap->stream;
	int	col, graph, row = draw_ticks_long(cv, view);
	char	buf[64];

	fs_part_pair(cv, row++, FS_PART_PAD, LONG_LABEL, "writes",
	    FS_STYLE_STRONG, "%s", count(buf, sizeof(buf), view->writes));
	fs_part_pair(cv, row, FS_PART_PAD, LONG_LABEL, "rate",
	    FS_STYLE_PLAIN, "%s", rate(snap, buf, sizeof(buf)));
	graph = fs_canvas_area(cv).cols - FS_PART_PAD - GRAPH;
	if (graph > GRAPH_WIDTH)
		graph = GRAPH_WIDTH;
	fs_part_trend(cv, row++, GRAPH, graph, &snap->write_rate);
	col = fs_part_pair(cv, row, FS_PART_PAD, LONG_LABEL, "last tick",
	    FS_STYLE_PLAIN, "%s", last_tick(view, buf, sizeof(buf))) + 2;
	if (view->latency.count > 0)
		fs_part_percentiles(cv, row, col, &view->latency, 0, true);
	draw_errors(cv, row + 1, LONG_LABEL, view);
}

static enum fs_style
worker_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	const struct fs_stream_view *view = &snap->stream;

	(void)state;
	(void)width;
	snprintf(buf, size, "%s", word(view));
	return looks[view->run].style;
}

static void
worker_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	struct fs_rect area = fs_canvas_area(cv);
	int col = draw_state(cv, &snap->stream);

	(void)state;
	(void)focus;
	draw_pace(cv, col, snap);
	if (area.rows >= ROOMY_ROWS && area.cols >= ROOMY_COLS)
		draw_long(cv, snap);
	else
		draw_short(cv, snap);
}

const struct fs_pane_ops fs_pane_worker = {
	.title = "Worker",
	.fact = worker_fact,
	.draw = worker_draw,
};
