#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/pause.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "ui/cursor.h"
#include "ui/drill.h"
#include "ui/pane.h"
#include "ui/part.h"
#include "ui/table.h"

#define HEAD		2	/* rows above: summary, what is under way */
#define TOOK		12	/* columns of "took 21.4 s", at most */
#define BAR		20
#define WIDE		90	/* columns with room for "as of" everywhere */
#define ALL		SIZE_MAX

struct state {
	struct fs_cursor cursor;
	bool		 examples;	/* of kind, in the place of the list */
	enum fs_violation kind;
	size_t		 feature;	/* whose; ALL: of any */
	struct fs_cursor at;		/* in the examples */
	bool		 list;		/* in a pause too */
};

struct line {
	enum { VIOLATION, BLANK, HEADINGS, FEATURE } what;
	enum fs_violation	 kind;	/* of a violation */
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
	return snap->job_running && snap->job_op == op;
}

/* In a pause one can change between the list and what was forecast. */
static bool
shows_drill(const struct state *st, const struct fs_snap *snap)
{
	return fs_drill_shown(snap) != NULL && !(snap->pause != NULL &&
	    (st->list || st->examples));
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
		    FS_V_COUNT, &report->features[i] };
	qsort(lines.line + features, report->nfeatures, sizeof(*lines.line),
	    compare);
	return lines;
}

/*
 * Summary
 */

/* How far it is; returns the next column. */
static int
draw_done(struct fs_canvas *cv, int row, int col, const struct fs_answer *job)
{
	char done[32], total[32];

	if (job->walked > 0)
		col += fs_canvas_text(cv, row, col, FS_STYLE_PLAIN,
		    "drawing the sample  ");
	else
		col += fs_canvas_text(cv, row, col, FS_STYLE_PLAIN,
		    "%s of %s  ", fs_num_show_count(done, sizeof(done),
		    (int64_t)job->done), job->total > 0 ?
		    fs_num_show_count(total, sizeof(total),
		    (int64_t)job->total) : "?");
	if (fs_part_done(job) < 0)
		return col;
	fs_canvas_bar(cv, row, col, BAR, FS_STYLE_BAR, fs_part_done(job));
	return col + BAR + 2;
}

/* Under the result that is still shown, or in its place. */
static void
draw_progress(struct fs_canvas *cv, const struct fs_snap *snap)
{
	const struct fs_answer *job = snap->job;
	int	row = shown(snap) != NULL ? 1 : 0, col = FS_PART_PAD;

	col += fs_canvas_text(cv, row, col, FS_STYLE_STRONG, "%s",
	    row == 1 ? "a new audit is under way" : "audit") + 2;
	if (job != NULL && job->op == FS_OP_AUDIT)
		col = draw_done(cv, row, col, job);
	fs_canvas_text(cv, row, col, FS_STYLE_DIM, "c cancels");
}

static const char *
how_much(const struct fs_audit_report *report)
{
	if (report->sample)
		return report->complete ? "a sample" : "a sample, cut short";
	return report->complete ? "all of them" : "cut short";
}

/* Whose interval is told: the feature's under the cursor, else the widest. */
static const struct fs_feature_report *
whose_interval(const struct state *st, const struct fs_audit_report *report)
{
	const struct fs_feature_report *found = NULL;
	struct lines lines = all_lines(report);

	if (st->cursor.at < lines.count)
		found = lines.line[st->cursor.at].feature;
	free(lines.line);
	if (found != NULL)
		return found;
	for (size_t i = 0; i < report->nfeatures; i++) {
		const struct fs_feature_report *f = &report->features[i];

		if (found == NULL || f->coverage_high - f->coverage_low >
		    found->coverage_high - found->coverage_low)
			found = f;
	}
	return found;
}

/* It is not centred on the share, so its ends are told. */
static int
draw_interval(struct fs_canvas *cv, int col,
    const struct fs_feature_report *feature)
{
	char	text[32];
	int	from = col;

	if (feature == NULL)
		return 0;
	col += fs_canvas_bytes(cv, 0, col, 0, FS_STYLE_PLAIN,
	    fs_bytes_of(feature->name));
	col += fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN, " %s %%",
	    fs_num_show_range(text, sizeof(text), feature->coverage_low,
	    feature->coverage_high));
	return col - from;
}

static void
draw_summary(const struct state *st, struct fs_canvas *cv,
    const struct fs_snap *snap)
{
	const struct fs_audit_report *report = shown(snap);
	char	n[32], all[32], took[32], when[16];
	int	col = FS_PART_PAD;

	fs_num_show_count(all, sizeof(all), (int64_t)report->entities);
	fs_num_show_count(n, sizeof(n), (int64_t)report->sampled);
	fs_clock_hms(snap->wall_us - (snap->mono_us -
	    snap->audit->at_mono_us), when, sizeof(when));
	col += fs_canvas_text(cv, 0, col, running(snap, FS_OP_AUDIT) ?
	    FS_STYLE_WARN : FS_STYLE_PLAIN, "%s%s", report->sampled <
	    report->entities && fs_canvas_area(cv).cols < WIDE ? "" :
	    "as of ", when) + 2;
	col += fs_canvas_text(cv, 0, col, FS_STYLE_STRONG, "%s%s entities",
	    report->approximate ? "~" : "", all) + 2;
	if (report->sampled < report->entities && !report->sample)
		col += fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN,
		    "cut short after %s", n) + 2;
	else
		col += fs_canvas_text(cv, 0, col, FS_STYLE_PLAIN,
		    "%s read, %s", n, how_much(report)) + 2;
	if (report->sampled < report->entities)
		col += draw_interval(cv, col, whose_interval(st, report)) + 2;
	fs_num_show_ms(took, sizeof(took), report->elapsed_us);
	if (snap->pause != NULL)
		fs_canvas_text(cv, 0, col, FS_STYLE_WARN,
		    "the worker is paused");
	else if (col + TOOK <= fs_canvas_area(cv).cols)
		fs_canvas_text(cv, 0, col, FS_STYLE_DIM, "took %s", took);
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
draw_nothing(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	(void)cv, (void)row, (void)col, (void)width, (void)item;
}

static void
draw_name(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	const struct fs_feature_report *feature = item;

	fs_canvas_bytes(cv, row, col, width, FS_STYLE_PLAIN,
	    fs_bytes_of(feature->name));
}

static void
draw_bar(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	const struct fs_feature_report *feature = item;
	double	part = feature->coverage_percent / 100;

	fs_canvas_bar(cv, row, col, width,
	    part < 0.5 ? FS_STYLE_WARN : FS_STYLE_BAR, part);
}

static void
draw_percent(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	const struct fs_feature_report *feature = item;
	char	buf[32];

	fs_canvas_right(cv, row, col, width, FS_STYLE_PLAIN, "%s",
	    fs_part_percent(buf, sizeof(buf), feature->coverage_percent));
}

static void
draw_count(struct fs_canvas *cv, int row, int col, int width,
    enum fs_style style, uint64_t count)
{
	char n[32];

	if (count > 0)
		fs_canvas_right(cv, row, col, width, style, "%s",
		    fs_num_show_short(n, sizeof(n), (double)count));
}

static void
draw_missing(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	const struct fs_feature_report *feature = item;

	draw_count(cv, row, col, width, FS_STYLE_WARN, feature->missing);
}

static void
draw_leaks(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	const struct fs_feature_report *feature = item;

	draw_count(cv, row, col, width, FS_STYLE_BAD, feature->leaks);
}

static void
draw_over(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	const struct fs_feature_report *feature = item;

	draw_count(cv, row, col, width, FS_STYLE_BAD, feature->over_ttl);
}

static void
draw_stalled(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	const struct fs_feature_report *feature = item;

	if (feature->stalled)
		fs_canvas_right(cv, row, col, width, FS_STYLE_BAD, "STALLED");
}

static void
draw_note(struct fs_canvas *cv, int row, int col, int width, const void *item)
{
	const struct fs_feature_report *feature = item;

	if (feature->stalled)
		draw_stalled(cv, row, col, width, item);
	else if (feature->over_ttl > 0)
		fs_canvas_right(cv, row, col, width, FS_STYLE_BAD, "over");
}

/* Where there is room for one column of faults only: the worst. */
static void
draw_fault(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	const struct fs_feature_report *feature = item;

	if (feature->leaks > 0)
		draw_leaks(cv, row, col, width, item);
	else
		draw_note(cv, row, col, width, item);
}

static void
draw_strip(struct fs_canvas *cv, int row, int col, int width,
    const void *item)
{
	const struct fs_feature_report *feature = item;

	fs_part_strip(cv, row, col, width, feature->histogram, 0);
}

static void
draw_seconds(struct fs_canvas *cv, int row, int col, int width,
    double seconds)
{
	char buf[32];

	if (isfinite(seconds) && seconds < 1e12)
		fs_canvas_right(cv, row, col, width, FS_STYLE_PLAIN, "%s",
		    fs_part_duration(buf, sizeof(buf),
		    (int64_t)(seconds * 1000)));
	else if (isinf(seconds))
		fs_canvas_right(cv, row, col, width, FS_STYLE_DIM, "never");
}

#define SECONDS(name, member)						\
static void								\
name(struct fs_canvas *cv, int row, int col, int width, const void *item)	\
{									\
	const struct fs_feature_report *feature = item;			\
									\
	draw_seconds(cv, row, col, width, feature->member);		\
}

SECONDS(draw_least, ttl_min)
SECONDS(draw_median, ttl_p50)
SECONDS(draw_most, ttl_max)
SECONDS(draw_written, youngest_write_seconds)
SECONDS(draw_half, half_gone_seconds)
SECONDS(draw_all, all_gone_seconds)

static const struct fs_column columns[] = {
	{ "feature",	{ 20, 25, 30 },	true,	draw_name },
	{ "coverage",	{ 6, 15, 20 },	true,	draw_bar },
	{ "",		{ 7, 7, 8 },	false,	draw_percent },
	{ "missing",	{ 8, 8, 9 },	false,	draw_missing },
	{ "faults",	{ 8, 0, 0 },	false,	draw_fault },
	{ "leaks",	{ 0, 7, 8 },	false,	draw_leaks },
	{ "over TTL",	{ 0, 0, 10 },	false,	draw_over },
	{ "",		{ 0, 8, 0 },	false,	draw_note },
	{ "",		{ 0, 0, 9 },	false,	draw_stalled },
	{ "",		{ 1, 2, 3 },	false,	draw_nothing },
	{ "time left",	{ 13, 13, 37 },	true,	draw_strip },
	{ "least",	{ 0, 0, 8 },	false,	draw_least },
	{ "median",	{ 7, 8, 8 },	false,	draw_median },
	{ "most",	{ 0, 0, 8 },	false,	draw_most },
	{ "written",	{ 0, 8, 9 },	false,	draw_written },
	{ "half in",	{ 9, 8, 9 },	false,	draw_half },
	{ "gone in",	{ 0, 8, 9 },	false,	draw_all },
};

static const struct fs_table table = {
	columns, sizeof(columns) / sizeof(columns[0]), { 0, 120, 192 },
};

static void
draw_line(struct fs_canvas *cv, int row, const struct fs_audit_report *report,
    const struct line *line)
{
	if (line->what == FEATURE)
		fs_table_row(&table, cv, row, line->feature);
	else if (line->what == HEADINGS)
		fs_table_head(&table, cv, row);
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

/* Of a stalled feature: where it is missing. */
static enum fs_violation
kind_of_examples(const struct state *st)
{
	return st->kind == FS_V_STALLED ? FS_V_MISSING : st->kind;
}

static const struct fs_list *
examples_of(const struct state *st, const struct fs_audit_report *report)
{
	enum fs_violation kind = kind_of_examples(st);

	if (st->feature < report->nfeatures)
		return &report->features[st->feature].examples[kind];
	return &report->examples[kind];
}

/* How many there are, of whose examples these are. */
static uint64_t
all_of(const struct state *st, const struct fs_audit_report *report)
{
	const struct fs_feature_report *feature;

	if (st->feature >= report->nfeatures)
		return report->violation_ids[st->kind];
	feature = &report->features[st->feature];
	if (st->kind == FS_V_LEAK)
		return feature->leaks;
	return st->kind == FS_V_OVER_TTL ? feature->over_ttl :
	    feature->missing;
}

/* Of a stalled feature: what no entity shows by itself. */
static int
draw_last_write(struct fs_canvas *cv, int col,
    const struct fs_feature_report *feature)
{
	double	seconds = feature->youngest_write_seconds;
	char	buf[32];

	if (!isfinite(seconds))
		return fs_canvas_text(cv, HEAD, col, FS_STYLE_PLAIN,
		    "no write for a whole TTL");
	return fs_canvas_text(cv, HEAD, col, FS_STYLE_PLAIN,
	    "no write for %s", fs_part_duration(buf, sizeof(buf),
	    (int64_t)(seconds * 1000)));
}

static const char *
noun(enum fs_violation kind, uint64_t n)
{
	if (kind == FS_V_NOT_HASH)
		return n == 1 ? "key" : "keys";
	return n == 1 ? "entity" : "entities";
}

static void
draw_how_many(const struct state *st, const struct fs_audit_report *report,
    struct fs_canvas *cv, int col)
{
	uint64_t all = all_of(st, report);
	size_t	 count = examples_of(st, report)->count;
	char	 n[32];

	if (st->kind == FS_V_STALLED)
		col += fs_canvas_text(cv, HEAD, col, FS_STYLE_DIM,
		    "missing: ");
	if (count < all)
		col += fs_canvas_text(cv, HEAD, col, FS_STYLE_DIM,
		    "first %s of ", fs_num_show_count(n, sizeof(n),
		    (int64_t)count));
	col += fs_canvas_text(cv, HEAD, col, FS_STYLE_DIM, "%s",
	    fs_num_show_count(n, sizeof(n), (int64_t)all));
	if (st->kind != FS_V_STALLED)
		fs_canvas_text(cv, HEAD, col, FS_STYLE_DIM,
		    " %s%s; Enter inspects, Esc goes back",
		    noun(st->kind, all), report->sample ?
		    " of the sample" : "");
}

static void
draw_examples_head(const struct state *st,
    const struct fs_audit_report *report, struct fs_canvas *cv)
{
	const struct fs_feature_report *feature = NULL;
	int	col = FS_PART_PAD;

	if (st->feature < report->nfeatures)
		feature = &report->features[st->feature];
	col += fs_canvas_text(cv, HEAD, col, FS_STYLE_BAD, "%s",
	    fs_violation_name(st->kind)) + 2;
	if (feature != NULL)
		col += fs_canvas_bytes(cv, HEAD, col, 0, FS_STYLE_PLAIN,
		    fs_bytes_of(feature->name)) + 2;
	if (feature != NULL && st->kind == FS_V_STALLED)
		col += draw_last_write(cv, col, feature) + 2;
	draw_how_many(st, report, cv, col);
}

static void
draw_examples(const struct state *st, const struct fs_snap *snap,
    struct fs_canvas *cv)
{
	const struct fs_list *ids = examples_of(st, shown(snap));
	struct fs_rect	area = fs_canvas_area(cv);
	int	rows = area.rows - HEAD - 1;
	size_t	top = fs_cursor_top(&st->at, ids->count, rows);

	draw_examples_head(st, shown(snap), cv);
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

/* Why it was cut short, unless that was asked for. */
static void
draw_why(struct fs_canvas *cv, const struct fs_snap *snap)
{
	const struct fs_err *err = &snap->audit->err;

	if (!running(snap, FS_OP_AUDIT) && fs_err_status(err->code) == 3)
		fs_part_error(cv, 1, FS_PART_PAD, fs_canvas_area(cv).cols -
		    2 * FS_PART_PAD, err);
}

/* The looks at a pause come and go by themselves. */
static void
draw_head(const struct state *st, const struct fs_snap *snap,
    struct fs_canvas *cv)
{
	if (running(snap, FS_OP_DRILL)) {
		if (snap->job != NULL)
			fs_drill_head(cv, snap);
		return;
	}
	if (running(snap, FS_OP_AUDIT) && snap->pause == NULL)
		draw_progress(cv, snap);
	if (shown(snap) != NULL)
		draw_summary(st, cv, snap);
}

static void
audit_draw(const void *state, const struct fs_snap *snap,
    struct fs_canvas *cv, bool focus)
{
	const struct state *st = state;
	const struct fs_audit_report *report = shown(snap);
	int width = fs_canvas_area(cv).cols - 2 * FS_PART_PAD;
	bool drill = shows_drill(st, snap) &&
	    (snap->pause != NULL || !running(snap, FS_OP_AUDIT));

	(void)focus;
	if (drill) {
		fs_drill_draw(cv, HEAD, snap);
		return;
	}
	draw_head(st, snap, cv);
	if (report == NULL) {
		if (snap->audit != NULL && snap->audit->err.code != FS_OK)
			fs_part_error(cv, 2, FS_PART_PAD, width,
			    &snap->audit->err);
		else if (!running(snap, FS_OP_AUDIT))
			fs_part_hint(cv, fs_pause_goes_on(snap) ?
			    "the first look at the pause" :
			    "a audits the whole store");
		return;
	}
	draw_why(cv, snap);
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

/* Whether there is still what is shown in the place of the list. */
static bool
is_there(const struct state *st, const struct fs_audit_report *report)
{
	if (st->kind == FS_V_STALLED)
		return st->feature < report->nfeatures &&
		    report->features[st->feature].stalled;
	return examples_of(st, report)->count > 0;
}

static void
audit_update(void *state, const struct fs_snap *snap)
{
	struct state *st = state;
	const struct fs_audit_report *report = shown(snap);

	if (st->examples && (report == NULL || !is_there(st, report)))
		st->examples = false;
	if (snap->pause == NULL)
		st->list = false;
	if (report != NULL && st->cursor.at == 0)	/* off the headings */
		move(st, report, FS_CMD_TOP, 1);
}

/* What single entities show goes before what the feature does as a whole. */
static enum fs_violation
kind_to_show(const struct fs_feature_report *feature)
{
	if (feature->leaks > 0)
		return FS_V_LEAK;
	if (feature->over_ttl > 0)
		return FS_V_OVER_TTL;
	if (feature->stalled)
		return FS_V_STALLED;
	return feature->missing > 0 ? FS_V_MISSING : FS_V_COUNT;
}

/* From the violation to the first feature that has it. */
static void
go_to_stalled(struct state *st, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct line *line = &lines->line[i];

		if (line->what != FEATURE || !line->feature->stalled)
			continue;
		st->cursor.at = i;
		return;
	}
}

/* Enter in the list: the entities behind what is there. */
static void
open_line(struct state *st, const struct fs_audit_report *report,
    const struct lines *lines)
{
	const struct line *line = &lines->line[st->cursor.at];

	st->kind = line->kind;
	st->feature = ALL;
	if (line->what == FEATURE) {
		st->kind = kind_to_show(line->feature);
		st->feature = (size_t)(line->feature - report->features);
	}
	if (line->what == VIOLATION && line->kind == FS_V_STALLED)
		go_to_stalled(st, lines);
	else if (st->kind != FS_V_COUNT && is_there(st, report))
		st->examples = true;
	st->at = (struct fs_cursor){ 0 };
}

static bool
open_examples(struct state *st, const struct fs_audit_report *report)
{
	struct lines lines = all_lines(report);

	if (st->cursor.at < lines.count)
		open_line(st, report, &lines);
	free(lines.line);
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
	if (snap->pause != NULL && id == FS_CMD_AUDIT) {
		st->list = shows_drill(st, snap);
		st->examples = false;
		return true;
	}
	if (shows_drill(st, snap))
		return id == FS_CMD_ENTER;
	if (st->examples && id == FS_CMD_BACK) {
		st->examples = false;
		return true;
	}
	if (st->examples)
		return fs_cursor_command(&st->at, id,
		    examples_of(st, report)->count, rows - HEAD - 1);
	if (id == FS_CMD_ENTER)
		return open_examples(st, report);
	return move(st, report, id, rows - HEAD);
}

bool
fs_audit_shows_examples(const void *state)
{
	const struct state *st = state;

	return st->examples;
}

static struct fs_bytes
audit_selected(const void *state, const struct fs_snap *snap)
{
	const struct state *st = state;
	const struct fs_audit_report *report = shown(snap);

	if (report == NULL || !st->examples ||
	    st->at.at >= examples_of(st, report)->count)
		return fs_bytes("", 0);
	return fs_list_at(examples_of(st, report), st->at.at);
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
