/* What the prompt asks for, and what its answers do. */
#ifndef FS_UI_ASK_H
#define FS_UI_ASK_H

#include "ui/act.h"

void fs_ask_filter(struct fs_act *act);
void fs_ask_command(struct fs_act *act);
void fs_ask_load(struct fs_act *act, const struct fs_snap *snap);
void fs_ask_batch(struct fs_act *act);
void fs_ask_unlock(struct fs_act *act, const struct fs_snap *snap);
/* Before what destroys, though writes are unlocked. */
void fs_ask_destroy(struct fs_act *act, const struct fs_snap *snap);

/* Once it is counted what a repair would do, and no other prompt is open. */
void fs_ask_counted(struct fs_act *act, const struct fs_snap *snap);

/* While a prompt is open. */
void fs_ask_key(struct fs_act *act, const struct fs_snap *snap, int key);
void fs_ask_paste(struct fs_act *act, const struct fs_snap *snap,
    struct fs_bytes text);

#endif
