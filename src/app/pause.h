/*
 * A pause of the worker that somebody watches: looked at again and again, and
 * set against the forecast made at its beginning. (pure)
 */
#ifndef FS_APP_PAUSE_H
#define FS_APP_PAUSE_H

#include <stdint.h>

#include "model/request.h"
#include "model/snap.h"

/* Whether there is a pause in which something streaming can go. */
bool fs_pause_goes_on(const struct fs_snap *snap);

/* A look at it: an audit by itself, of a sample where the store is large. */
struct fs_request *fs_pause_request(const struct fs_snap *snap);
/* An audit has ended: what it saw, if it is of the pause alone. */
void fs_pause_look(struct fs_snap *snap, const struct fs_answer *answer);
/* How long to rest then until the next look: the longer the pause, the more. */
int64_t fs_pause_rest(const struct fs_snap *snap, int64_t now_us);

/* The pause is over, or another one has begun. */
void fs_pause_forget(struct fs_snap *snap);

#endif
