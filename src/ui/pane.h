/*
 * A pane is a table of functions over a state of its own. draw() gets the
 * state and the snapshot const: it cannot move a cursor, ask or wait.
 */
#ifndef FS_UI_PANE_H
#define FS_UI_PANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/command.h"
#include "base/str.h"
#include "model/list.h"
#include "model/snap.h"
#include "ui/canvas.h"

enum fs_pane_id {
	FS_PANE_ENTITIES, FS_PANE_STORE, FS_PANE_WORKER, FS_PANE_INSPECTOR,
	FS_PANE_READ, FS_PANE_BATCH_READ,
	FS_PANE_AUDIT, FS_PANE_LOG, FS_PANE_HELP,	/* over the others */
	FS_PANE_VALUE, FS_PANE_FEATURES,
	FS_PANE_COUNT
};
#define FS_PANES_SHOWN	(FS_PANE_BATCH_READ + 1)

struct fs_pane_ops {
	const char	*title;
	size_t		 state_size;
	/* The id or name that the fact is about, any bytes; NULL: none. */
	struct fs_bytes	(*subject)(const void *state,
			    const struct fs_snap *snap);
	/* Border's right text in width columns at best; NULL: none. */
	enum fs_style	(*fact)(const void *state, const struct fs_snap *snap,
			    int width, char *buf, size_t size);
	/* On the canvas clipped to the inside of its border. */
	void		(*draw)(const void *state, const struct fs_snap *snap,
			    struct fs_canvas *cv, bool focus);
	/* The snap is new: cursors stay on what they are on. */
	void		(*update)(void *state, const struct fs_snap *snap);
	/* Whether the command was the pane's. rows is its inner height. */
	bool		(*command)(void *state, const struct fs_snap *snap,
			    enum fs_cmd_id id, int rows);
	/* The entity under the cursor; an empty one: none. */
	struct fs_bytes	(*selected)(const void *state,
			    const struct fs_snap *snap);
	/* What "copy" copies: appended to out. */
	void		(*copy)(const void *state, const struct fs_snap *snap,
			    struct fs_str *out);
	void		(*free)(void *state);
};

extern const struct fs_pane_ops fs_pane_entities, fs_pane_store,
    fs_pane_worker, fs_pane_inspector, fs_pane_read, fs_pane_batch_read,
    fs_pane_audit, fs_pane_log, fs_pane_help, fs_pane_value,
    fs_pane_features;

/*
 * What single panes can be told
 */

/* Only the ids that hold this text, or match it as a glob; empty: all. */
void fs_entities_filter(void *state, const struct fs_snap *snap,
    struct fs_bytes text, bool glob);
struct fs_bytes fs_entities_filtered(const void *state);
bool fs_entities_matched(const void *state);	/* by a glob */
/* Put the cursor on the n-th line shown (a click); false if there is none. */
bool fs_entities_click(void *state, const struct fs_snap *snap, int row,
    int rows);

/* Put the cursor on this id; false if it is not shown. */
bool fs_entities_go_to(void *state, const struct fs_snap *snap,
    struct fs_bytes id);

/* Whether single entities are listed, and not what is wrong with them. */
bool fs_audit_shows_examples(const void *state);

/* The field under the Inspector's cursor, or NULL. */
const struct fs_field *fs_inspector_field(const void *state,
    const struct fs_snap *snap);
/* Show this value from its start. */
void fs_value_show(void *state, const struct fs_field *field);
/* The same of a text of lines. */
void fs_value_show_text(void *state, const char *name,
    const struct fs_str *text);
/* How much room there is for its lines, before they are moved about in. */
void fs_value_fit(void *state, int cols, bool utf8);

/* The names that the batch read of this id asks for. */
void fs_batch_asked(void *state, uint64_t id, const struct fs_list *names);

/* The features chosen, in the order of the schema. */
void fs_features_chosen(const void *state, const struct fs_snap *snap,
    struct fs_list *names);
/* Choose these; false: a name that the schema does not have. */
bool fs_features_choose(void *state, const struct fs_snap *snap,
    const struct fs_list *names, struct fs_bytes *unknown);

/* Show the help of this command, with its arguments; FS_CMD_COUNT: of all. */
void fs_help_about(void *state, enum fs_cmd_id id, int rows);
/* How much room there is for its lines, before they are moved about in. */
void fs_help_fit(void *state, int cols);

/*
 * Where the panes are
 */

#define FS_MIN_ROWS	16
#define FS_MIN_COLS	60

/* The six panes with their borders on a screen of this size. */
void fs_pane_layout(int rows, int cols,
    struct fs_rect rects[FS_PANES_SHOWN]);
/* One pane, or what lies over all of them. */
struct fs_rect fs_pane_whole(int rows, int cols);
/* Within its border. */
struct fs_rect fs_pane_inside(struct fs_rect rect, int rows, int cols);

#endif
