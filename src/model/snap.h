/*
 * All that a screen can show. Two threads publish views, each owned by its
 * receiver; the session (main thread) keeps the newest of each and the last
 * answers in one snap, which draw() gets const.
 */
#ifndef FS_MODEL_SNAP_H
#define FS_MODEL_SNAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hist.h"
#include "model/entity.h"
#include "model/list.h"
#include "model/request.h"
#include "model/schema.h"
#include "model/series.h"
#include "model/server.h"
#include "model/stats.h"

enum fs_view_link {
	FS_VIEW_CONNECTING,
	FS_VIEW_UNREADY,	/* it is there, and loads its data: waited for */
	FS_VIEW_UP,
	FS_VIEW_WAITING,	/* reconnecting at retry_mono_us */
	FS_VIEW_REFUSED,	/* WRONGPASS, TLS: not retried by itself */
};

/* How many entities there are, and how well that is known. */
struct fs_census {
	int64_t		count;		/* -1: not known yet */
	bool		exact;		/* else estimated or moved by DBSIZE */
	bool		scanning;
	double		progress;	/* 0..1 of the scan under way, */
	int64_t		found;		/* and what it has found so far */
	int64_t		as_of_wall_us;	/* the scan that gave count */
	int64_t		not_hashes;
	struct fs_err	err;		/* why the last scan ended too early */
};

/* From the worker of short requests, at each refresh and change. */
struct fs_store_view {
	enum fs_view_link	 link;
	int64_t			 retry_mono_us;
	int64_t			 latency_us;	/* of the last refresh */
	struct fs_err		 err;		/* why not up; or of a refresh */
	struct fs_server	*server;	/* NULL until first connected */
	struct fs_census	 census;
	struct fs_list		*ids;		/* NULL: unchanged since the last
						   view; else the list, sorted */
	bool			 ids_complete;	/* else a part of the store */
	struct fs_entity	*inspected;	/* NULL: none */
	struct fs_stats		 stats;
};

enum fs_run { FS_STOPPED, FS_RUNNING, FS_PAUSED };

/* From the streamer, after each tick and each change of state. */
struct fs_stream_view {
	enum fs_run		 run;
	int64_t			 since_mono_us;	/* it runs, or does not */
	bool			 in_flight;
	int64_t			 tick_ms;
	int64_t			 users_per_tick;
	uint64_t		 ticks, writes, errors, skipped;
	int64_t			 last_tick_us;	/* -1: none yet */
	int64_t			 last_tick_mono_us;
	struct fs_hist		 latency;
	struct fs_err		 last_err;	/* FS_OK: none */
	int64_t			 last_err_wall_us;
	struct fs_stats		 stats;
};

/* NULL is a no-op. _clear frees what the view owns and zeroes it. */
void fs_store_view_free(struct fs_store_view *view);
void fs_store_view_clear(struct fs_store_view *view);
void fs_stream_view_free(struct fs_stream_view *view);

/* Owned by the session; the screen sees it const. */
struct fs_snap {
	const struct fs_schema	*schema;
	bool			 writable;	/* unlocked */
	bool			 read_only;	/* can't be unlocked */
	bool			 demo;
	int64_t			 mono_us, wall_us;	/* of this drawing */

	struct fs_store_view	 store;		/* newest; ids kept across */
	struct fs_list		 ids;		/* sorted, the last known */
	struct fs_stream_view	 stream;
	struct fs_stats		 stats;		/* summed, since reset */

	/* Sampled once a second by the session. */
	struct fs_series	 memory, operations, entities, write_rate;

	struct fs_answer	*read;		/* last answers, or NULL */
	struct fs_answer	*batch_read;
	struct fs_hist		 read_latency, batch_latency;
	uint64_t		 read_count, batch_count;
	struct fs_answer	*job;		/* long job: progress or done */
	bool			 job_running;
	enum fs_op		 job_op;	/* of what runs, or ran last */
	struct fs_answer	*audit;		/* last audit */
	struct fs_drill_report	*pause;		/* of the worker, as far as it
						   was looked at; NULL */
	char			 notice[240];	/* one line for the operator */
	bool			 notice_bad;
};

/* Free what the snap owns (not the schema) and zero it. */
void fs_snap_clear(struct fs_snap *snap);

#endif
