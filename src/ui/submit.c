#include "ui/submit.h"

#include <stdarg.h>
#include <stdio.h>

#include "ui/ask.h"

#define EXAMPLES	1000	/* of an audit, for the list of a fault */

void
fs_submit_tell(struct fs_act *act, bool bad, const char *fmt, ...)
{
	char	text[480];
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fs_session_notice(act->session, bad, "%s", text);
	act->screen->notice = true;
}

void
fs_submit_tell_err(struct fs_act *act, const struct fs_err *err)
{
	fs_submit_tell(act, true, "%s", err->msg);
}

void
fs_submit_drop_held(struct fs_act *act)
{
	fs_request_free(act->held_request);
	act->held_request = NULL;
	act->held = FS_HELD_NOTHING;
}

const struct fs_snap *
fs_submit_thaw(struct fs_act *act, const struct fs_snap *snap)
{
	if (!act->screen->frozen)
		return snap;
	act->screen->frozen = false;
	fs_session_take(act->session, false);
	snap = fs_session_snap(act->session);
	fs_screen_update(act->screen, snap);
	return snap;
}

void
fs_submit(struct fs_act *act, struct fs_request *request)
{
	struct fs_list	names = { 0 };
	struct fs_err	err = { 0 };
	enum fs_op	op = request->op;
	uint64_t	id;

	if (op == FS_OP_AUDIT)
		request->examples = EXAMPLES;
	fs_submit_thaw(act, NULL);
	fs_list_copy(&names, &request->features);
	id = fs_session_submit(act->session, request, &err);
	if (id == 0)
		fs_submit_tell_err(act, &err);
	else if (op == FS_OP_BATCH_READ)
		fs_batch_asked(act->screen->state[FS_PANE_BATCH_READ], id,
		    &names);
	if (id != 0 && (op == FS_OP_AUDIT || op == FS_OP_DRILL))
		fs_screen_show(act->screen, FS_PANE_AUDIT);
	fs_list_free(&names);
}

/* Until the prefix is typed. */
static void
hold(struct fs_act *act, const struct fs_command *cmd)
{
	fs_submit_drop_held(act);
	act->held = cmd->id;
}

bool
fs_submit_may(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd)
{
	const struct fs_guard *guard = fs_session_guard(act->session);

	switch (fs_guard_ask(guard, cmd)) {
	case FS_GUARD_GO:
		return true;
	case FS_GUARD_UNLOCK_FIRST:
		hold(act, cmd);
		fs_ask_unlock(act, snap);
		return false;
	case FS_GUARD_TYPE_PREFIX:
		hold(act, cmd);
		fs_ask_destroy(act, snap);
		return false;
	default:
		fs_submit_tell(act, true,
		    "%s writes, and this session is read-only", cmd->name);
		return false;
	}
}

/* Whoever types the prefix is to know what for. */
static void
count_first(struct fs_act *act, struct fs_request *request)
{
	struct fs_request *dry = fs_request_new(request->op);
	struct fs_err err = { 0 };

	dry->dry_run = true;
	dry->delete_orphans = request->delete_orphans;
	dry->rate = request->rate;
	dry->gentle = request->gentle;
	fs_request_free(act->counted);
	act->counted = request;
	act->counting = fs_session_submit(act->session, dry, &err);
	if (act->counting != 0)
		return;
	act->counted = NULL;
	fs_request_free(request);
	fs_submit_tell_err(act, &err);
}

void
fs_submit_guarded(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd, struct fs_request *request)
{
	snap = fs_submit_thaw(act, snap);
	if (cmd->id == FS_CMD_REPAIR && !request->dry_run &&
	    fs_guard_ask(fs_session_guard(act->session), cmd) ==
	    FS_GUARD_TYPE_PREFIX) {
		count_first(act, request);
	} else if (request->dry_run || fs_submit_may(act, snap, cmd)) {
		fs_submit(act, request);
	} else if (act->screen->asking) {
		act->held_request = request;
	} else {
		fs_request_free(request);
	}
}

bool
fs_submit_features(struct fs_act *act, const struct fs_snap *snap,
    struct fs_list *names)
{
	fs_features_chosen(act->screen->state[FS_PANE_FEATURES], snap, names);
	if (names->count > 0)
		return true;
	fs_submit_tell(act, true, "no features are chosen: f chooses");
	return false;
}
