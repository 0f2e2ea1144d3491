/* The table of commands.def as data, and arguments to a request. */
#ifndef FS_APP_COMMAND_H
#define FS_APP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "app/options.h"
#include "base/err.h"
#include "base/str.h"
#include "model/request.h"
#include "model/schema.h"

/* Keys beyond characters; ui/term translates to them. */
enum {
	FS_KEY_NONE = 0,
	FS_KEY_TAB = '\t',
	FS_KEY_ENTER = '\r',
	FS_KEY_ESC = 0x1b,
	FS_KEY_CTRL_L = 0x0c,
	FS_KEY_CTRL_U = 0x15,
	FS_KEY_CTRL_Z = 0x1a,
	FS_KEY_UP = 0x110000,		/* above Unicode */
	FS_KEY_DOWN, FS_KEY_LEFT, FS_KEY_RIGHT, FS_KEY_HOME, FS_KEY_END,
	FS_KEY_PGUP, FS_KEY_PGDN, FS_KEY_BTAB, FS_KEY_BACKSPACE,
	FS_KEY_DELETE, FS_KEY_F1, FS_KEY_F5, FS_KEY_RESIZE, FS_KEY_MOUSE,
};

enum fs_cmd_id {
#define CMD(id, name, key, group, where, danger, args, help) FS_CMD_##id,
#include "app/commands.def"
#undef CMD
	FS_CMD_COUNT
};

enum fs_cmd_group { FS_GROUP_STORE, FS_GROUP_WRITE, FS_GROUP_WORKER,
    FS_GROUP_VIEW, FS_GROUP_MOVE, FS_GROUP_SESSION, FS_GROUP_COUNT };
enum fs_cmd_where { FS_WHERE_BOTH, FS_WHERE_CONSOLE, FS_WHERE_SHELL };
enum fs_cmd_danger { FS_DANGER_NONE, FS_DANGER_WRITES, FS_DANGER_DESTROYS };

struct fs_command {
	enum fs_cmd_id		 id;
	const char		*name;
	int			 key;
	enum fs_cmd_group	 group;
	enum fs_cmd_where	 where;
	enum fs_cmd_danger	 danger;
	const char		*args;
	const char		*help;
};

const struct fs_command *fs_command_get(enum fs_cmd_id id);
/*
 * By name or unambiguous abbreviation; NULL when there is none. A name that
 * all others it could mean begin with wins: "in" is inspect.
 */
const struct fs_command *fs_command_find(const char *name);
/* The same for the program's own commands; FS_EUSAGE and NULL otherwise. */
const struct fs_command *fs_command_for_shell(const char *name,
    struct fs_err *err);
/* Whether it can be given to the program, and not in the console alone. */
static inline bool
fs_command_in_shell(const struct fs_command *cmd)
{
	return cmd->where != FS_WHERE_CONSOLE;
}

/* By key (arrows count as j and k, Home and End as g and G); NULL. */
const struct fs_command *fs_command_by_key(int key);
/* "PgDn", "Tab", "Space", "b": for help and the manual. "" without a key. */
const char *fs_command_key_name(const struct fs_command *cmd,
    char buf[16]);
const char *fs_group_name(enum fs_cmd_group group);	/* "Store", ... */

/* Whether args in the table name the option. */
bool fs_command_takes(const struct fs_command *cmd, enum fs_opt_id id);
/* False, naming both, when an option is given that the command has not. */
bool fs_command_takes_all(const struct fs_command *cmd,
    const struct fs_command_options *opt, struct fs_err *err);

/*
 * A request from a command's arguments (argv[0] is its name) and its own
 * options already parsed into opt. NULL and err (FS_EUSAGE) when they do not
 * fit. Never touches the network. Only for commands that ask the store.
 */
struct fs_request *fs_command_request(const struct fs_command *cmd,
    const struct fs_command_options *opt, int argc, char **argv,
    const struct fs_schema *schema, struct fs_err *err);
/* Whether the command asks the store at all, with these options. */
bool fs_command_asks(const struct fs_command *cmd,
    const struct fs_command_options *opt);

#endif
