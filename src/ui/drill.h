/* A drill on the Audit pane: what was forecast, and what happened. (pure) */
#ifndef FS_UI_DRILL_H
#define FS_UI_DRILL_H

#include <stdbool.h>

#include "model/snap.h"
#include "ui/canvas.h"

/* Whether the last long job was a drill that has something to show. */
bool fs_drill_shown(const struct fs_snap *snap);
/* From this row on. */
void fs_drill_draw(struct fs_canvas *cv, int row, const struct fs_snap *snap);

/* Its first line alone, for while there is nothing to show yet. */
void fs_drill_head(struct fs_canvas *cv, const struct fs_snap *snap);

#endif
