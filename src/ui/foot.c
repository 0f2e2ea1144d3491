#include "ui/foot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "ui/part.h"

#define GAP	2

static const char *
label_of(const struct fs_hint *hint)
{
	return hint->label != NULL ? hint->label :
	    fs_command_get(hint->id)->name;
}

static int
width_of(const struct fs_hint *hint)
{
	char buf[16];
	const char *key = fs_command_key_name(fs_command_get(hint->id), buf);

	return (int)(strlen(key) + 1 + strlen(label_of(hint))) + GAP;
}

static int
draw_hint(struct fs_canvas *cv, int row, int col, const struct fs_hint *hint)
{
	char buf[16];
	const char *key = fs_command_key_name(fs_command_get(hint->id), buf);

	col += fs_canvas_text(cv, row, col, FS_STYLE_KEY, "%s", key) + 1;
	return col + fs_canvas_text(cv, row, col, FS_STYLE_DIM, "%s",
	    label_of(hint)) + GAP;
}

/* How many of the hints fit. */
static size_t
fitting(const struct fs_hint *hints, size_t n, int cols)
{
	int used = 1 - GAP;

	for (size_t i = 0; i < n; i++) {
		used += width_of(&hints[i]);
		if (used > cols)
			return i;
	}
	return n;
}

void
fs_foot_hints(struct fs_canvas *cv, int row, const struct fs_hint *hints,
    size_t n)
{
	int col = 1;

	n = fitting(hints, n, fs_canvas_area(cv).cols);
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		for (size_t i = 0; i < n; i++) {
			if (hints[i].id == (enum fs_cmd_id)id)
				col = draw_hint(cv, row, col, &hints[i]);
		}
	}
}

/* How many, of how many, how fast; returns the next column. */
static int
draw_count(struct fs_canvas *cv, int row, int col, const struct fs_answer *job)
{
	char done[32], total[32], rate[32];

	if (job->walked > 0)
		col += fs_canvas_text(cv, row, col, FS_STYLE_PLAIN,
		    "drawing the sample") + 2;
	else
		col += fs_canvas_text(cv, row, col, FS_STYLE_PLAIN,
		    job->total > 0 ? "%s of %s" : "%s",
		    fs_num_show_count(done, sizeof(done),
		    (int64_t)job->done), fs_num_show_count(total,
		    sizeof(total), (int64_t)job->total)) + 2;
	if (job->elapsed_us > 0 && job->done > 0)
		col += fs_canvas_text(cv, row, col, FS_STYLE_DIM, "%s/s",
		    fs_num_show_short(rate, sizeof(rate), (double)job->done *
		    1e6 / (double)job->elapsed_us)) + 2;
	return col;
}

void
fs_foot_job(struct fs_canvas *cv, int row, const struct fs_answer *job)
{
	static const struct fs_hint hints[] = {
		{ FS_CMD_CANCEL, NULL }, { FS_CMD_QUIT, NULL },
	};
	int	col = FS_PART_PAD, cols = fs_canvas_area(cv).cols;
	double	share = fs_part_done(job);

	col += fs_canvas_text(cv, row, col, FS_STYLE_STRONG, "%s",
	    fs_op_name(job->op)) + 2;
	if (share >= 0) {
		int width = cols >= 100 ? 24 : 12;

		fs_canvas_bar(cv, row, col, width, FS_STYLE_BAR, share);
		col += width + 1;
		col += fs_canvas_text(cv, row, col, FS_STYLE_PLAIN,
		    "%3.0f %%", floor(100 * share)) + 2;
	}
	/* A drill's is how often it looked, which says nothing. */
	if (job->op != FS_OP_DRILL)
		col = draw_count(cv, row, col, job);
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]) &&
	    col + width_of(&hints[i]) <= cols; i++)
		col = draw_hint(cv, row, col, &hints[i]);
}

void
fs_foot_link(struct fs_canvas *cv, int row, const struct fs_snap *snap)
{
	static const struct fs_hint hints[] = {
		{ FS_CMD_REFRESH, "try now" }, { FS_CMD_LOG, NULL },
		{ FS_CMD_QUIT, NULL },
	};
	int	cols = fs_canvas_area(cv).cols, width = 0, col = FS_PART_PAD;
	size_t	first = snap->store.link == FS_VIEW_UNREADY ? 1 : 0;

	for (size_t i = first; i < sizeof(hints) / sizeof(hints[0]); i++)
		width += width_of(&hints[i]);
	col += fs_canvas_bytes(cv, row, col, cols - width - 2, FS_STYLE_BAD,
	    fs_bytes_of(snap->store.err.msg)) + GAP;
	for (size_t i = first; i < sizeof(hints) / sizeof(hints[0]); i++)
		col = draw_hint(cv, row, col, &hints[i]);
}
