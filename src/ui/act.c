#include "ui/act.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define LOAD_COUNT	"200"
#define BATCH_COUNT	"100"
#define ENOUGH_IDS	1000
#define NO_COMMAND	FS_CMD_COUNT

/* How often the store is looked at; the third is the default. */
static const int64_t steps_ms[] = { 250, 500, 1000, 2000, 5000, 10000 };
#define DEFAULT_STEP	2

static void run(struct fs_act *act, const struct fs_snap *snap,
    enum fs_cmd_id id);

/*
 * Telling
 */

static void
tell(struct fs_act *act, bool bad, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
tell(struct fs_act *act, bool bad, const char *fmt, ...)
{
	char	text[480];
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fs_session_notice(act->session, bad, "%s", text);
	act->screen->notice = true;
}

static void
tell_err(struct fs_act *act, const struct fs_err *err)
{
	tell(act, true, "%s", err->msg);
}

/*
 * Prompts
 */

static void
ask(struct fs_act *act, enum fs_ask what, const char *label,
    struct fs_bytes text)
{
	act->ask = what;
	act->screen->asking = true;
	fs_prompt_open(&act->screen->prompt, label, text,
	    &act->history[what]);
}

/* The last answer given, or that of the first time. */
static struct fs_bytes
last_answer(const struct fs_act *act, enum fs_ask what, const char *first)
{
	const struct fs_list *lines = &act->history[what].lines;

	return lines->count > 0 ? fs_list_at(lines, lines->count - 1) :
	    fs_bytes_of(first);
}

static void
ask_prefix(struct fs_act *act, const struct fs_snap *snap, enum fs_ask what,
    const char *why)
{
	const struct fs_server *server = snap->store.server;
	char label[400];

	snprintf(label, sizeof(label), "Type %s to %s %s:",
	    snap->schema->prefix, why, snap->demo ? "the demo" :
	    server != NULL && server->where[0] != '\0' ? server->where :
	    act->screen->where);
	ask(act, what, label, fs_bytes("", 0));
}

static void
drop_held(struct fs_act *act)
{
	fs_request_free(act->held_request);
	act->held_request = NULL;
	act->held = NO_COMMAND;
}

/*
 * Requests
 */

static void
submit(struct fs_act *act, struct fs_request *request)
{
	struct fs_list	names = { 0 };
	struct fs_err	err = { 0 };
	enum fs_op	op = request->op;
	uint64_t	id;

	fs_list_copy(&names, &request->features);
	id = fs_session_submit(act->session, request, &err);
	if (id == 0)
		tell_err(act, &err);
	else if (op == FS_OP_BATCH_READ)
		fs_batch_asked(act->screen->state[FS_PANE_BATCH_READ], id,
		    &names);
	if (id != 0 && (op == FS_OP_AUDIT || op == FS_OP_DRILL))
		fs_screen_show(act->screen, FS_PANE_AUDIT);
	fs_list_free(&names);
}

/* Ask for what stands between the operator and the command; true: nothing. */
static bool
may(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd)
{
	const struct fs_guard *guard = fs_session_guard(act->session);

	switch (fs_guard_ask(guard, cmd)) {
	case FS_GUARD_GO:
		return true;
	case FS_GUARD_UNLOCK_FIRST:
		ask_prefix(act, snap, FS_ASK_UNLOCK, "unlock writes on");
		return false;
	case FS_GUARD_TYPE_PREFIX:
		ask_prefix(act, snap, FS_ASK_DESTROY, "delete all entities of");
		return false;
	default:
		tell(act, true, "%s writes, and this session is read-only",
		    cmd->name);
		return false;
	}
}

/* A request that may have to wait until the prefix is typed. */
static void
submit_guarded(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd, struct fs_request *request)
{
	if (request->dry_run || may(act, snap, cmd)) {
		submit(act, request);
	} else if (act->screen->asking) {
		drop_held(act);
		act->held_request = request;
		act->held = cmd->id;
	} else {
		fs_request_free(request);
	}
}

static bool
chosen(struct fs_act *act, const struct fs_snap *snap, struct fs_list *names)
{
	fs_features_chosen(act->screen->state[FS_PANE_FEATURES], snap, names);
	if (names->count > 0)
		return true;
	tell(act, true, "no features are chosen: f chooses");
	return false;
}

static void
read_one(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_bytes		 id = fs_screen_selected(act->screen, snap);
	struct fs_request	*request;

	if (id.len == 0) {
		tell(act, true, "no entity is under the cursor");
		return;
	}
	request = fs_request_new(FS_OP_READ);
	fs_list_add(&request->entities, id);
	if (chosen(act, snap, &request->features))
		submit(act, request);
	else
		fs_request_free(request);
}

static void
inspect(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_bytes id = fs_screen_selected(act->screen, snap);

	if (id.len == 0) {
		tell(act, true, "no entity is under the cursor");
		return;
	}
	fs_session_follow(act->session, id);
	if (act->screen->over != FS_PANE_COUNT)
		fs_screen_show(act->screen, FS_PANE_INSPECTOR);
}

/*
 * The command line
 */

/* By name, through the same door as the program's own commands. */
static void
request_line(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd, const struct fs_command_options *opt,
    int argc, char **argv)
{
	struct fs_request	*request;
	struct fs_err		 err = { 0 };

	request = fs_command_request(cmd, opt, argc, argv, snap->schema,
	    &err);
	if (request == NULL) {
		tell_err(act, &err);
		return;
	}
	if ((cmd->id == FS_CMD_READ || cmd->id == FS_CMD_BATCH_READ) &&
	    request->features.count == 0 &&
	    !chosen(act, snap, &request->features)) {
		fs_request_free(request);
		return;
	}
	submit_guarded(act, snap, cmd, request);
}

static void
choose_features(struct fs_act *act, const struct fs_snap *snap, int argc,
    char **argv)
{
	struct fs_list	names = { 0 };
	struct fs_bytes	unknown = { 0 };

	for (int i = 1; i < argc; i++)
		fs_list_add(&names, fs_bytes_of(argv[i]));
	if (!fs_features_choose(act->screen->state[FS_PANE_FEATURES], snap,
	    &names, &unknown))
		tell(act, true, "no feature '%s' is in the schema",
		    unknown.data);
	fs_list_free(&names);
}

/* Commands whose arguments are for the screen; false: it is none of them. */
static bool
screen_line(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd, int argc, char **argv)
{
	struct fs_screen *screen = act->screen;
	const struct fs_command *about;

	switch (cmd->id) {
	case FS_CMD_INSPECT:
		if (argc == 2)
			fs_session_follow(act->session,
			    fs_bytes_of(argv[1]));
		else
			inspect(act, snap);
		return true;
	case FS_CMD_FILTER:
		fs_entities_filter(screen->state[FS_PANE_ENTITIES], snap,
		    fs_bytes_of(argc > 1 ? argv[1] : ""));
		return true;
	case FS_CMD_FEATURES:
		if (argc > 1)
			choose_features(act, snap, argc, argv);
		else
			run(act, snap, FS_CMD_FEATURES);
		return true;
	case FS_CMD_HELP:
		about = argc > 1 ? fs_command_find(argv[1]) : NULL;
		fs_screen_show(screen, FS_PANE_HELP);
		fs_help_goto(screen->state[FS_PANE_HELP], about != NULL ?
		    about->id : FS_CMD_COUNT,
		    fs_screen_pane_rows(screen, FS_PANE_HELP));
		return true;
	case FS_CMD_STATE:
		fs_session_poke(act->session);
		fs_screen_show(screen, FS_PANE_STORE);
		return true;
	case FS_CMD_ENTITIES:
		fs_session_poke(act->session);
		fs_screen_show(screen, FS_PANE_ENTITIES);
		return true;
	case FS_CMD_SCHEMA:
		tell(act, false, "from a shell: fsconsole schema");
		return true;
	default:
		return false;
	}
}

static void
run_words(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command_options *opt, int argc, char **argv)
{
	const struct fs_command *cmd = fs_command_find(argv[0]);

	if (cmd == NULL)
		tell(act, true, "no command '%s'; ? lists them", argv[0]);
	else if (cmd->where == FS_WHERE_SHELL)
		tell(act, true, "%s is a command of the shell: fsconsole %s",
		    cmd->name, cmd->name);
	else if (screen_line(act, snap, cmd, argc, argv))
		return;
	else if (cmd->where == FS_WHERE_CONSOLE)
		run(act, snap, cmd->id);
	else if ((cmd->id == FS_CMD_READ && argc == 1) ||
	    (cmd->id == FS_CMD_RESET && argc == 1 && !opt->dry_run))
		run(act, snap, cmd->id);
	else
		request_line(act, snap, cmd, opt, argc, argv);
}

static void
run_line(struct fs_act *act, const struct fs_snap *snap, const char *line)
{
	struct fs_command_options opt;
	struct fs_err	err = { 0 };
	char		**argv = NULL;
	int		argc = 0;

	if (!fs_options_line(line, &opt, &argc, &argv, &err)) {
		tell_err(act, &err);
		return;
	}
	if (argc > 0)
		run_words(act, snap, &opt, argc, argv);
	free(argv);
	fs_command_options_free(&opt);
}

/* The command's name as far as it is clear. */
static void
complete(struct fs_prompt *prompt)
{
	struct fs_bytes	typed = fs_str_bytes(&prompt->text), name;
	const char	*found = NULL;
	size_t		common = 0;

	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd =
		    fs_command_get((enum fs_cmd_id)id);

		name = fs_bytes_of(cmd->name);
		if (cmd->where == FS_WHERE_SHELL ||
		    !fs_bytes_starts(name, typed))
			continue;
		if (found == NULL) {
			found = cmd->name;
			common = name.len;
			continue;
		}
		for (size_t i = 0; i < common; i++) {
			if (found[i] != cmd->name[i])
				common = i;
		}
	}
	if (found != NULL && common > typed.len)
		fs_prompt_set(prompt, fs_bytes(found, common));
}

/*
 * Answers
 */

static bool
is_prefix(const struct fs_snap *snap, const struct fs_str *text)
{
	return fs_bytes_eq(fs_str_bytes(text),
	    fs_bytes_of(snap->schema->prefix));
}

/* Go on with what waited for the prefix. */
static void
release(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_request	*request = act->held_request;
	enum fs_cmd_id		 id = act->held;

	act->held_request = NULL;
	act->held = NO_COMMAND;
	if (request != NULL)
		submit_guarded(act, snap, fs_command_get(id), request);
	else if (id != NO_COMMAND)
		run(act, snap, id);
}

static void
accept_unlock(struct fs_act *act, const struct fs_snap *snap,
    const char *text)
{
	struct fs_err err = { 0 };

	if (!fs_guard_unlock(fs_session_guard(act->session), text, &err)) {
		drop_held(act);
		tell_err(act, &err);
		return;
	}
	tell(act, false, "writes are unlocked; W locks them again");
	release(act, snap);
}

static void
accept_destroy(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_str *text)
{
	struct fs_request *request = act->held_request;

	act->held_request = NULL;
	if (!is_prefix(snap, text)) {
		fs_request_free(request);
		tell(act, true, "that is not the prefix: nothing is deleted");
	} else {
		submit(act, request != NULL ? request :
		    fs_request_new(FS_OP_RESET));
	}
	act->held = NO_COMMAND;
}

static void
accept_load(struct fs_act *act, const struct fs_snap *snap, const char *ttl)
{
	char *line = fs_xasprintf("bulk-load --count '%s' --ttl '%s'",
	    act->load_count.data, ttl);

	run_line(act, snap, line);
	free(line);
}

static void
accept_batch(struct fs_act *act, const struct fs_snap *snap,
    const char *count)
{
	char *line = fs_xasprintf("batch-read --count '%s'", count);

	run_line(act, snap, line);
	free(line);
}

static void
ask_ttl(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_str *count)
{
	char buf[32];

	fs_str_clear(&act->load_count);
	fs_str_add_bytes(&act->load_count, fs_str_bytes(count));
	fs_num_show_exact(buf, sizeof(buf), snap->schema->batch_ttl_ms);
	ask(act, FS_ASK_LOAD_TTL, "Time to live of their keys:",
	    last_answer(act, FS_ASK_LOAD_TTL, buf));
}

static void
accept(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_str	text = { 0 };
	enum fs_ask	what = act->ask;

	/* The prompt may be opened anew for what comes next. */
	fs_str_add_bytes(&text, fs_str_bytes(&act->screen->prompt.text));
	act->screen->asking = false;
	if (what != FS_ASK_UNLOCK && what != FS_ASK_DESTROY)
		fs_history_add(&act->history[what], fs_str_bytes(&text));
	switch (what) {
	case FS_ASK_COMMAND:
		run_line(act, snap, text.data);
		break;
	case FS_ASK_LOAD_COUNT:
		ask_ttl(act, snap, &text);
		break;
	case FS_ASK_LOAD_TTL:
		accept_load(act, snap, text.data);
		break;
	case FS_ASK_BATCH_COUNT:
		accept_batch(act, snap, text.data);
		break;
	case FS_ASK_UNLOCK:
		accept_unlock(act, snap, text.data);
		break;
	case FS_ASK_DESTROY:
		accept_destroy(act, snap, &text);
		break;
	default:		/* the filter is in force already */
		break;
	}
	fs_str_free(&text);
}

static void
filter_as_typed(struct fs_act *act, const struct fs_snap *snap)
{
	if (act->ask == FS_ASK_FILTER)
		fs_entities_filter(act->screen->state[FS_PANE_ENTITIES],
		    snap, fs_str_bytes(&act->screen->prompt.text));
}

/* Without a trace. */
static void
leave(struct fs_act *act, const struct fs_snap *snap)
{
	act->screen->asking = false;
	drop_held(act);
	if (act->ask == FS_ASK_FILTER)
		fs_entities_filter(act->screen->state[FS_PANE_ENTITIES],
		    snap, fs_str_bytes(&act->filter_before));
}

static void
prompt_key(struct fs_act *act, const struct fs_snap *snap, int key)
{
	switch (fs_prompt_key(&act->screen->prompt, key)) {
	case FS_PROMPT_ACCEPTED:
		accept(act, snap);
		break;
	case FS_PROMPT_LEFT:
		leave(act, snap);
		break;
	case FS_PROMPT_COMPLETE:
		if (act->ask == FS_ASK_COMMAND)
			complete(&act->screen->prompt);
		break;
	default:
		filter_as_typed(act, snap);
		break;
	}
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
	    !may(act, snap, fs_command_get(FS_CMD_PAUSE))) {
		act->held = FS_CMD_PAUSE;
		return;
	}
	if (!fs_session_toggle(act->session, &err))
		tell_err(act, &err);
}

static void
ask_load(struct fs_act *act, const struct fs_snap *snap)
{
	if (!may(act, snap, fs_command_get(FS_CMD_BULK_LOAD))) {
		act->held = FS_CMD_BULK_LOAD;
		return;
	}
	ask(act, FS_ASK_LOAD_COUNT, "Entities to load:",
	    last_answer(act, FS_ASK_LOAD_COUNT, LOAD_COUNT));
}

static void
ask_reset(struct fs_act *act, const struct fs_snap *snap)
{
	act->held = FS_CMD_RESET;
	if (may(act, snap, fs_command_get(FS_CMD_RESET)))
		ask_prefix(act, snap, FS_ASK_DESTROY, "delete all entities of");
}

static void
lock_or_unlock(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_guard *guard = fs_session_guard(act->session);

	drop_held(act);
	if (guard->read_only) {
		tell(act, true, "started with --read-only: nothing unlocks");
	} else if (guard->unlocked) {
		fs_guard_lock(guard);
		tell(act, false, "writes are locked");
	} else {
		ask_prefix(act, snap, FS_ASK_UNLOCK, "unlock writes on");
	}
}

static void
ask_filter(struct fs_act *act)
{
	void *entities = act->screen->state[FS_PANE_ENTITIES];

	fs_screen_show(act->screen, FS_PANE_ENTITIES);
	fs_str_clear(&act->filter_before);
	fs_str_add_bytes(&act->filter_before, fs_entities_filtered(entities));
	ask(act, FS_ASK_FILTER, "Ids that hold:",
	    fs_entities_filtered(entities));
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
	tell(act, false, "the store is looked at every %s",
	    fs_num_show_exact(buf, sizeof(buf), steps_ms[act->refresh]));
}

static void
copy(struct fs_act *act, const struct fs_snap *snap)
{
	fs_str_clear(&act->copied);
	fs_screen_copy(act->screen, snap, &act->copied);
	if (act->copied.len == 0)
		tell(act, true, "nothing is under the cursor");
	else
		act->wants |= FS_WANTS_COPY;
}

static void
audit(struct fs_act *act, const struct fs_snap *snap)
{
	bool seen = act->screen->over == FS_PANE_AUDIT;

	fs_screen_show(act->screen, FS_PANE_AUDIT);
	if (!snap->job_running && (seen || snap->audit == NULL))
		submit(act, fs_request_new(FS_OP_AUDIT));
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
		ask(act, FS_ASK_BATCH_COUNT, "Entities to read at random:",
		    last_answer(act, FS_ASK_BATCH_COUNT, BATCH_COUNT));
		break;
	case FS_CMD_INSPECT:
	case FS_CMD_ENTER:
		inspect(act, snap);
		break;
	case FS_CMD_AUDIT:
		audit(act, snap);
		break;
	case FS_CMD_BULK_LOAD:
		ask_load(act, snap);
		break;
	case FS_CMD_RESET:
		ask_reset(act, snap);
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
		ask_filter(act);
		return true;
	case FS_CMD_COMMAND:
		ask(act, FS_ASK_COMMAND, ":", fs_bytes("", 0));
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

static void
run(struct fs_act *act, const struct fs_snap *snap, enum fs_cmd_id id)
{
	if (fs_screen_command(act->screen, snap, id) ||
	    run_view(act, snap, id))
		return;
	/* What is asked of the store is to be seen. */
	act->screen->frozen = false;
	run_common(act, snap, id);
}

/*
 * Events
 */

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

	if (fs_screen_too_small(act->screen) &&
	    (cmd == NULL || !is_blind(cmd->id)))
		return;
	if (act->screen->asking) {
		prompt_key(act, snap, key);
		return;
	}
	act->screen->notice = false;
	if (cmd != NULL && cmd->where != FS_WHERE_SHELL)
		run(act, snap, cmd->id);
}

void
fs_act_paste(struct fs_act *act, const struct fs_snap *snap,
    struct fs_bytes text)
{
	if (!act->screen->asking)
		return;
	fs_prompt_paste(&act->screen->prompt, text);
	filter_as_typed(act, snap);
}

void
fs_act_mouse(struct fs_act *act, const struct fs_snap *snap, int button,
    int row, int col)
{
	if (act->screen->asking)
		return;
	act->screen->notice = false;
	if (button == 64 || button == 65)
		run(act, snap, button == 64 ? FS_CMD_UP : FS_CMD_DOWN);
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
	    .held = NO_COMMAND };
}

void
fs_act_free(struct fs_act *act)
{
	drop_held(act);
	for (int i = 0; i < FS_ASK_COUNT; i++)
		fs_history_free(&act->history[i]);
	fs_str_free(&act->copied);
	fs_str_free(&act->filter_before);
	fs_str_free(&act->load_count);
}
