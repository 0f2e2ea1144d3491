#include "ui/drill.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "ui/part.h"

#define NAME_WIDTH	24
#define TIME_WIDTH	10
#define CURVE		48

bool
fs_drill_shown(const struct fs_snap *snap)
{
	return snap->job != NULL && snap->job->op == FS_OP_DRILL &&
	    snap->job->drill != NULL;
}

static void
draw_seconds(struct fs_canvas *cv, int row, int col, double seconds)
{
	char buf[32];

	if (isfinite(seconds))
		fs_canvas_right(cv, row, col, TIME_WIDTH, FS_STYLE_PLAIN,
		    "%s", fs_num_show_duration(buf, sizeof(buf),
		    (int64_t)(seconds * 1000), true));
	else
		fs_canvas_right(cv, row, col, TIME_WIDTH, FS_STYLE_DIM, "-");
}

/* When half of a feature was seen to be gone; NAN: it was not. */
static double
half_gone(const struct fs_drill_report *drill, size_t feature)
{
	for (size_t i = 0; i < drill->npoints; i++) {
		if (drill->points[i].coverage_percent[feature] <= 50)
			return drill->points[i].at_seconds;
	}
	return NAN;
}

/* The coverage over the time of the drill. */
static void
draw_curve(struct fs_canvas *cv, int row, int col, int width,
    const struct fs_drill_report *drill, size_t feature)
{
	double	samples[CURVE];
	size_t	n = width < CURVE ? (size_t)width : CURVE;

	if (drill->npoints == 0 || width <= 0)
		return;
	for (size_t i = 0; i < n; i++)
		samples[i] = drill->points[i * drill->npoints / n]
		    .coverage_percent[feature];
	fs_canvas_graph(cv, row, col, (int)n, FS_STYLE_BAR, samples, n, 100);
}

static void
draw_feature(struct fs_canvas *cv, int row,
    const struct fs_drill_report *drill, size_t i)
{
	int	col = FS_PART_PAD, cols = fs_canvas_area(cv).cols;

	fs_canvas_bytes(cv, row, col, NAME_WIDTH - 1, FS_STYLE_PLAIN,
	    fs_list_at(&drill->features, i));
	col += NAME_WIDTH;
	draw_seconds(cv, row, col, drill->forecast != NULL ?
	    drill->forecast[i] : NAN);
	draw_seconds(cv, row, col + TIME_WIDTH, half_gone(drill, i));
	col += 2 * TIME_WIDTH + 2;
	draw_curve(cv, row, col, cols - FS_PART_PAD - col, drill, i);
}

static void
draw_totals(struct fs_canvas *cv, int row,
    const struct fs_drill_report *drill)
{
	char	error[32], recovery[32];

	fs_canvas_text(cv, row, FS_PART_PAD, FS_STYLE_PLAIN,
	    "the forecast was wrong by %s; full again after %s",
	    isfinite(drill->error_seconds) ? fs_num_show_duration(error,
	    sizeof(error), (int64_t)(drill->error_seconds * 1000), true) :
	    "an unknown time", isfinite(drill->recovery_seconds) ?
	    fs_num_show_duration(recovery, sizeof(recovery),
	    (int64_t)(drill->recovery_seconds * 1000), true) :
	    "an unknown time");
}

void
fs_drill_draw(struct fs_canvas *cv, int row, const struct fs_snap *snap)
{
	const struct fs_drill_report *drill = snap->job->drill;
	int col = FS_PART_PAD + NAME_WIDTH;

	if (!snap->job_running)
		fs_canvas_text(cv, 0, FS_PART_PAD, FS_STYLE_STRONG,
		    "drill: what happened while the worker was paused");
	fs_canvas_text(cv, row, FS_PART_PAD, FS_STYLE_DIM, "half gone in");
	fs_canvas_right(cv, row, col, TIME_WIDTH, FS_STYLE_DIM, "forecast");
	fs_canvas_right(cv, row, col + TIME_WIDTH, TIME_WIDTH, FS_STYLE_DIM,
	    "seen");
	fs_canvas_text(cv, row, col + 2 * TIME_WIDTH + 2, FS_STYLE_DIM,
	    "coverage");
	for (size_t i = 0; i < drill->features.count; i++)
		draw_feature(cv, ++row, drill, i);
	if (!snap->job_running)
		draw_totals(cv, row + 2, drill);
}
