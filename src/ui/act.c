#include "ui/act.h"

#include "app/pause.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "ui/ask.h"
#include "ui/drill.h"
#include "ui/part.h"
#include "ui/submit.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define ENOUGH_IDS	1000
#define FRESH		(5 * FS_SEC)	/* an audit, since its end */

/* How often the store is looked at; the third is the default. */
static const int64_t steps_ms[] = { 250, 500, 1000, 2000, 5000, 10000 };
#define DEFAULT_STEP	2

static void
read_one(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_bytes		 id = fs_screen_selected(act->screen, snap);
	struct fs_request	*request;

	if (id.len == 0) {
		fs_submit_tell(act, true, "no entity is under the cursor");
		return;
	}
	request = fs_request_new(FS_OP_READ);
	fs_list_add(&request->entities, id);
	if (fs_submit_features(act, snap, &request->features))
		fs_submit(act, request);
	else
		fs_request_free(request);
}

void
fs_act_follow(struct fs_act *act, const struct fs_snap *snap,
    struct fs_bytes id)
{
	fs_session_follow(act->session, id);
	fs_entities_go_to(act->screen->state[FS_PANE_ENTITIES], snap, id);
}

void
fs_act_inspect(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_bytes id = fs_screen_selected(act->screen, snap);

	if (id.len == 0) {
		fs_submit_tell(act, true, "no entity is under the cursor");
		return;
	}
	fs_act_follow(act, snap, id);
	if (act->screen->over != FS_PANE_COUNT)
		fs_screen_show(act->screen, FS_PANE_INSPECTOR);
}

/* What is inspected already is gone into. */
static void
enter(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_bytes id = fs_screen_selected(act->screen, snap);

	if (id.len > 0 && act->screen->over == FS_PANE_COUNT &&
	    act->screen->focus == FS_PANE_ENTITIES && fs_part_is_inspected(snap, id))
		fs_screen_show(act->screen, FS_PANE_INSPECTOR);
	else
		fs_act_inspect(act, snap);
}

/*
 * Commands by key
 */

static void
toggle(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_err err = { 0 };

	/* To pause is to write less: nothing stands before it. */
	if (snap->stream.run != FS_RUNNING &&
	    !fs_submit_may(act, snap, fs_command_get(FS_CMD_PAUSE)))
		return;
	if (!fs_session_toggle(act->session, &err))
		fs_submit_tell_err(act, &err);
}

static void
lock_or_unlock(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_guard *guard = fs_session_guard(act->session);

	fs_submit_drop_held(act);
	if (guard->read_only) {
		fs_submit_tell(act, true,
		    "started with --read-only: nothing unlocks");
	} else if (guard->unlocked) {
		fs_log(FS_LOG_INFO, "writes: locked");
		fs_submit_tell(act, false, fs_session_lock(act->session) ?
		    "writes are locked, and the worker is paused" :
		    "writes are locked");
	} else {
		fs_ask_unlock(act, snap);
	}
}

static void
refresh_step(struct fs_act *act, int by)
{
	char buf[32];

	if (by < 0 && act->refresh > 0)
		act->refresh--;
	if (by > 0 && act->refresh + 1 < LEN(steps_ms))
		act->refresh++;
	fs_session_refresh(act->session, steps_ms[act->refresh]);
	fs_submit_tell(act, false, "the store is looked at every %s",
	    fs_num_show_exact(buf, sizeof(buf), steps_ms[act->refresh]));
}

static void
copy(struct fs_act *act, const struct fs_snap *snap)
{
	fs_str_clear(&act->copied);
	fs_screen_copy(act->screen, snap, &act->copied);
	if (act->copied.len == 0)
		fs_submit_tell(act, true, "nothing is under the cursor");
	else
		act->wants |= FS_WANTS_COPY;
}

/* So young that it is what the key asks for. */
static bool
audit_is_fresh(const struct fs_snap *snap)
{
	return snap->audit != NULL && snap->audit->err.code == FS_OK &&
	    !fs_drill_shown(snap) &&
	    fs_clock_mono() - snap->audit->at_mono_us < FRESH;
}

/* Of a store as it is now: an old one is only shown until it is there. */
static void
audit(struct fs_act *act, const struct fs_snap *snap)
{
	bool seen = act->screen->over == FS_PANE_AUDIT;
	bool under_way = snap->job_running && (snap->job_op == FS_OP_AUDIT ||
	    snap->job_op == FS_OP_DRILL);

	fs_screen_show(act->screen, FS_PANE_AUDIT);
	/* A pause is looked at without being asked, and sooner. */
	if (!under_way && !fs_pause_goes_on(snap) && (seen ||
	    !audit_is_fresh(snap) || fs_drill_shown(snap) != NULL))
		fs_submit(act, fs_request_new(FS_OP_AUDIT));
}

/* What the screen did not do by itself. */
static void
run_common(struct fs_act *act, const struct fs_snap *snap, enum fs_cmd_id id)
{
	switch (id) {
	case FS_CMD_PAUSE:
		toggle(act, snap);
		break;
	case FS_CMD_STOP:
		fs_session_stop(act->session);
		break;
	case FS_CMD_READ:
		read_one(act, snap);
		break;
	case FS_CMD_BATCH_READ:
		fs_ask_batch(act);
		break;
	case FS_CMD_INSPECT:
		fs_act_inspect(act, snap);
		break;
	case FS_CMD_ENTER:
		enter(act, snap);
		break;
	case FS_CMD_AUDIT:
		audit(act, snap);
		break;
	case FS_CMD_BULK_LOAD:
		fs_ask_load(act, snap);
		break;
	case FS_CMD_RESET:
		fs_submit_may(act, snap, fs_command_get(FS_CMD_RESET));
		break;
	case FS_CMD_UNLOCK:
		lock_or_unlock(act, snap);
		break;
	case FS_CMD_CANCEL:
		fs_session_cancel(act->session);
		break;
	case FS_CMD_REFRESH:
		fs_session_poke(act->session);
		break;
	default:
		break;
	}
}

/* What concerns the screen and the loop alone; false: it is none of that. */
static bool
run_view(struct fs_act *act, const struct fs_snap *snap, enum fs_cmd_id id)
{
	switch (id) {
	case FS_CMD_FILTER:
		fs_ask_filter(act);
		return true;
	case FS_CMD_COMMAND:
		fs_ask_command(act);
		return true;
	case FS_CMD_FEATURES:
		fs_screen_show(act->screen, FS_PANE_FEATURES);
		return true;
	case FS_CMD_FREEZE:
		act->screen->frozen = !act->screen->frozen;
		return true;
	case FS_CMD_FASTER:
		refresh_step(act, -1);
		return true;
	case FS_CMD_SLOWER:
		refresh_step(act, 1);
		return true;
	case FS_CMD_COPY:
		copy(act, snap);
		return true;
	case FS_CMD_REDRAW:
		act->wants |= FS_WANTS_REDRAW;
		return true;
	case FS_CMD_SUSPEND:
		act->wants |= FS_WANTS_SUSPEND;
		return true;
	case FS_CMD_QUIT:
		act->wants |= FS_WANTS_QUIT;
		return true;
	default:
		return false;
	}
}

void
fs_act_run(struct fs_act *act, const struct fs_snap *snap, enum fs_cmd_id id)
{
	if (fs_screen_command(act->screen, snap, id) ||
	    run_view(act, snap, id))
		return;
	run_common(act, fs_submit_thaw(act, snap), id);
}

/*
 * Events
 */

void
fs_act_look(struct fs_act *act, const struct fs_snap *snap)
{
	fs_ask_counted(act, snap);
}

void
fs_act_dismiss(struct fs_act *act)
{
	act->screen->notice = false;
	fs_session_notice(act->session, false, "%s", "");
}

/* What any key does that is not about the panes. */
static bool
is_global(enum fs_cmd_id id)
{
	switch (id) {
	case FS_CMD_QUIT:
	case FS_CMD_HELP:
	case FS_CMD_COMMAND:
	case FS_CMD_FREEZE:
	case FS_CMD_LOG:
	case FS_CMD_BACK:
	case FS_CMD_CANCEL:
	case FS_CMD_REFRESH:
	case FS_CMD_SUSPEND:
	case FS_CMD_REDRAW:
		return true;
	default:
		return false;
	}
}

/* Other keys than those would act on what cannot be seen. */
static bool
is_of_overlay(enum fs_pane_id over, enum fs_cmd_id id)
{
	if (is_global(id) || (id >= FS_CMD_DOWN && id <= FS_CMD_ENTER))
		return true;
	if (over == FS_PANE_AUDIT)
		return id == FS_CMD_AUDIT || id == FS_CMD_INSPECT ||
		    id == FS_CMD_COPY || id == FS_CMD_PAUSE ||
		    id == FS_CMD_STOP;
	if (over == FS_PANE_FEATURES)
		return id == FS_CMD_AUDIT;	/* "all or none" */
	return id == FS_CMD_COPY && over != FS_PANE_HELP;
}

/* Nobody sees what the others do on a screen that is too small. */
static bool
is_blind(enum fs_cmd_id id)
{
	return id == FS_CMD_QUIT || id == FS_CMD_SUSPEND ||
	    id == FS_CMD_REDRAW;
}

void
fs_act_key(struct fs_act *act, const struct fs_snap *snap, int key)
{
	const struct fs_command *cmd = fs_command_by_key(key);

	if (fs_screen_too_small(act->screen)) {
		if (cmd != NULL && is_blind(cmd->id))
			fs_act_run(act, snap, cmd->id);
		return;
	}
	if (act->screen->asking) {
		fs_ask_key(act, snap, key);
		return;
	}
	fs_act_dismiss(act);
	if (cmd == NULL || cmd->where == FS_WHERE_SHELL)
		return;
	if (act->screen->over == FS_PANE_COUNT ||
	    is_of_overlay(act->screen->over, cmd->id))
		fs_act_run(act, snap, cmd->id);
}

void
fs_act_paste(struct fs_act *act, const struct fs_snap *snap,
    struct fs_bytes text)
{
	if (!act->screen->asking)
		return;
	fs_ask_paste(act, snap, text);
}

void
fs_act_mouse(struct fs_act *act, const struct fs_snap *snap, int button,
    int row, int col)
{
	if (act->screen->asking)
		return;
	fs_act_dismiss(act);
	if (button == 64 || button == 65)
		fs_act_run(act, snap, button == 64 ? FS_CMD_UP : FS_CMD_DOWN);
	else if (button == 0 && act->screen->over == FS_PANE_COUNT)
		fs_screen_click(act->screen, snap, row, col);
}

bool
fs_act_begin(struct fs_act *act, const struct fs_snap *snap)
{
	if (snap->store.inspected != NULL)
		return true;
	/* Of a list that is still growing the first is not the first. */
	if (snap->ids.count == 0 || (snap->store.census.scanning &&
	    snap->ids.count < ENOUGH_IDS))
		return false;
	fs_session_follow(act->session, fs_list_at(&snap->ids, 0));
	return true;
}

void
fs_act_init(struct fs_act *act, struct fs_session *session,
    struct fs_screen *screen, const struct fs_options *options)
{
	*act = (struct fs_act){ .session = session, .screen = screen,
	    .options = options, .refresh = DEFAULT_STEP,
	    .held = FS_HELD_NOTHING };
}

void
fs_act_free(struct fs_act *act)
{
	fs_submit_drop_held(act);
	fs_request_free(act->counted);
	for (int i = 0; i < FS_ASK_COUNT; i++)
		fs_history_free(&act->history[i]);
	fs_str_free(&act->copied);
	fs_str_free(&act->filter_before);
	fs_str_free(&act->load_count);
}
