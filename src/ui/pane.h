/*
 * A pane is a table of functions over a state of its own. draw() gets the
 * state and the snapshot const: it cannot move a cursor, ask or wait.
 */
#ifndef FS_UI_PANE_H
#define FS_UI_PANE_H

#include <stdbool.h>
#include <stddef.h>

#include "app/command.h"
#include "model/snap.h"
#include "ui/canvas.h"

enum fs_pane_id {
	FS_PANE_ENTITIES, FS_PANE_STORE, FS_PANE_WORKER, FS_PANE_INSPECTOR,
	FS_PANE_READ, FS_PANE_BATCH_READ,
	FS_PANE_AUDIT, FS_PANE_LOG, FS_PANE_HELP,	/* over the others */
	FS_PANE_COUNT
};

struct fs_pane_ops {
	const char	*title;
	size_t		 state_size;
	/* Border's right text; NULL: none. */
	enum fs_style	(*fact)(const void *state, const struct fs_snap *snap,
			    char *buf, size_t size);
	void		(*draw)(const void *state, const struct fs_snap *snap,
			    struct fs_canvas *cv, bool focus);
	/* Whether the command was the pane's. rows is its inner height. */
	bool		(*command)(void *state, const struct fs_snap *snap,
			    enum fs_cmd_id id, int rows);
	void		(*free)(void *state);
};

extern const struct fs_pane_ops fs_pane_entities, fs_pane_store,
    fs_pane_worker, fs_pane_inspector, fs_pane_read, fs_pane_batch_read,
    fs_pane_audit, fs_pane_log, fs_pane_help;

#endif
