#include "ui/drill.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "ui/part.h"
#include "ui/table.h"

#define CURVE_MAX	120
#define OLD		(10 * FS_SEC)	/* what was seen so long ago */

/* A streaming feature of a drill. */
struct line {
	const struct fs_drill_report	*drill;
	size_t				 feature;
};

const struct fs_drill_report *
fs_drill_shown(const struct fs_snap *snap)
{
	bool drill = snap->job != NULL && snap->job->op == FS_OP_DRILL;

	if (snap->pause != NULL && !(drill && snap->job_running))
		return snap->pause;
	return drill ? snap->job->drill : NULL;
}

static const struct fs_drill_point *
last_point(const struct fs_drill_report *drill)
{
	return drill->npoints != 0 ? &drill->points[drill->npoints - 1] : NULL;
}

/*
 * Columns
 */

static void
draw_name(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	const struct line *line = item;

	fs_canvas_bytes(cv, row, col, width, FS_STYLE_PLAIN,
	    fs_list_at(&line->drill->features, line->feature));
}

static void
draw_bar(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	const struct line *line = item;
	const struct fs_drill_point *last = last_point(line->drill);

	if (last != NULL)
		fs_canvas_bar(cv, row, col, width, FS_STYLE_BAR,
		    last->coverage_percent[line->feature] / 100);
}

static void
draw_percent(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, double percent)
{
	char buf[32];

	fs_canvas_right(cv, row, col, width, style, "%s", isfinite(percent) ?
	    fs_part_percent(buf, sizeof(buf), percent) : "-");
}

static void
draw_now(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	const struct line *line = item;
	const struct fs_drill_point *last = last_point(line->drill);

	draw_percent(cv, row, col, width, FS_STYLE_STRONG, last != NULL ?
	    last->coverage_percent[line->feature] : NAN);
}

static void
draw_expected(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	const struct line *line = item;
	const struct fs_drill_point *last = last_point(line->drill);

	draw_percent(cv, row, col, width, FS_STYLE_PLAIN, last != NULL ?
	    last->expected_percent[line->feature] : NAN);
}

/* Against what was there at the pause, so that it is seen to drain. */
static void
draw_strip(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	const struct line *line = item;

	fs_part_strip(cv, row, col, width, line->drill->time_left +
	    line->feature * FS_AUDIT_BUCKETS,
	    line->drill->fullest[line->feature]);
}

static void
draw_seconds(struct fs_canvas *cv, int row, int col, int width,
    double seconds)
{
	char buf[32];

	if (isfinite(seconds))
		fs_canvas_right(cv, row, col, width, FS_STYLE_PLAIN, "%s",
		    fs_num_show_duration(buf, sizeof(buf),
		    (int64_t)(seconds * 1000), true));
	else
		fs_canvas_right(cv, row, col, width, FS_STYLE_DIM,
		    isinf(seconds) ? "never" : "-");
}

static void
draw_half(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	const struct line *line = item;

	draw_seconds(cv, row, col, width,
	    line->drill->forecast[line->feature]);
}

static void
draw_seen(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	const struct line *line = item;

	draw_seconds(cv, row, col, width, fs_drill_half_gone(line->drill,
	    line->feature));
}

static void
draw_all(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	const struct line *line = item;

	draw_seconds(cv, row, col, width,
	    line->drill->forecast_all[line->feature]);
}

/*
 * Curves
 */

/* How long the curves are: what was planned, and more once that is over. */
static double
span(const struct fs_drill_report *drill)
{
	const struct fs_drill_point *last = last_point(drill);

	return last->at_seconds > drill->for_seconds ? last->at_seconds :
	    drill->for_seconds;
}

/* Coverage over the time since the pause, seen or expected. */
static void
draw_course(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, const struct line *line, bool expected)
{
	const struct fs_drill_report *drill = line->drill;
	double	samples[CURVE_MAX], all;
	int	n = width < CURVE_MAX ? width : CURVE_MAX, from = 0;

	if (drill->npoints == 0)
		return;
	all = span(drill);
	for (int i = 0; i < n; i++)
		samples[i] = NAN;
	for (size_t k = 0; k < drill->npoints; k++) {
		const struct fs_drill_point *p = &drill->points[k];
		double	percent = expected ?
		    p->expected_percent[line->feature] :
		    p->coverage_percent[line->feature];
		int	to = all > 0 ? (int)(p->at_seconds / all * n) : 0;

		/* Until the next it is taken for what it was. */
		for (; from <= to && from < n; from++)
			samples[from] = percent;
	}
	fs_canvas_graph(cv, row, col, n, style, samples, (size_t)n, 100);
}

static void
draw_curve(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	draw_course(cv, row, col, width, FS_STYLE_BAR, item, false);
}

static void
draw_forecast(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	draw_course(cv, row, col, width, FS_STYLE_DIM, item, true);
}

static void
draw_gap(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	(void)cv, (void)row, (void)col, (void)width, (void)item;
}

static void
draw_label(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	(void)item;
	fs_canvas_right(cv, row, col, width, FS_STYLE_DIM, "forecast ");
}

/* The second table has the curve of the forecast under the other one. */
#define BEFORE	{ 67, 92, 136 }

static const struct fs_column columns[] = {
	{ "feature",	{ 19, 23, 30 },	true,	draw_name },
	{ "",		{ 0, 10, 20 },	true,	draw_bar },
	{ "now",	{ 7, 7, 8 },	false,	draw_now },
	{ "forecast",	{ 9, 9, 10 },	false,	draw_expected },
	{ "",		{ 1, 2, 2 },	false,	draw_gap },
	{ "time left",	{ 13, 13, 37 },	true,	draw_strip },
	{ "half in",	{ 8, 9, 9 },	false,	draw_half },
	{ "seen",	{ 8, 8, 9 },	false,	draw_seen },
	{ "all in",	{ 0, 9, 9 },	false,	draw_all },
	{ "",		{ 2, 2, 2 },	false,	draw_gap },
	{ "coverage",	{ -1, -1, -1 },	true,	draw_curve },
};

static const struct fs_column below[] = {
	{ "",		BEFORE,		false,	draw_label },
	{ "",		{ -1, -1, -1 },	true,	draw_forecast },
};

static const struct fs_table table = {
	columns, sizeof(columns) / sizeof(columns[0]), { 0, 120, 192 },
};

static const struct fs_table second = {
	below, sizeof(below) / sizeof(below[0]), { 0, 120, 192 },
};

/*
 * The whole
 */

/* In whole seconds. */
static const char *
show_age(char buf[32], int64_t us)
{
	return fs_num_show_duration(buf, 32, us / FS_SEC * 1000, false);
}

/* How long it has been, and what may be wrong with what is seen of it. */
static void
draw_pause(struct fs_canvas *cv, const struct fs_snap *snap)
{
	const struct fs_drill_report *pause = snap->pause;
	int64_t since = snap->mono_us - snap->stream.since_mono_us;
	int64_t old = since - (int64_t)(last_point(pause)->at_seconds *
	    FS_SEC);
	char	age[32];
	int	col = FS_PART_PAD;

	col += fs_canvas_text(cv, 0, col, FS_STYLE_STRONG, "pause") + 2;
	col += fs_canvas_text(cv, 0, col, FS_STYLE_WARN,
	    "the worker is paused for %s", show_age(age, since)) + 2;
	if (pause->foreign != FS_NO_FEATURE)
		fs_canvas_text(cv, 0, col, FS_STYLE_BAD,
		    "but somebody else wrote %s",
		    fs_list_at(&pause->features, pause->foreign).data);
	else if (old >= OLD)
		fs_canvas_text(cv, 0, col, FS_STYLE_DIM, "as it was %s ago",
		    show_age(age, old));
}

void
fs_drill_head(struct fs_canvas *cv, const struct fs_snap *snap)
{
	const struct fs_drill_report *drill = fs_drill_shown(snap);
	const struct fs_drill_point *last = drill != NULL ?
	    last_point(drill) : NULL;
	char	at[32], all[32];
	int	col = FS_PART_PAD;

	if (drill != NULL && drill == snap->pause) {
		draw_pause(cv, snap);
		return;
	}
	col += fs_canvas_text(cv, 0, col, FS_STYLE_STRONG, "drill") + 2;
	if (!snap->job_running) {
		fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN,
		    "what happened while the worker was paused");
		return;
	}
	if (drill == NULL)
		col += fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN,
		    "waiting until the coverage is steady") + 2;
	else if (isfinite(drill->resumed_seconds))
		col += fs_canvas_text(cv, 0, col, FS_STYLE_GOOD,
		    "the worker runs again, coverage recovers") + 2;
	else
		col += fs_canvas_text(cv, 0, col, FS_STYLE_WARN,
		    "the worker is paused on purpose") + 2;
	if (last != NULL)
		col += fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN, "%s of %s",
		    fs_num_show_duration(at, sizeof(at),
		    (int64_t)last->at_seconds * 1000, false),
		    fs_num_show_duration(all, sizeof(all),
		    (int64_t)(span(drill) * 1000), false)) + 2;
	fs_canvas_text(cv, 0, col, FS_STYLE_DIM, "c cancels");
}

static void
draw_totals(struct fs_canvas *cv, int row,
    const struct fs_drill_report *drill)
{
	char	error[32], recovery[32];
	int	col = FS_PART_PAD;

	if (!isfinite(drill->error_percent))
		return;		/* it ended before the first look */
	col += fs_canvas_text(cv, row, col, FS_STYLE_PLAIN,
	    "the forecast was wrong by ");
	if (isfinite(drill->error_seconds))
		col += fs_canvas_text(cv, row, col, FS_STYLE_PLAIN, "%s and ",
		    fs_num_show_duration(error, sizeof(error),
		    (int64_t)(drill->error_seconds * 1000), true));
	fs_canvas_text(cv, row, col, FS_STYLE_PLAIN,
	    "%.1f points of coverage; full again after %s",
	    drill->error_percent, isfinite(drill->recovery_seconds) ?
	    fs_num_show_duration(recovery, sizeof(recovery),
	    (int64_t)(drill->recovery_seconds * 1000), true) :
	    "an unknown time");
}

/* Two lines a feature, and one free, as far as there is room for that. */
void
fs_drill_draw(struct fs_canvas *cv, int row, const struct fs_snap *snap)
{
	const struct fs_drill_report *drill = fs_drill_shown(snap);
	int	n = (int)drill->features.count, each = 3;
	int	rows = fs_canvas_area(cv).rows - row - 1;

	while (each > 1 && n * each + 1 > rows)
		each--;
	fs_drill_head(cv, snap);
	fs_table_head(&table, cv, row++);
	for (int i = 0; i < n; i++, row += each) {
		const struct line line = { drill, (size_t)i };

		fs_table_row(&table, cv, row, &line);
		if (each > 1)
			fs_table_row(&second, cv, row + 1, &line);
	}
	if (drill != snap->pause && !snap->job_running)
		draw_totals(cv, each == 3 ? row : row + 1, drill);
}
