/* Who may write, and what must be typed for it. (pure) */
#ifndef FS_APP_GUARD_H
#define FS_APP_GUARD_H

#include <stdbool.h>

#include "app/command.h"
#include "base/err.h"

struct fs_guard {
	bool	 read_only;	/* nothing can unlock it */
	bool	 unlocked;
	const char *prefix;	/* what is to be typed */
};

/*
 * prefix outlives the guard. unlocked: may write from the start, as a command
 * of the program may and the console with --demo and --write; read_only wins.
 */
void fs_guard_init(struct fs_guard *guard, const char *prefix,
    bool read_only, bool unlocked);

/* What stands between the operator and the command. */
enum fs_guard_answer {
	FS_GUARD_GO,
	FS_GUARD_UNLOCK_FIRST,	/* the prefix is to be typed to unlock */
	FS_GUARD_TYPE_PREFIX,	/* unlocked, but this destroys: type it */
	FS_GUARD_NEVER,		/* --read-only */
};
enum fs_guard_answer fs_guard_ask(const struct fs_guard *guard,
    const struct fs_command *cmd);

/* Unlock when typed is the prefix to the letter. */
bool fs_guard_unlock(struct fs_guard *guard, const char *typed,
    struct fs_err *err);
void fs_guard_lock(struct fs_guard *guard);

/* Mark the request as allowed to write; false with FS_EGUARD otherwise. */
bool fs_guard_permit(const struct fs_guard *guard, struct fs_request *request,
    struct fs_err *err);

#endif
