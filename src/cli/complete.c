/* Completion scripts for bash and zsh. */
#include "cli/help.h"

#include <string.h>

#include "model/audit.h"

/* What an option's argument can be. */
enum arg { ARG_NONE, ARG_ANY, ARG_FILE, ARG_FOLDER, ARG_WORDS };

static enum arg
arg_of(const struct fs_option *opt, struct fs_str *words)
{
	fs_str_clear(words);
	if (opt->arg[0] == '\0')
		return ARG_NONE;
	if (strcmp(opt->arg, "FILE") == 0 || strcmp(opt->arg, "PATH") == 0)
		return ARG_FILE;
	if (strcmp(opt->arg, "DIR") == 0)
		return ARG_FOLDER;
	if (strcmp(opt->arg, "WHEN") == 0)
		fs_str_add_text(words, "auto always never");
	if (strcmp(opt->arg, "FORMAT") == 0)
		fs_str_add_text(words, "csv ndjson");
	for (int kind = 0; opt->id == FS_OPT_FAIL_ON && kind < FS_V_COUNT;
	    kind++)
		fs_str_addf(words, "%s%s", kind == 0 ? "" : " ",
		    fs_violation_name((enum fs_violation)kind));
	return words->len != 0 ? ARG_WORDS : ARG_ANY;
}

/* In single quotes; a quote ends them, stands escaped, begins them again. */
static void
add_quoted(struct fs_out *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fs_out_text(out, "'\\''");
		else
			fs_out_raw(out, text, 1);
	}
}

/*
 * bash
 */

/* The patterns of a case: -u|--uri|... of options whose argument is so. */
static void
options_pattern(struct fs_out *out, enum arg arg, const struct fs_str *words)
{
	struct fs_str	own = { 0 };
	const char	*bar = "";

	for (int id = 0; id < FS_OPTS_END; id++) {
		const struct fs_option *opt =
		    fs_option_get((enum fs_opt_id)id);

		if (arg_of(opt, &own) != arg || (words != NULL &&
		    !fs_bytes_eq(fs_str_bytes(words), fs_str_bytes(&own))))
			continue;
		if (opt->letter != 0)
			fs_out_printf(out, "%s-%c", bar, opt->letter);
		bar = opt->letter != 0 ? "|" : bar;
		fs_out_printf(out, "%s--%s", bar, opt->name);
		bar = "|";
	}
	fs_str_free(&own);
}

/* The options whose value may be the next word. */
static void
with_value_pattern(struct fs_out *out)
{
	options_pattern(out, ARG_FILE, NULL);
	fs_out_text(out, "|");
	options_pattern(out, ARG_FOLDER, NULL);
	fs_out_text(out, "|");
	options_pattern(out, ARG_WORDS, NULL);
	fs_out_text(out, "|");
	options_pattern(out, ARG_ANY, NULL);
}

static void
bash_case(struct fs_out *out, enum arg arg, const char *action)
{
	fs_out_text(out, "\t");
	options_pattern(out, arg, NULL);
	fs_out_printf(out, ")\n\t\t%s ;;\n", action);
}

/* A case for each set of words that an argument can be. */
static void
bash_word_cases(struct fs_out *out)
{
	struct fs_list	done = { 0 };
	struct fs_str	words = { 0 };

	for (int id = 0; id < FS_OPTS_END; id++) {
		const struct fs_option *opt =
		    fs_option_get((enum fs_opt_id)id);

		if (arg_of(opt, &words) != ARG_WORDS ||
		    fs_list_find(&done, fs_str_bytes(&words)) != -1)
			continue;
		fs_list_add(&done, fs_str_bytes(&words));
		fs_out_text(out, "\t");
		options_pattern(out, ARG_WORDS, &words);
		fs_out_printf(out, ")\n\t\twords='%s' ;;\n", words.data);
	}
	fs_list_free(&done);
	fs_str_free(&words);
}

static void
bash_options(struct fs_out *out, const struct fs_command *cmd)
{
	for (int i = 0; i < FS_OPTS_END; i++) {
		enum fs_opt_id id = (enum fs_opt_id)i;
		const struct fs_option *opt = fs_option_get(id);

		if (cmd == NULL ? opt->group == FS_OPTS_COMMAND :
		    !fs_command_takes(cmd, id))
			continue;
		fs_out_printf(out, " --%s", opt->name);
	}
}

/* A command that the shell offers, with_options: and that takes some. */
static const struct fs_command *
offered(int id, bool with_options)
{
	const struct fs_command *cmd = fs_command_get((enum fs_cmd_id)id);

	if (!fs_command_in_shell(cmd) ||
	    (with_options && strstr(cmd->args, "--") == NULL))
		return NULL;
	return cmd;
}

static void
bash_commands(struct fs_out *out)
{
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd = offered(id, false);

		if (cmd != NULL)
			fs_out_printf(out, " %s", cmd->name);
	}
}

static void
bash_command_cases(struct fs_out *out)
{
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd = offered(id, true);

		if (cmd == NULL)
			continue;
		fs_out_printf(out, "\t%s)\n\t\tprintf '%%s '", cmd->name);
		bash_options(out, cmd);
		fs_out_text(out, " ;;\n");
	}
}

static void
bash_value(struct fs_out *out)
{
	fs_out_text(out,
	    "# The argument of option $1, of which $2 is there.\n"
	    "_fsconsole_value()\n{\n"
	    "\tlocal words=''\n\n"
	    "\tcase $1 in\n");
	bash_case(out, ARG_FILE, "compopt -o filenames\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$2\")");
	bash_case(out, ARG_FOLDER, "compopt -o filenames\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$2\")");
	bash_word_cases(out);
	fs_out_text(out,
	    "\tesac\n"
	    "\t[[ -z $words ]] ||\n"
	    "\t    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$2\")\n"
	    "}\n\n");
}

static void
bash_main(struct fs_out *out)
{
	fs_out_text(out,
	    "_fsconsole()\n{\n"
	    "\tlocal i word option='' command='' words\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n\n"
	    "\tCOMPREPLY=()\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tword=${COMP_WORDS[i]}\n"
	    "\t\tif [[ $word == = ]]; then\n\t\t\tcontinue\n"
	    "\t\telif [[ -n $option ]]; then\n\t\t\toption=''\n"
	    "\t\telif _fsconsole_takes_value \"$word\"; then\n"
	    "\t\t\toption=$word\n"
	    "\t\telif [[ $word != -* && -z $command ]]; then\n"
	    "\t\t\tcommand=$word\n"
	    "\t\tfi\n\tdone\n"
	    "\t[[ $cur != = ]] || cur=''\n"
	    "\tif [[ -n $option ]]; then\n"
	    "\t\t_fsconsole_value \"$option\" \"$cur\"\n"
	    "\t\treturn\n\tfi\n"
	    "\tif [[ $cur == -* ]]; then\n"
	    "\t\twords=\"$(_fsconsole_options \"$command\")");
	bash_options(out, NULL);
	fs_out_text(out, "\"\n"
	    "\telif [[ -z $command || $command == help ]]; then\n"
	    "\t\twords='");
	bash_commands(out);
	fs_out_text(out, "'\n\telse\n\t\treturn\n\tfi\n"
	    "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	    "}\n\ncomplete -F _fsconsole fsconsole\n");
}

static void
complete_bash(struct fs_out *out)
{
	fs_out_text(out, "# Completion of fsconsole for bash, made from its "
	    "tables.\n# shellcheck shell=bash\n\n"
	    "_fsconsole_takes_value()\n{\n\tcase $1 in\n\t");
	with_value_pattern(out);
	fs_out_text(out, ")\n\t\treturn 0 ;;\n\tesac\n\treturn 1\n}\n\n"
	    "# The options of a command.\n"
	    "_fsconsole_options()\n{\n\tcase $1 in\n");
	bash_command_cases(out);
	fs_out_text(out, "\tesac\n}\n\n");
	bash_value(out);
	bash_main(out);
}

/*
 * zsh
 */

/* The help of an option stands in brackets. */
static void
zsh_explain(struct fs_out *out, const char *text)
{
	fs_out_text(out, "[");
	for (; *text != '\0'; text++) {
		if (*text == '[' || *text == ']')
			fs_out_text(out, "\\");
		if (*text == '\'')
			fs_out_text(out, "'\\''");
		else
			fs_out_raw(out, text, 1);
	}
	fs_out_text(out, "]");
}

static void
zsh_argument(struct fs_out *out, const struct fs_option *opt)
{
	struct fs_str	words = { 0 };
	enum arg	arg = arg_of(opt, &words);

	if (arg != ARG_NONE)
		fs_out_printf(out, ":%s:", opt->arg);
	if (arg == ARG_FILE)
		fs_out_text(out, "_files");
	else if (arg == ARG_FOLDER)
		fs_out_text(out, "_files -/");
	else if (arg == ARG_WORDS)
		fs_out_printf(out, "(%s)", words.data);
	fs_str_free(&words);
}

static void
zsh_option(struct fs_out *out, const struct fs_option *opt)
{
	const char *equals = opt->arg[0] != '\0' ? "=" : "";

	if (opt->letter != 0) {
		fs_out_printf(out, "\t\t'-%c%s", opt->letter,
		    opt->arg[0] != '\0' ? "+" : "");
		zsh_explain(out, opt->help);
		zsh_argument(out, opt);
		fs_out_text(out, "'\n");
	}
	fs_out_printf(out, "\t\t'--%s%s", opt->name, equals);
	zsh_explain(out, opt->help);
	zsh_argument(out, opt);
	fs_out_text(out, "'\n");
}

static void
zsh_options(struct fs_out *out, const struct fs_command *cmd)
{
	for (int i = 0; i < FS_OPTS_END; i++) {
		enum fs_opt_id id = (enum fs_opt_id)i;
		const struct fs_option *opt = fs_option_get(id);

		if (cmd == NULL ? opt->group != FS_OPTS_COMMAND :
		    fs_command_takes(cmd, id))
			zsh_option(out, opt);
	}
}

static void
zsh_commands(struct fs_out *out)
{
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd = offered(id, false);

		if (cmd == NULL)
			continue;
		fs_out_printf(out, "\t\t'%s:", cmd->name);
		add_quoted(out, cmd->help);
		fs_out_text(out, "'\n");
	}
}

static void
zsh_command_cases(struct fs_out *out)
{
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd = offered(id, true);

		if (cmd == NULL)
			continue;
		fs_out_printf(out, "\t%s)\n\t\toptions+=(\n", cmd->name);
		zsh_options(out, cmd);
		fs_out_text(out, "\t\t) ;;\n");
	}
}

static void
complete_zsh(struct fs_out *out)
{
	fs_out_text(out, "#compdef fsconsole\n"
	    "# Completion of fsconsole for zsh, made from its tables.\n\n"
	    "_fsconsole_commands() {\n\tlocal -a commands=(\n");
	zsh_commands(out);
	fs_out_text(out, "\t)\n\t_describe command commands\n}\n\n"
	    "_fsconsole() {\n\tlocal command\n\tlocal -i i\n"
	    "\tlocal -a options=(\n");
	zsh_options(out, NULL);
	fs_out_text(out, "\t)\n\n"
	    "\tfor ((i = 2; i < CURRENT; i++)); do\n"
	    "\t\tcase ${words[i]} in\n\t\t(");
	with_value_pattern(out);
	fs_out_text(out, ")\n\t\t\ti+=1 ;;\n"
	    "\t\t(-*) ;;\n"
	    "\t\t(*)\n\t\t\tcommand=${words[i]}\n"
	    "\t\t\tbreak ;;\n\t\tesac\n\tdone\n"
	    "\tcase $command in\n");
	zsh_command_cases(out);
	fs_out_text(out, "\thelp)\n"
	    "\t\t_arguments -S $options '*:command:_fsconsole_commands'\n"
	    "\t\treturn ;;\n\tesac\n"
	    "\t_arguments -S $options '1:command:_fsconsole_commands' "
	    "'*: :()'\n}\n\n_fsconsole \"$@\"\n");
}

bool
fs_help_completion(struct fs_out *out, const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		complete_bash(out);
	else if (strcmp(shell, "zsh") == 0)
		complete_zsh(out);
	else
		return false;
	return true;
}
