/* Where slots are: CLUSTER SLOTS, SHARDS and NODES, MOVED and ASK. (pure) */
#ifndef FS_REDIS_MAP_H
#define FS_REDIS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "redis/reply.h"
#include "redis/slot.h"

/* Twice what the cluster bus is made for. */
#define FS_NODES_MAX	2000
#define FS_REPLICAS_MAX	16	/* of a range, or in a shard */

struct fs_shard_node {
	char	host[256];	/* "" : the one that was asked */
	int	port;
	bool	replica;
	int	of;		/* the node that serves the slots of its shard
				   instead of it; -1: it does, or there are
				   none */
};

/* Who serves which slot, as one reply told it. */
struct fs_map {
	struct fs_shard_node	*nodes;
	size_t			 nnodes, nranges;
	int16_t			*primary;	/* FS_SLOTS; -1 a hole */
	int16_t			*replica;	/* one of them, or -1 */
};

void fs_map_free(struct fs_map *map);

/*
 * Parse and check CLUSTER SLOTS or SHARDS: ranges within 0..16383, no slot of
 * two primaries, FS_NODES_MAX nodes at most; else FS_EPROTO. NULL and "" are
 * the node that was asked; what cannot be an endpoint ("?") is left out, and
 * its slots are holes. Of the replicas of a range one is in replica[], and
 * FS_REPLICAS_MAX are in nodes, with those that have failed where the reply
 * tells of them. tls picks tls-port. The map is the caller's to free when it is
 * true.
 */
bool fs_map_from_slots(const struct fs_reply *reply, struct fs_map *map,
    struct fs_err *err);
bool fs_map_from_shards(const struct fs_reply *reply, bool tls,
    struct fs_map *map, struct fs_err *err);

/*
 * The first slot that the node that was asked gives away or takes in, as its
 * own line of CLUSTER NODES tells; -1: none, or it does not tell.
 */
int fs_map_moving(struct fs_bytes nodes);

/* "MOVED 3999 host:port" or "ASK ...": false when malformed. */
struct fs_redirect {
	bool		ask;
	unsigned	slot;
	struct fs_bytes	host;		/* empty: the node that said so */
	int		port;
};
bool fs_redirect_parse(struct fs_bytes error, struct fs_redirect *out);

#endif
