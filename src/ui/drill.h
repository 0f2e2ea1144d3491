/* A drill on the Audit pane, or a pause that is watched there: what was
 * forecast, and what happened. (pure) */
#ifndef FS_UI_DRILL_H
#define FS_UI_DRILL_H

#include "model/snap.h"
#include "ui/canvas.h"

/* Of the drill that runs, the worker's pause, or the last long job if that was
 * a drill; NULL: there is nothing to show. */
const struct fs_drill_report *fs_drill_shown(const struct fs_snap *snap);
/* From this row on. */
void fs_drill_draw(struct fs_canvas *cv, int row, const struct fs_snap *snap);

/* Its first line alone, for while there is nothing to show yet. */
void fs_drill_head(struct fs_canvas *cv, const struct fs_snap *snap);

#endif
