#include "ui/ask.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "ui/line.h"
#include "ui/part.h"
#include "ui/submit.h"

#define LOAD_COUNT	"200"
#define BATCH_COUNT	"100"
#define LEAST_WHERE	12	/* columns of the server in a label */

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

static const char *
target(const struct fs_act *act, const struct fs_snap *snap)
{
	const struct fs_server *server = snap->store.server;

	return server != NULL && server->where[0] != '\0' ? server->where :
	    act->screen->where;
}

/* What is left of a line for where the server is, and ":". */
static int
rest_for_where(const struct fs_act *act, const struct fs_str *label, int room)
{
	return act->screen->cols - 2 - room - 1 -
	    (int)fs_escape_width(fs_str_bytes(label), act->screen->utf8);
}

/*
 * All of the line, for what counts in it is where one is about to write. In
 * brief where that would be cut to nothing.
 */
static void
ask_prefix(struct fs_act *act, const struct fs_snap *snap, enum fs_ask what,
    const char *why, const char *brief)
{
	struct fs_bytes	prefix = fs_bytes_of(snap->schema->prefix);
	struct fs_str	label = { 0 };
	bool		utf8 = act->screen->utf8;
	int		room = (int)fs_escape_width(prefix, utf8) + 2, rest;

	fs_str_addf(&label, "Type %s to %s ", prefix.data, why);
	if (rest_for_where(act, &label, room) < LEAST_WHERE) {
		fs_str_clear(&label);
		fs_str_addf(&label, "Type %s to %s ", prefix.data, brief);
	}
	rest = rest_for_where(act, &label, room);
	if (snap->demo)
		fs_str_add_text(&label, "the demo");
	else
		fs_part_where(&label, target(act, snap), rest > LEAST_WHERE ?
		    rest : LEAST_WHERE, utf8);
	fs_str_add_text(&label, ":");
	ask(act, what, label.data, fs_bytes("", 0));
	act->screen->prompt.room = room;
	fs_str_free(&label);
}

void
fs_ask_command(struct fs_act *act)
{
	ask(act, FS_ASK_COMMAND, ":", fs_bytes("", 0));
}

void
fs_ask_load(struct fs_act *act, const struct fs_snap *snap)
{
	if (!fs_submit_may(act, snap, fs_command_get(FS_CMD_BULK_LOAD)))
		return;
	ask(act, FS_ASK_LOAD_COUNT, "Entities to load:",
	    last_answer(act, FS_ASK_LOAD_COUNT, LOAD_COUNT));
}

void
fs_ask_batch(struct fs_act *act)
{
	ask(act, FS_ASK_BATCH_COUNT, "Entities to read at random:",
	    last_answer(act, FS_ASK_BATCH_COUNT, BATCH_COUNT));
}

void
fs_ask_unlock(struct fs_act *act, const struct fs_snap *snap)
{
	ask_prefix(act, snap, FS_ASK_UNLOCK, "unlock writes on",
	    "unlock");
}

void
fs_ask_destroy(struct fs_act *act, const struct fs_snap *snap)
{
	ask_prefix(act, snap, FS_ASK_DESTROY, "delete all entities of",
	    "delete all of");
}

static void
add_count(struct fs_str *out, uint64_t n, const char *what, const char *more)
{
	char buf[32];

	fs_str_addf(out, "%s %s%s%s", fs_num_show_count(buf, sizeof(buf),
	    (int64_t)n), what, n == 1 ? "" : "s", more);
}

/* What it would do is known: it is asked whether to. */
static void
ask_repair(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_answer *found)
{
	uint64_t orphans = act->counted->delete_orphans ? found->orphans : 0;
	struct fs_str why = { 0 };

	if (found->leaks + found->keys_without_ttl + orphans == 0) {
		fs_request_free(act->counted);
		fs_submit_tell(act, false, "there is nothing to repair");
	} else {
		fs_str_add_text(&why, "repair ");
		add_count(&why, found->leaks, "leak", "");
		fs_str_add_text(&why, ", ");
		add_count(&why, found->keys_without_ttl, "key",
		    " without TTL");
		if (orphans > 0) {
			fs_str_add_text(&why, ", delete ");
			add_count(&why, orphans, "orphan", "");
		}
		fs_str_add_text(&why, " on");
		fs_submit_drop_held(act);
		act->held = FS_CMD_REPAIR;
		act->held_request = act->counted;
		ask_prefix(act, snap, FS_ASK_DESTROY, why.data,
		    why.data);
		fs_str_free(&why);
	}
	act->counted = NULL;
}

void
fs_ask_counted(struct fs_act *act, const struct fs_snap *snap)
{
	const struct fs_answer *job = snap->job;

	if (act->counted == NULL || act->screen->asking || job == NULL ||
	    job->id < act->counting || job->kind != FS_ANSWER_DONE)
		return;
	if (job->id == act->counting && job->err.code == FS_OK) {
		ask_repair(act, snap, job);
		return;
	}
	/* It failed, and that was said, or another job came after it. */
	fs_request_free(act->counted);
	act->counted = NULL;
}

void
fs_ask_filter(struct fs_act *act)
{
	void *entities = act->screen->state[FS_PANE_ENTITIES];

	fs_screen_show(act->screen, FS_PANE_ENTITIES);
	fs_str_clear(&act->filter_before);
	fs_str_add_bytes(&act->filter_before, fs_entities_filtered(entities));
	act->glob_before = fs_entities_matched(entities);
	ask(act, FS_ASK_FILTER, "Ids that hold:",
	    fs_entities_filtered(entities));
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
	act->held = FS_HELD_NOTHING;
	if (request != NULL)
		fs_submit_guarded(act, snap, fs_command_get(id), request);
	else if (id != FS_HELD_NOTHING)
		fs_act_run(act, snap, id);
}

static void
accept_unlock(struct fs_act *act, const struct fs_snap *snap,
    const char *text)
{
	struct fs_err err = { 0 };

	if (!fs_guard_unlock(fs_session_guard(act->session), text, &err)) {
		fs_submit_drop_held(act);
		fs_submit_tell_err(act, &err);
		return;
	}
	fs_log(FS_LOG_INFO, "writes: unlocked");
	fs_submit_tell(act, false, "writes are unlocked; W locks them again");
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
		fs_submit_tell(act, true,
		    "that is not the prefix: nothing is changed");
	} else {
		fs_submit(act, request != NULL ? request :
		    fs_request_new(FS_OP_RESET));
	}
	act->held = FS_HELD_NOTHING;
}

/* As the command does it, with these options. */
static void
run_with(struct fs_act *act, const struct fs_snap *snap, enum fs_cmd_id id,
    const struct fs_command_options *opt)
{
	const struct fs_command *cmd = fs_command_get(id);
	char *argv[] = { fs_xstrdup(cmd->name), NULL };

	fs_line_request(act, snap, cmd, opt, 1, argv);
	free(argv[0]);
}

static bool
whole(const struct fs_str *text, int64_t *n)
{
	return fs_num_i64(fs_str_bytes(text), 1, INT64_MAX, n);
}

static bool
ttl(const struct fs_str *text, int64_t *ms)
{
	return fs_num_duration(fs_str_bytes(text), ms) && *ms > 0 &&
	    *ms <= FS_TTL_MAX_MS;
}

static void
accept_load(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_str *text)
{
	struct fs_command_options opt;

	fs_history_add(&act->history[FS_ASK_LOAD_COUNT],
	    fs_str_bytes(&act->load_count));
	fs_command_options_init(&opt);
	opt.given[FS_OPT_COUNT] = whole(&act->load_count, &opt.count);
	opt.given[FS_OPT_TTL] = ttl(text, &opt.ttl_ms);
	run_with(act, snap, FS_CMD_BULK_LOAD, &opt);
}

static void
accept_batch(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_str *text)
{
	struct fs_command_options opt;

	fs_command_options_init(&opt);
	opt.given[FS_OPT_COUNT] = whole(text, &opt.count);
	run_with(act, snap, FS_CMD_BATCH_READ, &opt);
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

/* Why this is no answer to what is asked; NULL: it is one. */
static const char *
refusal(enum fs_ask what, const struct fs_str *text)
{
	int64_t n;

	switch (what) {
	case FS_ASK_LOAD_COUNT:
	case FS_ASK_BATCH_COUNT:
		return whole(text, &n) ? NULL : "not a whole number from 1 on";
	case FS_ASK_LOAD_TTL:
		return ttl(text, &n) ? NULL : "not a time as 90s, 5m or 24h";
	default:
		return NULL;
	}
}

/*
 * What is earlier answers' own: the prefix is to be typed, and a count counts
 * only with the rest of the load.
 */
static bool
is_kept(enum fs_ask what)
{
	return what != FS_ASK_UNLOCK && what != FS_ASK_DESTROY &&
	    what != FS_ASK_LOAD_COUNT;
}

static void
accept(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_str	text = { 0 };
	enum fs_ask	what = act->ask;
	const char	*why = refusal(what, &act->screen->prompt.text);

	if (why != NULL) {
		fs_prompt_refuse(&act->screen->prompt, why);
		return;
	}
	/* The prompt may be opened anew for what comes next. */
	fs_str_add_bytes(&text, fs_str_bytes(&act->screen->prompt.text));
	act->screen->asking = false;
	if (is_kept(what))
		fs_history_add(&act->history[what], fs_str_bytes(&text));
	switch (what) {
	case FS_ASK_COMMAND:
		fs_line_run(act, snap, text.data);
		break;
	case FS_ASK_LOAD_COUNT:
		ask_ttl(act, snap, &text);
		break;
	case FS_ASK_LOAD_TTL:
		accept_load(act, snap, &text);
		break;
	case FS_ASK_BATCH_COUNT:
		accept_batch(act, snap, &text);
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
		    snap, fs_str_bytes(&act->screen->prompt.text), false);
}

/* Without a trace. */
static void
leave(struct fs_act *act, const struct fs_snap *snap)
{
	act->screen->asking = false;
	fs_submit_drop_held(act);
	if (act->ask == FS_ASK_FILTER)
		fs_entities_filter(act->screen->state[FS_PANE_ENTITIES],
		    snap, fs_str_bytes(&act->filter_before),
		    act->glob_before);
}

void
fs_ask_key(struct fs_act *act, const struct fs_snap *snap, int key)
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
			fs_line_complete(&act->screen->prompt);
		break;
	default:
		filter_as_typed(act, snap);
		break;
	}
}

void
fs_ask_paste(struct fs_act *act, const struct fs_snap *snap,
    struct fs_bytes text)
{
	fs_prompt_paste(&act->screen->prompt, text);
	filter_as_typed(act, snap);
}
