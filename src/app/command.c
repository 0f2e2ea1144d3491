#include "app/command.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NAME_SHOWN	80	/* bytes of a foreign name in a message */

static const struct fs_command commands[] = {
#define CMD(id, name, key, group, where, danger, args, help) \
	{ FS_CMD_##id, name, key, FS_GROUP_##group, FS_WHERE_##where, \
	    FS_DANGER_##danger, args, help },
#include "app/commands.def"
#undef CMD
};

static const struct key_name {
	int		 key;
	const char	*name;
} key_names[] = {
	{ ' ',			"Space" },
	{ FS_KEY_TAB,		"Tab" },
	{ FS_KEY_ENTER,		"Enter" },
	{ FS_KEY_ESC,		"Esc" },
	{ FS_KEY_CTRL_L,	"Ctrl-L" },
	{ FS_KEY_CTRL_U,	"Ctrl-U" },
	{ FS_KEY_CTRL_Z,	"Ctrl-Z" },
	{ FS_KEY_UP,		"Up" },
	{ FS_KEY_DOWN,		"Down" },
	{ FS_KEY_LEFT,		"Left" },
	{ FS_KEY_RIGHT,		"Right" },
	{ FS_KEY_HOME,		"Home" },
	{ FS_KEY_END,		"End" },
	{ FS_KEY_PGUP,		"PgUp" },
	{ FS_KEY_PGDN,		"PgDn" },
	{ FS_KEY_BTAB,		"Shift-Tab" },
	{ FS_KEY_BACKSPACE,	"Backspace" },
	{ FS_KEY_DELETE,	"Delete" },
	{ FS_KEY_F1,		"F1" },
	{ FS_KEY_F5,		"F5" },
};

/* Keys that mean the same as another one. */
static const struct alias {
	int	key, means;
} aliases[] = {
	{ FS_KEY_DOWN,	'j' },
	{ FS_KEY_UP,	'k' },
	{ FS_KEY_HOME,	'g' },
	{ FS_KEY_END,	'G' },
	{ FS_KEY_F1,	'?' },
	{ '\n',		FS_KEY_ENTER },
};

/*
 * The table
 */

const struct fs_command *
fs_command_get(enum fs_cmd_id id)
{
	return &commands[id];
}

static const struct fs_command *
find(const char *name, bool shell)
{
	const struct fs_command *found = NULL;
	size_t len = strlen(name);

	if (len == 0)
		return NULL;
	for (size_t i = 0; i < FS_CMD_COUNT; i++) {
		const struct fs_command *cmd = &commands[i];

		if (strncmp(cmd->name, name, len) != 0 ||
		    (shell && cmd->where == FS_WHERE_CONSOLE))
			continue;
		if (cmd->name[len] == '\0')
			return cmd;
		if (found == NULL || strlen(cmd->name) < strlen(found->name))
			found = cmd;
	}
	for (size_t i = 0; found != NULL && i < FS_CMD_COUNT; i++) {
		const struct fs_command *cmd = &commands[i];

		if (strncmp(cmd->name, name, len) != 0 ||
		    (shell && cmd->where == FS_WHERE_CONSOLE))
			continue;
		if (strncmp(cmd->name, found->name, strlen(found->name)) != 0)
			return NULL;
	}
	return found;
}

const struct fs_command *
fs_command_find(const char *name)
{
	return find(name, false);
}

/* The names that it could mean, in the order of the table. */
static void
list_meant(const char *name, struct fs_str *out)
{
	for (size_t i = 0; i < FS_CMD_COUNT; i++) {
		if (commands[i].where == FS_WHERE_CONSOLE ||
		    strncmp(commands[i].name, name, strlen(name)) != 0)
			continue;
		fs_str_addf(out, "%s%s", out->len != 0 ? ", " : "",
		    commands[i].name);
	}
}

const struct fs_command *
fs_command_for_shell(const char *name, struct fs_err *err)
{
	const struct fs_command *cmd = find(name, true);
	struct fs_str meant = { 0 };

	if (cmd != NULL)
		return cmd;
	list_meant(name, &meant);
	cmd = find(name, false);
	if (meant.len != 0 && name[0] != '\0')
		fs_fail(err, FS_EUSAGE, "'%.*s' could be %s", NAME_SHOWN,
		    name, meant.data);
	else if (cmd != NULL)
		fs_fail(err, FS_EUSAGE, "%s: a command of the console alone",
		    cmd->name);
	else
		fs_fail(err, FS_EUSAGE, "unknown command '%.*s'; fsconsole "
		    "--help lists them", NAME_SHOWN, name);
	fs_str_free(&meant);
	return NULL;
}

const struct fs_command *
fs_command_by_key(int key)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (aliases[i].key == key)
			key = aliases[i].means;
	}
	for (size_t i = 0; key != FS_KEY_NONE && i < FS_CMD_COUNT; i++) {
		if (commands[i].key == key)
			return &commands[i];
	}
	return NULL;
}

const char *
fs_command_key_name(const struct fs_command *cmd, char buf[16])
{
	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++) {
		if (key_names[i].key == cmd->key)
			return key_names[i].name;
	}
	if (cmd->key > ' ' && cmd->key < 0x7f)
		snprintf(buf, 16, "%c", cmd->key);
	return buf;
}

const char *
fs_group_name(enum fs_cmd_group group)
{
	static const char *const names[FS_GROUP_COUNT] = {
		[FS_GROUP_STORE] = "Store",
		[FS_GROUP_WRITE] = "Write",
		[FS_GROUP_WORKER] = "Worker",
		[FS_GROUP_VIEW] = "View",
		[FS_GROUP_MOVE] = "Move",
		[FS_GROUP_SESSION] = "Session",
	};

	return group < FS_GROUP_COUNT ? names[group] : "";
}

/*
 * Options of commands
 */

bool
fs_command_takes(const struct fs_command *cmd, enum fs_opt_id id)
{
	const char *name = fs_option_get(id)->name, *at = cmd->args;
	size_t len = strlen(name);

	while ((at = strstr(at, "--")) != NULL) {
		at += 2;
		if (strncmp(at, name, len) == 0 &&
		    !isalnum((unsigned char)at[len]) && at[len] != '-')
			return true;
	}
	return false;
}

bool
fs_command_takes_all(const struct fs_command *cmd,
    const struct fs_command_options *opt, struct fs_err *err)
{
	for (int i = 0; i < FS_OPTS_END; i++) {
		enum fs_opt_id id = (enum fs_opt_id)i;

		if (opt->given[i] && !fs_command_takes(cmd, id))
			return fs_fail(err, FS_EUSAGE, "%s does not take --%s",
			    cmd->name, fs_option_get(id)->name);
	}
	return true;
}
