/* Lists of the manual, in mdoc(7). */
#include "cli/help.h"

#include <ctype.h>
#include <string.h>

#include "app/acl.h"
#include "cli/usage.h"

#define ACL_COLUMNS	64	/* indented in the manual */

/* Text in which mdoc would see escapes or, at its beginning, macros. */
static void
add_text(struct fs_out *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fs_out_text(out, "\\&");
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fs_out_text(out, "\\e");
		else
			fs_out_raw(out, text, 1);
	}
}

/* A help line as a sentence: its end is a line's end. */
static void
add_sentence(struct fs_out *out, const char *text)
{
	add_text(out, text);
	fs_out_text(out, ".\n");
}

/* One token of an element as macros. */
static void
add_token(struct fs_out *out, struct fs_bytes token)
{
	char c = token.data[0];

	if (c == '[' || c == ']') {
		fs_out_text(out, c == '[' ? "Oo" : "Oc");
		return;
	}
	if (c == '-' && token.len > 2) {
		fs_out_text(out, "Fl -");
		token = fs_bytes(token.data + 2, token.len - 2);
	} else if (isupper((unsigned char)c)) {
		fs_out_text(out, "Ar ");
	}
	fs_out_raw(out, token.data, token.len);
}

/* A line of the manual; the brackets around it are those of Op. */
static void
add_element(struct fs_out *out, struct fs_bytes element)
{
	struct fs_bytes	token;
	char		before = '[';	/* what the last token began with */
	bool		glued;

	fs_out_text(out, ".");
	if (element.data[0] == '[') {
		fs_out_text(out, "Op ");
		element = fs_bytes(element.data + 1, element.len - 2);
	}
	for (bool first = true; fs_usage_token(&element, &token, &glued);
	    first = false) {
		if (!first)
			fs_out_text(out, " ");
		if (!first && glued && before != '[' && token.data[0] != ']')
			fs_out_text(out, "Ns ");
		add_token(out, token);
		before = token.data[0];
	}
	fs_out_text(out, "\n");
}

static void
add_command(struct fs_out *out, const struct fs_command *cmd)
{
	struct fs_bytes rest = fs_bytes_of(cmd->args), element;

	fs_out_printf(out, ".It Xo\n.Ic %s\n", cmd->name);
	while (fs_usage_element(&rest, &element))
		add_element(out, element);
	fs_out_text(out, ".Xc\n");
	add_sentence(out, cmd->help);
}

static void
list_commands(struct fs_out *out)
{
	fs_out_text(out, ".Bl -tag -width Ds\n");
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd =
		    fs_command_get((enum fs_cmd_id)id);

		if (fs_command_in_shell(cmd))
			add_command(out, cmd);
	}
	fs_out_text(out, ".El\n");
}

static void
add_option(struct fs_out *out, const struct fs_option *opt)
{
	const char *eq = strchr(opt->arg, '=');

	fs_out_text(out, ".It");
	if (opt->letter != 0)
		fs_out_printf(out, " Fl %c ,", opt->letter);
	fs_out_printf(out, " Fl -%s", opt->name);
	if (eq != NULL)
		fs_out_printf(out, " Ar %.*s Ns = Ns Ar %s",
		    (int)(eq - opt->arg), opt->arg, eq + 1);
	else if (opt->arg[0] != '\0')
		fs_out_printf(out, " Ar %s", opt->arg);
	fs_out_text(out, "\n");
	add_sentence(out, opt->help);
}

static void
list_options(struct fs_out *out, enum fs_opt_group group)
{
	fs_out_text(out, ".Bl -tag -width Ds\n");
	for (int id = 0; id < FS_OPTS_END; id++) {
		const struct fs_option *opt =
		    fs_option_get((enum fs_opt_id)id);

		if (opt->group == group)
			add_option(out, opt);
	}
	fs_out_text(out, ".El\n");
}

static void
list_keys(struct fs_out *out)
{
	char buf[16];

	fs_out_text(out, ".Bl -tag -width Shift-Tab -compact\n");
	for (int id = 0; id < FS_CMD_COUNT; id++) {
		const struct fs_command *cmd =
		    fs_command_get((enum fs_cmd_id)id);
		const char *key = fs_command_key_name(cmd, buf);

		if (key[0] == '\0')
			continue;
		fs_out_printf(out, ".It Ql %s%s%s\n",
		    isalnum((unsigned char)key[0]) ? "" : "\\&",
		    key[0] == '-' ? "\\" : "", key);
		add_sentence(out, cmd->help);
	}
	fs_out_text(out, ".El\n");
}

/* A rule that a shell would change stands in quotes. */
static void
add_rule(struct fs_str *line, struct fs_bytes rule)
{
	bool	quote = false;

	for (size_t i = 0; i < rule.len; i++)
		quote |= strchr("|~*?%<>&", rule.data[i]) != NULL;
	fs_str_add_text(line, quote ? "'" : "");
	fs_str_add_bytes(line, rule);
	fs_str_add_text(line, quote ? "'" : "");
}

/* A command for a shell, over several lines. */
static void
list_acl(struct fs_out *out, bool write)
{
	struct fs_str	rules = { 0 }, line = { 0 };
	const char	*at;

	fs_app_acl(&rules, "fs:user:", write);
	fs_out_printf(out, "redis-cli ACL SETUSER %s on '>PASSWORD'",
	    write ? "operator" : "viewer");
	for (at = rules.data; *at != '\0'; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		if (line.len == 0 || line.len + len + 5 > ACL_COLUMNS) {
			fs_out_text(out, line.len == 0 ? "" : line.data);
			fs_out_text(out, " \\e\n");
			fs_str_clear(&line);
			fs_str_add_text(&line, "   ");
		}
		fs_str_add_char(&line, ' ');
		add_rule(&line, fs_bytes(at, len));
		at += len;
	}
	fs_out_text(out, line.data);
	fs_out_text(out, "\n");
	fs_str_free(&line);
	fs_str_free(&rules);
}

bool
fs_help_mdoc(struct fs_out *out, const char *list)
{
	static const char *const groups[] = {
		[FS_OPTS_WHERE] = "where",
		[FS_OPTS_HOLDS] = "holds",
		[FS_OPTS_BEHAVES] = "behaves",
		[FS_OPTS_COMMAND] = "command-options",
	};

	for (int i = 0; i <= FS_OPTS_COMMAND; i++) {
		if (strcmp(list, groups[i]) != 0)
			continue;
		list_options(out, (enum fs_opt_group)i);
		return true;
	}
	if (strcmp(list, "commands") == 0)
		list_commands(out);
	else if (strcmp(list, "keys") == 0)
		list_keys(out);
	else if (strcmp(list, "acl") == 0)
		list_acl(out, false);
	else if (strcmp(list, "acl-write") == 0)
		list_acl(out, true);
	else
		return false;
	return true;
}
