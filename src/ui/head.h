/* The first line: where, who, what, whether it lives, may I write. (pure) */
#ifndef FS_UI_HEAD_H
#define FS_UI_HEAD_H

#include <stdbool.h>

#include "model/snap.h"
#include "ui/canvas.h"

/*
 * where: what was asked for, for as long as no server has answered; insecure:
 * that it is who it should be is not checked.
 */
void fs_head_draw(struct fs_canvas *cv, int row, const struct fs_snap *snap,
    const char *where, bool insecure, bool frozen);

#endif
