#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "ui/cursor.h"
#include "ui/drill.h"
#include "ui/pane.h"
#include "ui/part.h"

#define HEAD		2	/* rows above the list: summary, blank */
#define STRIP		FS_AUDIT_BUCKETS
#define ROOMY_COLS	110

struct state {
	struct fs_cursor cursor;
	bool		 examples;	/* of kind, in the place of the list */
	enum fs_violation kind;
	struct fs_cursor at;		/* in the examples */
};

struct line {
	enum { VIOLATION, BLANK, HEADINGS, FEATURE } what;
	enum fs_violation	 kind;	/* whose examples it can show */
	const struct fs_feature_report *feature;
};

struct lines {
	struct line	*line;
	size_t		 count;
};

static const struct fs_audit_report *
shown(const struct fs_snap *snap)
{
	return snap->audit != NULL ? snap->audit->audit : NULL;
}

static bool
running(const struct fs_snap *snap, enum fs_op op)
{
	return snap->job_running && snap->job != NULL && snap->job->op == op;
}

/*
 * What is in the list
 */

/* The worst kind of a feature's faults; FS_V_COUNT: it has none. */
static enum fs_violation
worst_kind(const struct fs_feature_report *feature)
{
	if (feature->leaks > 0)
		return FS_V_LEAK;
	if (feature->stalled)
		return FS_V_STALLED;
	if (feature->over_ttl > 0)
		return FS_V_OVER_TTL;
	return feature->missing > 0 ? FS_V_MISSING : FS_V_COUNT;
}

/* By kind of fault, then by how little is there. */
static int
compare(const void *a, const void *b)
{
	const struct line *left = a, *right = b;
	static const int rank[] = {
		[FS_V_LEAK] = 0, [FS_V_STALLED] = 1, [FS_V_OVER_TTL] = 2,
		[FS_V_MISSING] = 3, [FS_V_COUNT] = 3,
	};
	int order = rank[worst_kind(left->feature)] -
	    rank[worst_kind(right->feature)];

	if (order != 0)
		return order;
	if (left->feature->missing != right->feature->missing)
		return left->feature->missing > right->feature->missing ? -1 :
		    1;
	return left->feature < right->feature ? -1 : 1;
}

/* Free what is in it with free(). */
static struct lines
all_lines(const struct fs_audit_report *report)
{
	struct lines	lines = { NULL, 0 };
	size_t		features;

	if (report == NULL)
		return lines;
	lines.line = fs_xcalloc(FS_V_COUNT + 2 + report->nfeatures,
	    sizeof(*lines.line));
	for (int kind = 0; kind < FS_V_COUNT; kind++) {
		if (report->violation_count[kind] > 0)
			lines.line[lines.count++] = (struct line){ VIOLATION,
			    (enum fs_violation)kind, NULL };
	}
	if (lines.count > 0)
		lines.line[lines.count++] = (struct line){ BLANK, FS_V_COUNT,
		    NULL };
	lines.line[lines.count++] = (struct line){ HEADINGS, FS_V_COUNT,
	    NULL };
	features = lines.count;
	for (size_t i = 0; i < report->nfeatures; i++)
		lines.line[lines.count++] = (struct line){ FEATURE,
		    worst_kind(&report->features[i]), &report->features[i] };
	qsort(lines.line + features, report->nfeatures, sizeof(*lines.line),
	    compare);
	return lines;
}

/*
 * Summary
 */

static void
draw_progress(struct fs_canvas *cv, const struct fs_answer *job)
{
	char	done[32], total[32];
	int	col = FS_PART_PAD;

	if (job->op == FS_OP_DRILL) {
		col += fs_canvas_text(cv, 0, col, FS_STYLE_STRONG, "drill") +
		    2;
		col += fs_canvas_text(cv, 0, col, FS_STYLE_WARN,
		    "the worker is paused on purpose") + 2;
		fs_canvas_text(cv, 0, col, FS_STYLE_DIM, "c cancels");
		return;
	}
	col += fs_canvas_text(cv, 0, col, FS_STYLE_STRONG, "%s  ",
	    fs_op_name(job->op));
	col += fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN, "%s of %s  ",
	    fs_num_show_count(done, sizeof(done), (int64_t)job->done),
	    job->total > 0 ? fs_num_show_count(total, sizeof(total),
	    (int64_t)job->total) : "?");
	if (job->total > 0)
		fs_canvas_bar(cv, 0, col, 30, FS_STYLE_BAR,
		    (double)job->done / (double)job->total);
	fs_canvas_text(cv, 0, col + 32, FS_STYLE_DIM, "c cancels");
}

static const char *
how_much(const struct fs_audit_report *report)
{
	if (report->sampled < report->entities)
		return report->complete ? "a sample" : "a sample, cut short";
	return report->complete ? "all of them" : "cut short";
}

static void
draw_summary(struct fs_canvas *cv, const struct fs_snap *snap)
{
	const struct fs_audit_report *report = shown(snap);
	char	n[32], all[32], took[32];
	int	col = FS_PART_PAD;

	col += fs_canvas_text(cv, 0, col, FS_STYLE_STRONG, "%s%s entities",
	    report->approximate ? "~" : "",
	    fs_num_show_count(all, sizeof(all), (int64_t)report->entities)) +
	    2;
	col += fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN, "%s read, %s",
	    fs_num_show_count(n, sizeof(n), (int64_t)report->sampled),
	    how_much(report)) + 2;
	fs_canvas_text(cv, 0, col, FS_STYLE_DIM, "took %s",
	    fs_num_show_ms(took, sizeof(took), report->elapsed_us));
}

/*
 * The list
 */

/* Their number, and the first entities, so that one sees where to look. */
static void
draw_violation(struct fs_canvas *cv, int row,
    const struct fs_audit_report *report, enum fs_violation kind)
{
	const struct fs_list *examples = &report->examples[kind];
	int	cols = fs_canvas_area(cv).cols - FS_PART_PAD, col;
	char	n[32];

	fs_canvas_text(cv, row, FS_PART_PAD,
	    kind == FS_V_MISSING ? FS_STYLE_WARN : FS_STYLE_BAD, "%s",
	    fs_violation_name(kind));
	fs_canvas_right(cv, row, 18, 12, FS_STYLE_STRONG, "%s",
	    fs_num_show_count(n, sizeof(n),
	    (int64_t)report->violation_count[kind]));
	col = 32;
	for (size_t i = 0; i < examples->count && cols - col > 8; i++)
		col += fs_canvas_bytes(cv, row, col, cols - col,
		    FS_STYLE_DIM, fs_list_at(examples, i)) + 1;
}

static void
draw_seconds(struct fs_canvas *cv, int row, int col, int width,
    double seconds)
{
	char buf[32];

	if (col + width > fs_canvas_area(cv).cols)
		return;
	if (isfinite(seconds) && seconds < 1e12)
		fs_canvas_right(cv, row, col, width, FS_STYLE_PLAIN, "%s",
		    fs_part_duration(buf, sizeof(buf),
		    (int64_t)(seconds * 1000)));
}

/* How many are about to go and how many have long: one column a bucket. */
static void
draw_strip(struct fs_canvas *cv, int row, int col,
    const struct fs_feature_report *feature)
{
	double	share[STRIP], max = 0;

	for (int i = 0; i < STRIP; i++) {
		share[i] = feature->histogram[i] > 0 ?
		    (double)feature->histogram[i] : NAN;
		if (share[i] > max)
			max = share[i];
	}
	if (max > 0)
		fs_canvas_graph(cv, row, col, STRIP, FS_STYLE_BAR, share,
		    STRIP, max);
}

static void
draw_counts(struct fs_canvas *cv, int row, int col,
    const struct fs_feature_report *feature)
{
	char n[32];

	if (feature->missing > 0)
		fs_canvas_right(cv, row, col, 8, FS_STYLE_WARN, "%s",
		    fs_num_show_short(n, sizeof(n),
		    (double)feature->missing));
	if (feature->leaks > 0)
		fs_canvas_right(cv, row, col + 8, 7, FS_STYLE_BAD, "%s",
		    fs_num_show_short(n, sizeof(n), (double)feature->leaks));
}

/* Where a feature's columns are; one table for headings and rows. */
struct columns {
	int name, bar, bar_width, percent, counts, strip, median, half, all,
		note;
};

static struct columns
columns(int cols)
{
	struct columns c;

	c.name = FS_PART_PAD;
	c.bar = c.name + (cols >= ROOMY_COLS ? 26 : 20);
	c.bar_width = cols >= ROOMY_COLS ? 16 : 6;
	c.percent = c.bar + c.bar_width;
	c.counts = c.percent + 6;
	c.strip = c.counts + 15 + 2;
	c.median = c.strip + STRIP;
	c.half = c.median + 8;
	c.all = c.half + 9;
	c.note = c.all + 10;
	return c;
}

static void
draw_headings(struct fs_canvas *cv, int row)
{
	struct columns c = columns(fs_canvas_area(cv).cols);

	fs_canvas_text(cv, row, c.name, FS_STYLE_DIM, "feature");
	fs_canvas_text(cv, row, c.bar, FS_STYLE_DIM, "coverage");
	fs_canvas_right(cv, row, c.counts, 8, FS_STYLE_DIM, "missing");
	fs_canvas_right(cv, row, c.counts + 8, 7, FS_STYLE_DIM, "leaks");
	fs_canvas_text(cv, row, c.strip, FS_STYLE_DIM, "time left");
	fs_canvas_right(cv, row, c.median, 8, FS_STYLE_DIM, "median");
	fs_canvas_right(cv, row, c.half, 9, FS_STYLE_DIM, "half in");
	if (c.all + 9 <= fs_canvas_area(cv).cols)
		fs_canvas_right(cv, row, c.all, 9, FS_STYLE_DIM, "gone in");
}

static void
draw_feature(struct fs_canvas *cv, int row,
    const struct fs_feature_report *feature)
{
	struct columns c = columns(fs_canvas_area(cv).cols);
	double	part = feature->coverage_percent / 100;

	fs_canvas_bytes(cv, row, c.name, c.bar - c.name - 1, FS_STYLE_PLAIN,
	    fs_bytes_of(feature->name));
	fs_canvas_bar(cv, row, c.bar, c.bar_width,
	    part < 0.5 ? FS_STYLE_WARN : FS_STYLE_BAR, part);
	fs_canvas_right(cv, row, c.percent, 6, FS_STYLE_PLAIN, "%.0f %%",
	    floor(feature->coverage_percent));
	draw_counts(cv, row, c.counts, feature);
	draw_strip(cv, row, c.strip, feature);
	draw_seconds(cv, row, c.median, 8, feature->ttl_p50);
	draw_seconds(cv, row, c.half, 9, feature->half_gone_seconds);
	draw_seconds(cv, row, c.all, 9, feature->all_gone_seconds);
	if (c.note + 8 > fs_canvas_area(cv).cols)
		return;
	if (feature->stalled)
		fs_canvas_text(cv, row, c.note, FS_STYLE_BAD, "STALLED");
	else if (feature->over_ttl > 0)
		fs_canvas_text(cv, row, c.note, FS_STYLE_WARN, "over TTL");
}

static void
draw_line(struct fs_canvas *cv, int row, const struct fs_audit_report *report,
    const struct line *line)
{
	if (line->what == FEATURE)
		draw_feature(cv, row, line->feature);
	else if (line->what == HEADINGS)
		draw_headings(cv, row);
	else if (line->what == VIOLATION)
		draw_violation(cv, row, report, line->kind);
}

static void
draw_list(const struct state *st, const struct fs_snap *snap,
    struct fs_canvas *cv)
{
	const struct fs_audit_report *report = shown(snap);
	struct lines	lines = all_lines(report);
	struct fs_rect	area = fs_canvas_area(cv);
	int	rows = fs_part_rows(lines.count, area.rows - HEAD);
	size_t	top = fs_cursor_top(&st->cursor, lines.count, rows);

	for (int row = 0; row < rows; row++) {
		size_t i = top + (size_t)row;

		if (i >= lines.count)
			break;
		draw_line(cv, HEAD + row, report, &lines.line[i]);
		if (i == st->cursor.at)
			fs_canvas_reverse(cv, HEAD + row, 0, area.cols);
	}
	fs_part_position(cv, HEAD, &st->cursor, lines.count, area.rows - HEAD);
	free(lines.line);
}

/*
 * Examples
 */

static void
draw_examples(const struct state *st, const struct fs_snap *snap,
    struct fs_canvas *cv)
{
	const struct fs_list *ids = &shown(snap)->examples[st->kind];
	struct fs_rect	area = fs_canvas_area(cv);
	int	rows = area.rows - HEAD - 1;
	size_t	top = fs_cursor_top(&st->at, ids->count, rows);

	fs_canvas_text(cv, HEAD, FS_PART_PAD, FS_STYLE_DIM,
	    "%s: the first %zu entities; Enter inspects, Esc goes back",
	    fs_violation_name(st->kind), ids->count);
	for (int row = 0; row < rows && top + (size_t)row < ids->count;
	    row++) {
		size_t i = top + (size_t)row;

		fs_canvas_bytes(cv, HEAD + 1 + row, FS_PART_PAD + 2, 0,
		    FS_STYLE_PLAIN, fs_list_at(ids, i));
		if (i == st->at.at)
			fs_canvas_reverse(cv, HEAD + 1 + row, 0, area.cols);
	}
}

/*
 * The pane
 */

static void
audit_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct state *st = state;
	const struct fs_audit_report *report = shown(snap);
	int width = fs_canvas_area(cv).cols - 2 * FS_PART_PAD;

	(void)focus;
	if (running(snap, FS_OP_AUDIT) || running(snap, FS_OP_DRILL))
		draw_progress(cv, snap->job);
	else if (report != NULL && !fs_drill_shown(snap))
		draw_summary(cv, snap);
	if (fs_drill_shown(snap)) {
		fs_drill_draw(cv, HEAD, snap);
		return;
	}
	if (report == NULL) {
		if (snap->audit != NULL && snap->audit->err.code != FS_OK)
			fs_part_error(cv, 2, FS_PART_PAD, width,
			    &snap->audit->err);
		else if (!running(snap, FS_OP_AUDIT))
			fs_part_hint(cv, "a audits the whole store");
		return;
	}
	if (st->examples)
		draw_examples(st, snap, cv);
	else
		draw_list(st, snap, cv);
}

static enum fs_style
audit_fact(const void *state, const struct fs_snap *snap, int width,
    char *buf, size_t size)
{
	const struct fs_audit_report *report = shown(snap);
	uint64_t all = 0;
	char	n[32];

	(void)state;
	(void)width;
	if (report == NULL)
		return FS_STYLE_DIM;
	for (int kind = 0; kind < FS_V_COUNT; kind++)
		all += report->violation_count[kind];
	if (all == 0) {
		snprintf(buf, size, "no violations");
		return FS_STYLE_GOOD;
	}
	snprintf(buf, size, "%s violation%s",
	    fs_num_show_count(n, sizeof(n), (int64_t)all),
	    all == 1 ? "" : "s");
	return all == report->violation_count[FS_V_MISSING] ? FS_STYLE_WARN :
	    FS_STYLE_BAD;
}

static bool
between(const struct lines *lines, size_t i)
{
	return i < lines->count && (lines->line[i].what == BLANK ||
	    lines->line[i].what == HEADINGS);
}

/* The cursor steps over what is between the lists. */
static bool
move(struct state *st, const struct fs_audit_report *report,
    enum fs_cmd_id id, int rows)
{
	struct lines	lines = all_lines(report);
	bool		moved;

	rows = fs_part_rows(lines.count, rows);
	moved = fs_cursor_command(&st->cursor, id, lines.count, rows);
	while (moved && between(&lines, st->cursor.at)) {
		id = id == FS_CMD_UP && st->cursor.at > 0 ? id : FS_CMD_DOWN;
		if (st->cursor.at + 1 >= lines.count)
			break;
		fs_cursor_command(&st->cursor, id, lines.count, rows);
	}
	free(lines.line);
	return moved;
}

static void
audit_update(void *state, const struct fs_snap *snap)
{
	struct state *st = state;
	const struct fs_audit_report *report = shown(snap);

	if (report == NULL || report->examples[st->kind].count == 0)
		st->examples = false;
	if (report != NULL && st->cursor.at == 0)	/* off the headings */
		move(st, report, FS_CMD_TOP, 1);
}

/* Enter in the list: the examples of what is wrong there. */
static bool
open_examples(struct state *st, const struct fs_audit_report *report)
{
	struct lines lines = all_lines(report);
	enum fs_violation kind = FS_V_COUNT;

	if (st->cursor.at < lines.count)
		kind = lines.line[st->cursor.at].kind;
	free(lines.line);
	if (kind != FS_V_COUNT && report->examples[kind].count > 0) {
		st->kind = kind;
		st->examples = true;
		st->at = (struct fs_cursor){ 0 };
	}
	return true;
}

static bool
audit_command(void *state, const struct fs_snap *snap, enum fs_cmd_id id,
    int rows)
{
	struct state *st = state;
	const struct fs_audit_report *report = shown(snap);

	if (report == NULL)
		return false;
	if (st->examples && id == FS_CMD_BACK) {
		st->examples = false;
		return true;
	}
	if (st->examples)
		return fs_cursor_command(&st->at, id,
		    report->examples[st->kind].count, rows - HEAD);
	if (id == FS_CMD_ENTER)
		return open_examples(st, report);
	return move(st, report, id, rows - HEAD);
}

static struct fs_bytes
audit_selected(const void *state, const struct fs_snap *snap)
{
	const struct state *st = state;
	const struct fs_audit_report *report = shown(snap);

	if (report == NULL || !st->examples ||
	    st->at.at >= report->examples[st->kind].count)
		return fs_bytes("", 0);
	return fs_list_at(&report->examples[st->kind], st->at.at);
}

static void
audit_copy(const void *state, const struct fs_snap *snap, struct fs_str *out)
{
	fs_str_add_bytes(out, audit_selected(state, snap));
}

const struct fs_pane_ops fs_pane_audit = {
	.title = "Audit",
	.state_size = sizeof(struct state),
	.fact = audit_fact,
	.draw = audit_draw,
	.update = audit_update,
	.command = audit_command,
	.selected = audit_selected,
	.copy = audit_copy,
};
