/* What comes from the threads, put where the screen finds it. (pure) */
#ifndef FS_APP_DIGEST_H
#define FS_APP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "model/request.h"
#include "model/snap.h"

/* All of these take what they are given. */
void fs_digest_view(struct fs_snap *snap, struct fs_store_view *view);
void fs_digest_stream(struct fs_snap *snap, struct fs_stream_view *view);
/* A long job begins: it is shown, with nothing done, in place of the last. */
void fs_digest_job(struct fs_snap *snap, struct fs_answer *begun);
void fs_digest_answer(struct fs_snap *snap, struct fs_answer *answer);

/*
 * One line about a request that has ended; false when it went well and the
 * screen shows by itself what it gave.
 */
bool fs_digest_notice(const struct fs_answer *answer, char *buf, size_t size);

/* Add a sample of each series for so many seconds; writes: since the last. */
void fs_digest_sample(struct fs_snap *snap, size_t seconds, uint64_t writes);

#endif
