#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/notice.h"
#include "cli/usage.h"

#define COLUMNS		80
#define NAME_COLUMN	18	/* where the help of a command begins */
#define OPTION_COLUMN	30	/* where that of an option does */
#define USAGE_COLUMN	10	/* where more arguments stand */

static const char *const option_groups[] = {
	[FS_OPTS_WHERE] = "Where Redis is",
	[FS_OPTS_HOLDS] = "What the store holds",
	[FS_OPTS_BEHAVES] = "How fsconsole behaves",
	[FS_OPTS_COMMAND] = "Options of single commands",
};

/*
 * Lines of 80 columns
 */

/*
 * Text in words from the column given on; where more follow, from indent.
 * Returns the column after it.
 */
static size_t
add_words(struct fs_out *out, const char *text, size_t column, size_t indent)
{
	bool first = true;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (!first && column + 1 + len > COLUMNS) {
			fs_out_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			fs_out_text(out, " ");
			column++;
		}
		fs_out_raw(out, text, len);
		column += len;
		text += len;
		text += strspn(text, " ");
		first = false;
	}
	return column;
}

/* What is left of a line's first column, then the text in the second. */
static void
add_entry(struct fs_out *out, const char *name, const char *text,
    size_t column)
{
	size_t len = strlen(name);

	fs_out_text(out, name);
	if (len + 2 > column) {
		fs_out_text(out, "\n");
		len = 0;
	}
	fs_out_printf(out, "%*s", (int)(column - len), "");
	add_words(out, text, column, column);
	fs_out_text(out, "\n");
}

static void
add_title(struct fs_out *out, const char *title)
{
	fs_out_text(out, "\n");
	fs_out_look(out, FS_LOOK_BOLD, title);
	fs_out_text(out, "\n");
}

/*
 * Options
 */

static void
add_option(struct fs_out *out, const struct fs_option *opt)
{
	char name[64], letter[8] = "    ";

	if (opt->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", opt->letter);
	snprintf(name, sizeof(name), "  %s--%s%s%s", letter, opt->name,
	    opt->arg[0] != '\0' ? " " : "", opt->arg);
	add_entry(out, name, opt->help, OPTION_COLUMN);
}

static void
add_options(struct fs_out *out, enum fs_opt_group group)
{
	add_title(out, option_groups[group]);
	for (int id = 0; id < FS_OPTS_END; id++) {
		const struct fs_option *opt =
		    fs_option_get((enum fs_opt_id)id);

		if (opt->group == group)
			add_option(out, opt);
	}
}

/*
 * Commands
 */

static bool
has_shell_commands(enum fs_cmd_group group)
{
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd =
		    fs_command_get((enum fs_cmd_id)id);

		if (cmd->group == group && fs_command_in_shell(cmd))
			return true;
	}
	return false;
}

static void
add_commands(struct fs_out *out, enum fs_cmd_group group)
{
	char name[32];

	if (!has_shell_commands(group))
		return;
	add_title(out, fs_group_name(group));
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd =
		    fs_command_get((enum fs_cmd_id)id);

		if (cmd->group != group || !fs_command_in_shell(cmd))
			continue;
		snprintf(name, sizeof(name), "  %s", cmd->name);
		add_entry(out, name, cmd->help, NAME_COLUMN);
	}
}

void
fs_help_all(struct fs_out *out)
{
	fs_out_text(out,
	    "Usage: fsconsole [OPTION]...                   the console\n"
	    "       fsconsole [OPTION]... COMMAND [ARG]...  one operation\n");
	for (int group = 0; group < FS_GROUP_COUNT; group++)
		add_commands(out, (enum fs_cmd_group)group);
	for (int group = 0; group < FS_OPTS_COMMAND; group++)
		add_options(out, (enum fs_opt_group)group);
	fs_out_text(out, "\n\"fsconsole help COMMAND\" shows a command's own "
	    "options, \"man fsconsole\" all.\n"
	    "Durations D: 90 (seconds), 500ms, 90s, 5m, 24h, 2d.\n");
}

/* Elements are kept whole unless one alone is longer than a line. */
static void
add_usage(struct fs_out *out, const struct fs_command *cmd)
{
	struct fs_bytes	rest = fs_bytes_of(cmd->args), element;
	struct fs_str	text = { 0 };
	size_t		column;

	fs_out_printf(out, "Usage: fsconsole %s", cmd->name);
	column = strlen("Usage: fsconsole ") + strlen(cmd->name);
	while (fs_usage_element(&rest, &element)) {
		if (column + 1 + element.len > COLUMNS) {
			fs_out_printf(out, "\n%*s", USAGE_COLUMN, "");
			column = USAGE_COLUMN;
		}
		fs_out_text(out, " ");
		fs_str_clear(&text);
		fs_str_add_bytes(&text, element);
		column = add_words(out, text.data, column + 1,
		    USAGE_COLUMN + 2);
	}
	fs_str_free(&text);
	fs_out_text(out, "\n");
}

static void
add_own_options(struct fs_out *out, const struct fs_command *cmd)
{
	bool any = false;

	for (int i = 0; i < FS_OPTS_END; i++) {
		enum fs_opt_id id = (enum fs_opt_id)i;

		if (!fs_command_takes(cmd, id))
			continue;
		if (!any)
			add_title(out, "Options");
		any = true;
		add_option(out, fs_option_get(id));
	}
}

void
fs_help_command(struct fs_out *out, const struct fs_command *cmd)
{
	char	    buf[16];
	const char *key = fs_command_key_name(cmd, buf);

	if (fs_command_in_shell(cmd)) {
		add_usage(out, cmd);
		fs_out_text(out, "\n");
	}
	fs_out_text(out, cmd->help);
	fs_out_text(out, ".\n");
	if (cmd->where != FS_WHERE_SHELL && key[0] != '\0')
		fs_out_printf(out, "%s key in the console: %s\n",
		    fs_command_in_shell(cmd) ? "Its" : "A", key);
	add_own_options(out, cmd);
}

/*
 * What is asked for
 */

static int
fail(const char *what, const char *name)
{
	struct fs_err err = { 0 };

	fs_fail(&err, FS_EUSAGE, "help: %s '%s'", what, name);
	return fs_notice_fail(&err);
}

static bool
is_list(const char *word)
{
	return strcmp(word, "mdoc") == 0 || strcmp(word, "completion") == 0;
}

/* The lists for the build; arguments are mdoc LIST, completion SHELL. */
static int
run_list(struct fs_out *out, const char *kind, const char *which)
{
	if (strcmp(kind, "mdoc") == 0)
		return fs_help_mdoc(out, which) ? 0 :
		    fail("no list of the manual", which);
	return fs_help_completion(out, which) ? 0 :
	    fail("no completion for", which);
}

/*
 * argv is what follows "help", or with --help a command and what else stands
 * there, which does not matter.
 */
int
fs_help_run(struct fs_out *out, const struct fs_options *opt)
{
	const struct fs_command *cmd;
	char	**argv = opt->argv + !opt->help;
	int	  argc = opt->argc - !opt->help;

	if (argc == 2 && is_list(argv[0]))
		return run_list(out, argv[0], argv[1]);
	if (argc > 1 && !opt->help)
		return fail("one argument too many:", argv[1]);
	if (argc == 0) {
		fs_help_all(out);
		return 0;
	}
	cmd = fs_command_find(argv[0]);
	if (cmd == NULL)
		return fail("unknown command", argv[0]);
	fs_help_command(out, cmd);
	return 0;
}

int
fs_help_version(struct fs_out *out)
{
	fs_out_text(out, PACKAGE_NAME " " PACKAGE_VERSION "\n"
	    FS_FEATURES_TEXT);
	return 0;
}
