#include "ui/line.h"

#include <stdlib.h>

#include "app/parse.h"
#include "ui/submit.h"

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
			fs_act_inspect(act, snap);
		return true;
	case FS_CMD_FILTER:
		fs_entities_filter(screen->state[FS_PANE_ENTITIES], snap,
		    fs_bytes_of(argc > 1 ? argv[1] : ""));
		return true;
	case FS_CMD_FEATURES:
		if (argc > 1)
			choose_features(act, snap, argc, argv);
		else
			fs_act_run(act, snap, FS_CMD_FEATURES);
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
		fs_submit_tell(act, false, "from a shell: fsconsole schema");
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
		fs_submit_tell(act, true, "no command '%s'; ? lists them",
		    argv[0]);
	else if (cmd->where == FS_WHERE_SHELL)
		fs_submit_tell(act, true,
		    "%s is a command of the shell: fsconsole %s", cmd->name,
		    cmd->name);
	else if (screen_line(act, snap, cmd, argc, argv))
		return;
	else if (cmd->where == FS_WHERE_CONSOLE)
		fs_act_run(act, snap, cmd->id);
	else if (cmd->id == FS_CMD_READ && argc == 1)
		fs_act_run(act, snap, cmd->id);
	else
		request_line(act, snap, cmd, opt, argc, argv);
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
