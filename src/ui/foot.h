/* The last line: what the keys do, or what is going on. (pure) */
#ifndef FS_UI_FOOT_H
#define FS_UI_FOOT_H

#include <stdbool.h>

#include "app/command.h"
#include "model/snap.h"
#include "ui/canvas.h"

/* A key and what to call it here; NULL: its command's name. */
struct fs_hint {
	enum fs_cmd_id	 id;
	const char	*label;
};

/* As many as there is room for; the first ones are those that matter most,
 * they stand in the order of ids. */
void fs_foot_hints(struct fs_canvas *cv, int row, const struct fs_hint *hints,
    size_t n);
/* How far the long job is. */
void fs_foot_job(struct fs_canvas *cv, int row, const struct fs_answer *job);
/* Why there is no connection. */
void fs_foot_link(struct fs_canvas *cv, int row, const struct fs_snap *snap);

#endif
