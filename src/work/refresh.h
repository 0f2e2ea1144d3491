/*
 * What the screen shows of the store without being asked: the server, how many
 * entities there are, and the entity that is followed. For one thread.
 */
#ifndef FS_WORK_REFRESH_H
#define FS_WORK_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/snap.h"
#include "work/conn.h"

struct fs_refresher;

/* The connection is the caller's, who also closes it. */
struct fs_refresher *fs_refresher_new(struct fs_conn *conn);
void fs_refresher_free(struct fs_refresher *rf);	/* NULL is a no-op */

void fs_refresher_pace(struct fs_refresher *rf, int64_t refresh_us);
/* Empty: none. */
void fs_refresher_follow(struct fs_refresher *rf, struct fs_bytes id);
/* Look at once; try to connect if it is not. */
void fs_refresher_poke(struct fs_refresher *rf);
/* The store was lost meanwhile (and the connection knows why). */
void fs_refresher_lost(struct fs_refresher *rf);

/*
 * Whether nodes still owe an answer to the last refresh; and wait for it, until
 * fd is readable or that time has come. Then there may be something due.
 */
bool fs_refresher_owed(const struct fs_refresher *rf);
void fs_refresher_wait(struct fs_refresher *rf, int fd, int64_t until_us);

/* When fs_refresher_step() has something to do. */
int64_t fs_refresher_due(struct fs_refresher *rf);
/* One thing of what is due; whether there is something new to show. */
bool fs_refresher_step(struct fs_refresher *rf);

/*
 * A view of all that is known, to be freed by the receiver. ids: with the list
 * of ids even if it has not changed since the last view.
 */
struct fs_store_view *fs_refresher_view(struct fs_refresher *rf, bool ids);

#endif
