#include "ui/screen.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "ui/foot.h"
#include "ui/head.h"

#define NOTHING		FS_PANE_COUNT
#define LEN(a)		(sizeof(a) / sizeof((a)[0]))

static const struct fs_pane_ops *const panes[FS_PANE_COUNT] = {
	[FS_PANE_ENTITIES] = &fs_pane_entities,
	[FS_PANE_STORE] = &fs_pane_store,
	[FS_PANE_WORKER] = &fs_pane_worker,
	[FS_PANE_INSPECTOR] = &fs_pane_inspector,
	[FS_PANE_READ] = &fs_pane_read,
	[FS_PANE_BATCH_READ] = &fs_pane_batch_read,
	[FS_PANE_AUDIT] = &fs_pane_audit,
	[FS_PANE_LOG] = &fs_pane_log,
	[FS_PANE_HELP] = &fs_pane_help,
	[FS_PANE_VALUE] = &fs_pane_value,
	[FS_PANE_FEATURES] = &fs_pane_features,
};

void
fs_screen_init(struct fs_screen *screen, const char *where)
{
	*screen = (struct fs_screen){ .over = NOTHING };
	screen->where = fs_xstrdup(where);
	for (int i = 0; i < FS_PANE_COUNT; i++)
		screen->state[i] = fs_xcalloc(1, panes[i]->state_size + 1);
}

void
fs_screen_free(struct fs_screen *screen)
{
	for (int i = 0; i < FS_PANE_COUNT; i++) {
		if (panes[i]->free != NULL)
			panes[i]->free(screen->state[i]);
		free(screen->state[i]);
	}
	fs_prompt_free(&screen->prompt);
	free(screen->where);
}

/*
 * Where things are
 */

bool
fs_screen_too_small(const struct fs_screen *screen)
{
	return screen->rows < FS_MIN_ROWS || screen->cols < FS_MIN_COLS;
}

/* The pane that keys go to. */
static enum fs_pane_id
front(const struct fs_screen *screen)
{
	return screen->over != NOTHING ? screen->over : screen->focus;
}

/* The chooser is as large as what is in it, and lies in the middle. */
static struct fs_rect
chooser_rect(const struct fs_screen *screen, const struct fs_snap *snap)
{
	int rows = (int)(snap->schema->nfeatures < 40 ?
	    snap->schema->nfeatures : 40) + 2;
	int cols = 48;

	if (rows > screen->rows - 4)
		rows = screen->rows - 4;
	return (struct fs_rect){ (screen->rows - rows) / 2,
	    (screen->cols - cols) / 2, rows, cols };
}

static struct fs_rect
pane_rect(const struct fs_screen *screen, enum fs_pane_id pane)
{
	struct fs_rect rects[FS_PANES_SHOWN];

	if (pane >= FS_PANES_SHOWN || screen->zoom)
		return fs_pane_whole(screen->rows, screen->cols);
	fs_pane_layout(screen->rows, screen->cols, rects);
	return rects[pane];
}

static struct fs_rect
inside(const struct fs_screen *screen, enum fs_pane_id pane)
{
	return fs_pane_inside(pane_rect(screen, pane), screen->rows,
	    screen->cols);
}

int
fs_screen_pane_rows(const struct fs_screen *screen, enum fs_pane_id pane)
{
	return inside(screen, pane).rows;
}

static int
front_rows(const struct fs_screen *screen, const struct fs_snap *snap)
{
	if (front(screen) == FS_PANE_FEATURES)
		return chooser_rect(screen, snap).rows - 2;
	return fs_screen_pane_rows(screen, front(screen));
}

/*
 * Drawing
 */

static void
draw_border(const struct fs_screen *screen, const struct fs_snap *snap,
    struct fs_canvas *cv, enum fs_pane_id pane, struct fs_rect rect)
{
	const struct fs_pane_ops *ops = panes[pane];
	const void *state = screen->state[pane];
	char	words[256] = "";
	struct fs_fact fact = { .words = words };
	int	room = rect.cols - 6 - (int)fs_escape_width(
	    fs_bytes_of(ops->title), true);

	if (ops->subject != NULL)
		fact.subject = ops->subject(state, snap);
	if (ops->fact != NULL)
		fact.style = ops->fact(state, snap, room, words,
		    sizeof(words));
	fs_canvas_box(cv, rect, pane == front(screen), ops->title, &fact);
}

static void
draw_inside(const struct fs_screen *screen, const struct fs_snap *snap,
    struct fs_canvas *cv, enum fs_pane_id pane, struct fs_rect rect)
{
	fs_canvas_clip(cv, fs_pane_inside(rect, screen->rows, screen->cols));
	panes[pane]->draw(screen->state[pane], snap, cv,
	    pane == front(screen) && !screen->asking);
	fs_canvas_unclip(cv);
}

/* The part between the first line and the last, which borders stay within. */
static struct fs_rect
body(const struct fs_screen *screen)
{
	return (struct fs_rect){ 0, 0, screen->rows - 1, screen->cols };
}

static void
draw_panes(const struct fs_screen *screen, const struct fs_snap *snap,
    struct fs_canvas *cv)
{
	struct fs_rect rects[FS_PANES_SHOWN];

	fs_pane_layout(screen->rows, screen->cols, rects);
	fs_canvas_clip(cv, body(screen));
	for (int i = 0; i < FS_PANES_SHOWN; i++) {
		if (i != (int)front(screen))
			draw_border(screen, snap, cv, (enum fs_pane_id)i,
			    rects[i]);
	}
	/* Last, so that all of its border is bright. */
	if (front(screen) < FS_PANES_SHOWN)
		draw_border(screen, snap, cv, front(screen),
		    rects[front(screen)]);
	for (int i = 0; i < FS_PANES_SHOWN; i++)
		draw_inside(screen, snap, cv, (enum fs_pane_id)i, rects[i]);
}

static void
draw_whole(const struct fs_screen *screen, const struct fs_snap *snap,
    struct fs_canvas *cv, enum fs_pane_id pane)
{
	struct fs_rect rect = fs_pane_whole(screen->rows, screen->cols);

	fs_canvas_clip(cv, body(screen));
	draw_border(screen, snap, cv, pane, rect);
	draw_inside(screen, snap, cv, pane, rect);
}

static void
draw_chooser(const struct fs_screen *screen, const struct fs_snap *snap,
    struct fs_canvas *cv)
{
	struct fs_rect rect = chooser_rect(screen, snap);

	fs_canvas_erase(cv, rect);
	draw_border(screen, snap, cv, FS_PANE_FEATURES, rect);
	draw_inside(screen, snap, cv, FS_PANE_FEATURES, rect);
}

/*
 * The last line
 */

static const char *
toggle_label(const struct fs_snap *snap)
{
	return snap->stream.run == FS_STOPPED ? "start" :
	    snap->stream.run == FS_PAUSED ? "resume" : "pause";
}

/*
 * The first of them is for a frozen screen, the others for any. What writes
 * is not offered where nothing can.
 */
static void
hints(const struct fs_screen *screen, const struct fs_snap *snap,
    struct fs_canvas *cv, const struct fs_hint *all, size_t nall)
{
	struct fs_hint	some[24];
	size_t		n = 0;

	for (size_t i = screen->frozen ? 0 : 1; i < nall; i++) {
		bool writes = fs_command_get(all[i].id)->danger !=
		    FS_DANGER_NONE;

		if ((writes && snap->read_only) || (i > 0 && screen->frozen &&
		    all[i].id == FS_CMD_FREEZE))
			continue;
		some[n++] = all[i];
	}
	fs_foot_hints(cv, screen->rows - 1, some, n);
}

static void
draw_hints(const struct fs_screen *screen, const struct fs_snap *snap,
    struct fs_canvas *cv)
{
	const struct fs_hint thaw = { FS_CMD_FREEZE, "thaw" };
	const struct fs_hint panes_hints[] = {
		thaw, { FS_CMD_HELP, NULL }, { FS_CMD_QUIT, NULL },
		{ FS_CMD_PAUSE, toggle_label(snap) }, { FS_CMD_READ, NULL },
		{ FS_CMD_BATCH_READ, "batch" }, { FS_CMD_INSPECT, NULL },
		{ FS_CMD_BULK_LOAD, "load" }, { FS_CMD_AUDIT, NULL },
		{ FS_CMD_FILTER, NULL }, { FS_CMD_COMMAND, "cmd" },
		{ FS_CMD_FEATURES, NULL }, { FS_CMD_LOG, NULL },
		{ FS_CMD_ZOOM, NULL }, { FS_CMD_FREEZE, NULL },
	};
	const struct fs_hint inspector_hints[] = {
		thaw, { FS_CMD_HELP, NULL }, { FS_CMD_QUIT, NULL },
		{ FS_CMD_ENTER, "value" }, { FS_CMD_COPY, "copy value" },
		{ FS_CMD_DOWN, NULL }, { FS_CMD_UP, NULL },
		{ FS_CMD_ZOOM, NULL }, { FS_CMD_READ, NULL },
		{ FS_CMD_PAUSE, toggle_label(snap) },
		{ FS_CMD_NEXT_PANE, NULL }, { FS_CMD_FREEZE, NULL },
	};
	const struct fs_hint over_hints[] = {
		thaw, { FS_CMD_BACK, NULL }, { FS_CMD_DOWN, NULL },
		{ FS_CMD_UP, NULL }, { FS_CMD_TOP, NULL },
		{ FS_CMD_BOTTOM, NULL }, { FS_CMD_QUIT, NULL },
		{ FS_CMD_COPY, NULL },	/* the last: not of all of them */
	};
	const struct fs_hint audit_hints[] = {
		thaw, { FS_CMD_BACK, NULL }, { FS_CMD_ENTER,
		    fs_audit_shows_examples(screen->state[FS_PANE_AUDIT]) ?
		    "inspect" : "examples" },
		{ FS_CMD_AUDIT, "again" },
		{ FS_CMD_PAUSE, toggle_label(snap) }, { FS_CMD_DOWN, NULL },
		{ FS_CMD_UP, NULL }, { FS_CMD_QUIT, NULL },
		{ FS_CMD_STOP, NULL },
	};
	const struct fs_hint pause_hints[] = {
		thaw, { FS_CMD_BACK, NULL },
		{ FS_CMD_PAUSE, toggle_label(snap) },
		{ FS_CMD_AUDIT, "list or forecast" }, { FS_CMD_STOP, NULL },
		{ FS_CMD_FREEZE, NULL }, { FS_CMD_QUIT, NULL },
	};
	static const struct fs_hint chooser_hints[] = {
		{ FS_CMD_FREEZE, "mark" }, { FS_CMD_AUDIT, "all or none" },
		{ FS_CMD_ENTER, "done" },
	};

	if (screen->over == NOTHING && screen->focus == FS_PANE_INSPECTOR)
		hints(screen, snap, cv, inspector_hints, LEN(inspector_hints));
	else if (screen->over == NOTHING)
		hints(screen, snap, cv, panes_hints, LEN(panes_hints));
	else if (screen->over == FS_PANE_FEATURES)
		fs_foot_hints(cv, screen->rows - 1, chooser_hints,
		    LEN(chooser_hints));
	else if (screen->over == FS_PANE_AUDIT && snap->pause != NULL)
		hints(screen, snap, cv, pause_hints, LEN(pause_hints));
	else if (screen->over == FS_PANE_AUDIT)
		hints(screen, snap, cv, audit_hints, LEN(audit_hints));
	else
		hints(screen, snap, cv, over_hints, LEN(over_hints) -
		    (panes[screen->over]->copy == NULL));
}

static int
draw_foot(const struct fs_screen *screen, const struct fs_snap *snap,
    struct fs_canvas *cv)
{
	int row = screen->rows - 1;

	if (screen->asking)
		return fs_prompt_draw(&screen->prompt, cv, row);
	if (screen->notice && snap->notice[0] != '\0')
		fs_canvas_bytes(cv, row, 1, screen->cols - 2,
		    snap->notice_bad ? FS_STYLE_BAD : FS_STYLE_PLAIN,
		    fs_bytes_of(snap->notice));
	else if (snap->job_running && snap->job != NULL &&
	    snap->job->op == snap->job_op)
		fs_foot_job(cv, row, snap->job);
	else if (snap->store.link != FS_VIEW_UP &&
	    snap->store.err.code != FS_OK)
		fs_foot_link(cv, row, snap);
	else
		draw_hints(screen, snap, cv);
	return -1;
}

/* What counts is how large it must be: that alone where room is short. */
static void
draw_needs(const struct fs_screen *screen, struct fs_canvas *cv)
{
	if (screen->cols < 40)
		fs_canvas_text(cv, 0, 0, FS_STYLE_PLAIN, "needs %dx%d",
		    FS_MIN_COLS, FS_MIN_ROWS);
	else
		fs_canvas_text(cv, 0, 0, FS_STYLE_PLAIN,
		    "fsconsole needs %dx%d; this is %dx%d", FS_MIN_COLS,
		    FS_MIN_ROWS, screen->cols, screen->rows);
}

int
fs_screen_draw(const struct fs_screen *screen, const struct fs_snap *snap,
    struct fs_canvas *cv)
{
	fs_canvas_clear(cv);
	if (fs_screen_too_small(screen)) {
		draw_needs(screen, cv);
		return -1;
	}
	fs_head_draw(cv, 0, snap, screen->where, screen->insecure,
	    screen->frozen);
	if (screen->over != NOTHING && screen->over != FS_PANE_FEATURES)
		draw_whole(screen, snap, cv, screen->over);
	else if (screen->zoom)
		draw_whole(screen, snap, cv, screen->focus);
	else
		draw_panes(screen, snap, cv);
	if (screen->over == FS_PANE_FEATURES)
		draw_chooser(screen, snap, cv);
	return draw_foot(screen, snap, cv);
}

/*
 * Commands
 */

void
fs_screen_update(struct fs_screen *screen, const struct fs_snap *snap)
{
	for (int i = 0; i < FS_PANE_COUNT; i++) {
		if ((i < FS_PANES_SHOWN || i == (int)screen->over) &&
		    panes[i]->update != NULL)
			panes[i]->update(screen->state[i], snap);
	}
}

void
fs_screen_show(struct fs_screen *screen, enum fs_pane_id pane)
{
	if (pane < FS_PANES_SHOWN) {
		screen->focus = pane;
		screen->over = NOTHING;
	} else {
		screen->over = pane;
	}
}

/* One thing less: what lies over the panes, the zoom, the filter. */
static bool
back(struct fs_screen *screen, const struct fs_snap *snap)
{
	void *entities = screen->state[FS_PANE_ENTITIES];

	if (screen->over != NOTHING)
		screen->over = NOTHING;
	else if (screen->zoom)
		screen->zoom = false;
	else if (fs_entities_filtered(entities).len > 0)
		fs_entities_filter(entities, snap, fs_bytes("", 0), false);
	else
		screen->focus = FS_PANE_ENTITIES;
	return true;
}

static bool
turn(struct fs_screen *screen, int by)
{
	if (screen->over == NOTHING)
		screen->focus = (enum fs_pane_id)(((int)screen->focus + by +
		    FS_PANES_SHOWN) % FS_PANES_SHOWN);
	screen->over = NOTHING;
	return true;
}

static bool
toggle_over(struct fs_screen *screen, enum fs_pane_id pane)
{
	screen->over = screen->over == pane ? NOTHING : pane;
	return true;
}

/* All of the field under the Inspector's cursor. */
static bool
open_value(struct fs_screen *screen, const struct fs_snap *snap)
{
	const struct fs_field *field;

	if (front(screen) != FS_PANE_INSPECTOR)
		return false;
	field = fs_inspector_field(screen->state[FS_PANE_INSPECTOR], snap);
	if (field == NULL || field->value == NULL)
		return true;
	fs_value_show(screen->state[FS_PANE_VALUE], field);
	screen->over = FS_PANE_VALUE;
	return true;
}

static bool
enter(struct fs_screen *screen, const struct fs_snap *snap)
{
	switch (screen->over) {
	case FS_PANE_FEATURES:
		return back(screen, snap);
	case FS_PANE_LOG:
	case FS_PANE_HELP:
	case FS_PANE_VALUE:
		return true;	/* nothing to open there */
	default:
		return open_value(screen, snap);
	}
}

static bool
own_command(struct fs_screen *screen, const struct fs_snap *snap,
    enum fs_cmd_id id)
{
	if (id >= FS_CMD_PANE_1 && id <= FS_CMD_PANE_6) {
		fs_screen_show(screen, (enum fs_pane_id)(FS_PANE_ENTITIES +
		    ((int)id - FS_CMD_PANE_1)));
		return true;
	}
	switch (id) {
	case FS_CMD_NEXT_PANE:
		return turn(screen, 1);
	case FS_CMD_PREV_PANE:
		return turn(screen, -1);
	case FS_CMD_ZOOM:	/* of what is to be seen then */
		screen->zoom = screen->over != NOTHING || !screen->zoom;
		screen->over = NOTHING;
		return true;
	case FS_CMD_LOG:
		return toggle_over(screen, FS_PANE_LOG);
	case FS_CMD_HELP:
		fs_help_about(screen->state[FS_PANE_HELP], FS_CMD_COUNT, 0);
		return toggle_over(screen, FS_PANE_HELP);
	case FS_CMD_ENTER:
		return enter(screen, snap);
	case FS_CMD_BACK:
		return back(screen, snap);
	default:
		return false;
	}
}

bool
fs_screen_command(struct fs_screen *screen, const struct fs_snap *snap,
    enum fs_cmd_id id)
{
	enum fs_pane_id pane = front(screen);

	if (pane == FS_PANE_VALUE)
		fs_value_fit(screen->state[pane], inside(screen, pane).cols,
		    screen->utf8);
	if (pane == FS_PANE_HELP)
		fs_help_fit(screen->state[pane], inside(screen, pane).cols);
	if (panes[pane]->command != NULL && panes[pane]->command(
	    screen->state[pane], snap, id, front_rows(screen, snap)))
		return true;
	return own_command(screen, snap, id);
}

bool
fs_screen_click(struct fs_screen *screen, const struct fs_snap *snap, int row,
    int col)
{
	for (int i = 0; i < FS_PANES_SHOWN && !screen->zoom; i++) {
		struct fs_rect in = inside(screen, (enum fs_pane_id)i);

		if (row < in.row || row >= in.row + in.rows ||
		    col < in.col || col >= in.col + in.cols)
			continue;
		fs_screen_show(screen, (enum fs_pane_id)i);
		return i == FS_PANE_ENTITIES && fs_entities_click(
		    screen->state[i], snap, row - in.row, in.rows);
	}
	return false;
}

struct fs_bytes
fs_screen_selected(const struct fs_screen *screen, const struct fs_snap *snap)
{
	enum fs_pane_id pane = front(screen);

	if (panes[pane]->selected == NULL)
		pane = FS_PANE_ENTITIES;
	return panes[pane]->selected(screen->state[pane], snap);
}

void
fs_screen_copy(const struct fs_screen *screen, const struct fs_snap *snap,
    struct fs_str *out)
{
	enum fs_pane_id pane = front(screen);

	if (panes[pane]->copy == NULL && screen->over == NOTHING)
		pane = FS_PANE_ENTITIES;
	if (panes[pane]->copy != NULL)
		panes[pane]->copy(screen->state[pane], snap, out);
}
