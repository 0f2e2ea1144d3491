#include "ui/line.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "app/parse.h"
#include "ui/submit.h"

/* What a command of the shell carries out, and the console does not. */
static const struct {
	enum fs_cmd_id	cmd;
	enum fs_opt_id	opt;
} shell_only[] = {
	{ FS_CMD_STATE, FS_OPT_RATE }, { FS_CMD_STATE, FS_OPT_GENTLE },
	{ FS_CMD_ENTITIES, FS_OPT_LIMIT }, { FS_CMD_ENTITIES, FS_OPT_RATE },
	{ FS_CMD_ENTITIES, FS_OPT_GENTLE }, { FS_CMD_BATCH_READ, FS_OPT_ROWS },
	{ FS_CMD_AUDIT, FS_OPT_MAX_MISSING },
	{ FS_CMD_AUDIT, FS_OPT_MAX_LEAKS },
	{ FS_CMD_AUDIT, FS_OPT_MAX_STALLED }, { FS_CMD_AUDIT, FS_OPT_FAIL_ON },
	{ FS_CMD_AUDIT, FS_OPT_PROMETHEUS }, { FS_CMD_SCHEMA, FS_OPT_INFER },
	{ FS_CMD_SCHEMA, FS_OPT_SAMPLE }, { FS_CMD_SCHEMA, FS_OPT_RATE },
	{ FS_CMD_SCHEMA, FS_OPT_GENTLE }, { FS_CMD_RESET, FS_OPT_YES },
	{ FS_CMD_REPAIR, FS_OPT_YES },
};

/*
 * What is not carried out is refused
 */

/* How many words it takes beside its options, as the table has it. */
static int
most_words(const struct fs_command *cmd)
{
	const char	*at = cmd->args;
	bool		 of_option = false;	/* the word before takes one */
	int		 n = 0;

	while (*(at += strspn(at, " ")) != '\0') {
		size_t len = strcspn(at, " ");
		bool option = memmem(at, len, "--", 2) != NULL;

		if (!option && !of_option && *at != '|') {
			if (memmem(at, len, "...", 3) != NULL)
				return INT_MAX;
			n++;
		}
		of_option = option && at[len - 1] != ']';
		at += len;
	}
	return n;
}

static bool
takes_words(const struct fs_command *cmd, int argc, char **argv,
    struct fs_err *err)
{
	int most = most_words(cmd);

	if (argc - 1 <= most)
		return true;
	return fs_fail(err, FS_EUSAGE, "%s: %s: '%.40s'", cmd->name,
	    most == 0 ? "takes no argument" : "one argument too many",
	    argv[most + 1]);
}

static bool
takes_options(const struct fs_command *cmd,
    const struct fs_command_options *opt, struct fs_err *err)
{
	for (size_t i = 0; i < sizeof(shell_only) / sizeof(shell_only[0]);
	    i++) {
		enum fs_opt_id id = shell_only[i].opt;

		if (shell_only[i].cmd == cmd->id && opt->given[id])
			return fs_fail(err, FS_EUSAGE, "%s: --%s is for a "
			    "shell: fsconsole %s --%s", cmd->name,
			    fs_option_get(id)->name, cmd->name,
			    fs_option_get(id)->name);
	}
	return true;
}

/*
 * Carried out
 */

void
fs_line_request(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd, const struct fs_command_options *opt,
    int argc, char **argv)
{
	struct fs_request	*request;
	struct fs_err		 err = { 0 };

	request = fs_command_request(cmd, opt, argc, argv, snap->schema,
	    &err);
	if (request == NULL) {
		fs_submit_tell_err(act, &err);
		return;
	}
	if ((cmd->id == FS_CMD_READ && argc == 2) ||
	    (cmd->id == FS_CMD_BATCH_READ && opt->features == NULL)) {
		/* As the keys ask: for those that are chosen. */
		fs_list_clear(&request->features);
		if (!fs_submit_features(act, snap, &request->features)) {
			fs_request_free(request);
			return;
		}
	}
	fs_submit_guarded(act, snap, cmd, request);
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
		fs_submit_tell(act, true, "no feature '%s' is in the schema",
		    unknown.data);
	fs_list_free(&names);
}

static void
inspect(struct fs_act *act, const struct fs_snap *snap, const char *id)
{
	if (id == NULL)
		fs_act_inspect(act, snap);
	else if (id[0] == '\0')
		fs_submit_tell(act, true, "inspect: an empty entity");
	else
		fs_act_follow(act, snap, fs_bytes_of(id));
}

static void
tell_unknown(struct fs_act *act, const char *name)
{
	fs_submit_tell(act, true, "no command '%s'; ? lists them", name);
}

static void
help(struct fs_act *act, const char *name)
{
	struct fs_screen *screen = act->screen;
	const struct fs_command *about = name != NULL ?
	    fs_command_find(name) : NULL;

	if (name != NULL && about == NULL) {
		tell_unknown(act, name);
		return;
	}
	fs_screen_show(screen, FS_PANE_HELP);
	fs_help_fit(screen->state[FS_PANE_HELP],
	    fs_pane_whole(screen->rows, screen->cols).cols - 2);
	fs_help_about(screen->state[FS_PANE_HELP], about != NULL ?
	    about->id : FS_CMD_COUNT,
	    fs_screen_pane_rows(screen, FS_PANE_HELP));
}

static void
list_entities(struct fs_act *act, const struct fs_snap *snap,
    const char *glob)
{
	struct fs_screen *screen = act->screen;

	fs_entities_filter(screen->state[FS_PANE_ENTITIES], snap,
	    fs_bytes_of(glob != NULL ? glob : ""), glob != NULL);
	fs_session_poke(act->session);
	fs_screen_show(screen, FS_PANE_ENTITIES);
}

static void
show_schema(struct fs_act *act, const struct fs_snap *snap)
{
	struct fs_str text = { 0 };

	fs_options_show_schema(snap->schema, &text);
	fs_value_show_text(act->screen->state[FS_PANE_VALUE],
	    "the schema in force", &text);
	fs_screen_show(act->screen, FS_PANE_VALUE);
	fs_str_free(&text);
}

/* Commands whose arguments are for the screen; false: it is none of them. */
static bool
screen_line(struct fs_act *act, const struct fs_snap *snap,
    const struct fs_command *cmd, const struct fs_command_options *opt,
    int argc, char **argv)
{
	struct fs_screen *screen = act->screen;

	switch (cmd->id) {
	case FS_CMD_INSPECT:
		inspect(act, snap, argv[1]);
		return true;
	case FS_CMD_FILTER:
		fs_entities_filter(screen->state[FS_PANE_ENTITIES], snap,
		    fs_bytes_of(argc > 1 ? argv[1] : ""), false);
		fs_screen_show(screen, FS_PANE_ENTITIES);
		return true;
	case FS_CMD_FEATURES:
		if (argc > 1)
			choose_features(act, snap, argc, argv);
		else
			fs_act_run(act, snap, FS_CMD_FEATURES);
		return true;
	case FS_CMD_HELP:
		help(act, argv[1]);
		return true;
	case FS_CMD_STATE:
		fs_session_poke(act->session);
		fs_screen_show(screen, FS_PANE_STORE);
		return true;
	case FS_CMD_ENTITIES:
		list_entities(act, snap, opt->match);
		return true;
	case FS_CMD_SCHEMA:
		show_schema(act, snap);
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
	struct fs_err err = { 0 };

	if (cmd == NULL)
		tell_unknown(act, argv[0]);
	else if (cmd->where == FS_WHERE_SHELL)
		fs_submit_tell(act, true,
		    "%s is a command of the shell: fsconsole %s", cmd->name,
		    cmd->name);
	else if (!takes_words(cmd, argc, argv, &err) ||
	    !takes_options(cmd, opt, &err))
		fs_submit_tell_err(act, &err);
	else if (screen_line(act, snap, cmd, opt, argc, argv))
		return;
	else if (cmd->where == FS_WHERE_CONSOLE)
		fs_act_run(act, snap, cmd->id);
	else if (cmd->id == FS_CMD_READ && argc == 1)
		fs_act_run(act, snap, cmd->id);
	else
		fs_line_request(act, snap, cmd, opt, argc, argv);
}

void
fs_line_run(struct fs_act *act, const struct fs_snap *snap, const char *line)
{
	struct fs_command_options opt;
	struct fs_err	err = { 0 };
	char		**argv = NULL;
	int		argc = 0;

	if (!fs_parse_line(line, &opt, &argc, &argv, &err)) {
		fs_submit_tell_err(act, &err);
		return;
	}
	if (argc > 0)
		run_words(act, snap, &opt, argc, argv);
	free(argv);
	fs_command_options_free(&opt);
}

/* The command's name as far as it is clear. */
void
fs_line_complete(struct fs_prompt *prompt)
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
