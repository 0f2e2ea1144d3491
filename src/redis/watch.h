/*
 * How the nodes are, without waiting for those that do not say. For one thread.
 *
 *	fs_watch_ask(w)			each node that owes no answer
 *	fs_watch_take(w, fd, deadline)	what has come, as long as some is owed
 *	fs_watch_node(w, i)		as each was last seen
 */
#ifndef FS_REDIS_WATCH_H
#define FS_REDIS_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "redis/cluster.h"

/* One node as INFO and DBSIZE told it last; -1 is unknown or not allowed. */
struct fs_node_info {
	char		name[72];
	bool		up;		/* false: it could not be asked, err */
	bool		replica;
	struct fs_err	err;		/* why; or why it is not ready yet */
	int64_t		retry_us;	/* when not up: tried again then; 0 not
					   known, FS_NEVER not by itself */
	int64_t		silent_us;	/* since when it has been asked in vain;
					   0: it has answered */
	int		shard;		/* index of the primary that serves it */
	int		slots;
	int64_t		dbsize, used_memory, maxmemory;
	int64_t		ops_per_second, total_commands;
	int64_t		latency_us;	/* of the last answer */
	char		missed[32];	/* rules for what may not be asked:
					   "+info +dbsize" */
};

struct fs_watch;

/* replicas: they are asked too, each over a connection of its own, also where
 * nothing may be read from them. The cluster must outlive it. */
struct fs_watch *fs_watch_new(struct fs_cluster *cl, bool replicas);
void fs_watch_free(struct fs_watch *w);		/* NULL is a no-op */

/* Ask the nodes of the map, except those that still owe an answer. Never
 * waits. */
void fs_watch_ask(struct fs_watch *w);

/* How many nodes owe an answer. Each ends within the target's timeout. */
size_t fs_watch_owed(const struct fs_watch *w);

/*
 * Take what has been answered; if that is nothing, wait for it until fd (or -1)
 * is readable or the deadline has come. Whether there was something.
 */
bool fs_watch_take(struct fs_watch *w, int fd, int64_t deadline_us);

/* The nodes as of the last ask: the primaries by their index, then replicas. */
size_t fs_watch_count(const struct fs_watch *w);
const struct fs_node_info *fs_watch_node(const struct fs_watch *w, size_t i);

/* Whether a primary owes an answer, so that one may wait for it in vain. */
bool fs_watch_owes(const struct fs_watch *w, size_t index);

#endif
