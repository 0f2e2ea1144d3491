#include "app/guard.h"

#include <string.h>

void
fs_guard_init(struct fs_guard *guard, const char *prefix, bool read_only,
    bool unlocked)
{
	guard->prefix = prefix;
	guard->read_only = read_only;
	guard->unlocked = unlocked && !read_only;
}

/* UNLOCK has no danger of its own, but is the door itself. */
static bool
wants_writing(const struct fs_command *cmd)
{
	return cmd->danger != FS_DANGER_NONE || cmd->id == FS_CMD_UNLOCK;
}

enum fs_guard_answer
fs_guard_ask(const struct fs_guard *guard, const struct fs_command *cmd)
{
	if (!wants_writing(cmd))
		return FS_GUARD_GO;
	if (guard->read_only)
		return FS_GUARD_NEVER;
	if (!guard->unlocked)
		return FS_GUARD_UNLOCK_FIRST;
	if (cmd->danger == FS_DANGER_DESTROYS)
		return FS_GUARD_TYPE_PREFIX;
	return FS_GUARD_GO;
}

static bool
fail_read_only(struct fs_err *err)
{
	return fs_fail(err, FS_EGUARD,
	    "read-only: fsconsole was started with --read-only");
}

bool
fs_guard_unlock(struct fs_guard *guard, const char *typed,
    struct fs_err *err)
{
	if (guard->read_only)
		return fail_read_only(err);
	if (strcmp(typed, guard->prefix) != 0)
		return fs_fail(err, FS_EGUARD, "that is not the prefix '%s'",
		    guard->prefix);
	guard->unlocked = true;
	return true;
}

void
fs_guard_lock(struct fs_guard *guard)
{
	guard->unlocked = false;
}

bool
fs_guard_permit(const struct fs_guard *guard, struct fs_request *request,
    struct fs_err *err)
{
	request->may_write = false;
	if (!fs_op_writes(request->op) || request->dry_run)
		return true;
	if (guard->read_only) {
		fail_read_only(err);
		return fs_fail_in(err, "%s", fs_op_name(request->op));
	}
	if (!guard->unlocked)
		return fs_fail(err, FS_EGUARD, "%s: writes are locked",
		    fs_op_name(request->op));
	request->may_write = true;
	return true;
}
