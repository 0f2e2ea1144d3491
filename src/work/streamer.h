/*
 * The streaming thread: writes features the way a real pipeline does. Stopped,
 * running, paused; see the sample store. All calls are for the main thread but
 * those marked (any), which the worker of long jobs uses.
 */
#ifndef FS_WORK_STREAMER_H
#define FS_WORK_STREAMER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "model/schema.h"
#include "model/snap.h"

struct fs_streamer;

struct fs_streamer_options {
	const struct fs_target	*target;
	const struct fs_schema	*schema;
	int64_t			 tick_ms;
	int64_t			 users_per_tick;
	uint64_t		 seed;		/* 0: from the system */
};

/* Starts the thread, stopped: nothing is connected before the first start. */
struct fs_streamer *fs_streamer_new(const struct fs_streamer_options *opt);
/* Ask it to end, and what waits for it to go on; returns at once. */
void fs_streamer_quit(struct fs_streamer *sr);
/* Quits, waits for it at most a second since, frees. NULL is a no-op. */
void fs_streamer_free(struct fs_streamer *sr);

/*
 * (any) Stopped to running, running to paused, paused to running. Return at
 * once; the view says when no tick is in flight any more. Whoever starts it, or
 * toggles it to run, has been permitted to write.
 */
void fs_streamer_toggle(struct fs_streamer *sr);
void fs_streamer_start(struct fs_streamer *sr);
void fs_streamer_stop(struct fs_streamer *sr);
/*
 * (any) The permission is gone: running to paused, and only a start or toggle
 * makes it run again, no resume. Whether it was running.
 */
bool fs_streamer_lock(struct fs_streamer *sr);

/*
 * (any) Pause and wait until no tick is in flight, or *cancel became true
 * (looked at ten times a second; NULL: never); whether it was running.
 */
bool fs_streamer_pause_wait(struct fs_streamer *sr,
    const atomic_bool *cancel);
/* (any) Paused to running, unless it was locked since. */
void fs_streamer_resume(struct fs_streamer *sr);

/* (any) The state as last asked for. */
enum fs_run fs_streamer_run(struct fs_streamer *sr);

/* The newest view, the caller's to free (fs_stream_view_free), or NULL. */
struct fs_stream_view *fs_streamer_view(struct fs_streamer *sr);
int fs_streamer_fd(const struct fs_streamer *sr);

#endif
