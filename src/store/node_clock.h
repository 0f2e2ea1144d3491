/*
 * What time it is at each node, as its answers to TIME told it: deadlines are
 * in its time, not in ours.
 */
#ifndef FS_STORE_NODE_CLOCK_H
#define FS_STORE_NODE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "redis/batch.h"

struct fs_node_clock {
	int64_t		server_us, mono_us;	/* 0: not known yet */
	unsigned	until;			/* the owner's: units before the
						   next TIME */
};

/* Zeroed memory is without any. */
struct fs_node_clocks {
	struct fs_node_clock	*clock;		/* [0]: who has no index */
	size_t			 n;
	struct fs_node_clock	 last;		/* of who spoke last */
};

void fs_node_clocks_free(struct fs_node_clocks *nc);

/* That of a node (-1: of one that has no index); good until the next call. */
struct fs_node_clock *fs_node_clocks_at(struct fs_node_clocks *nc, int node);

/* Learn from the reply to TIME of an answered unit; false and err when it is
 * none. */
bool fs_node_clocks_take(struct fs_node_clocks *nc, const struct fs_unit *unit,
    const struct fs_reply *reply, struct fs_err *err);

/* When a unit was answered, in ms by the clock of the node that did; where that
 * is not known by another node's, or by ours. */
int64_t fs_node_clocks_date(struct fs_node_clocks *nc,
    const struct fs_unit *unit);

#endif
