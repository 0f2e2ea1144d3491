/*
 * A thread that owns a store and answers requests. Two instances run: one for
 * short requests, which also refreshes the view, and one for long jobs. All
 * calls are for the main thread.
 */
#ifndef FS_WORK_WORKER_H
#define FS_WORK_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/str.h"
#include "model/request.h"
#include "model/schema.h"
#include "model/snap.h"
#include "work/streamer.h"

struct fs_worker;

struct fs_worker_options {
	const char		*name;		/* for CLIENT SETNAME */
	const struct fs_target	*target;	/* these outlive the worker */
	const struct fs_schema	*schema;
	struct fs_streamer	*streamer;	/* to be paused; or NULL */
	int64_t			 tick_ms, users_per_tick; /* of stream; 0: 1 s
						   and 5 */
	int64_t			 refresh_ms;	/* 0: no view, no census, and a
						   lost server is an answer, not
						   waited for */
};

/* Starts the thread and returns; it connects by itself. */
struct fs_worker *fs_worker_new(const struct fs_worker_options *opt);
/* Ask it to end at once, whatever it does; does not wait. */
void fs_worker_quit(struct fs_worker *wk);
/* Quits, waits for it at most a second since, frees. NULL is a no-op. */
void fs_worker_free(struct fs_worker *wk);

/* Takes the request; answers come in order. False when its queue is full. */
bool fs_worker_submit(struct fs_worker *wk, struct fs_request *request);
/*
 * Cancel what runs and what waits; each still gets its last answer. What only
 * reads ends at once, what writes after what is in flight.
 */
void fs_worker_cancel(struct fs_worker *wk);

/*
 * These do nothing without refresh. Follow this entity in each of them (empty:
 * none); how often they are; look at once: connect now if waiting, refresh,
 * count anew.
 */
void fs_worker_follow(struct fs_worker *wk, struct fs_bytes id);
void fs_worker_refresh(struct fs_worker *wk, int64_t refresh_ms);
void fs_worker_poke(struct fs_worker *wk);

/* The next answer, the caller's to free (fs_answer_free), or NULL. */
struct fs_answer *fs_worker_answer(struct fs_worker *wk);
/* The newest view, the caller's to free (fs_store_view_free), or NULL. */
struct fs_store_view *fs_worker_view(struct fs_worker *wk);
/* Counted so far, by all requests. */
struct fs_stats fs_worker_stats(struct fs_worker *wk);
/* Both readable descriptors: answers, views (-1 without refresh). */
int fs_worker_answer_fd(const struct fs_worker *wk);
int fs_worker_view_fd(const struct fs_worker *wk);

#endif
