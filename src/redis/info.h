/* INFO, CLUSTER SLOTS and SHARDS, COMMAND INFO into values. (pure) */
#ifndef FS_REDIS_INFO_H
#define FS_REDIS_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "redis/reply.h"
#include "redis/slot.h"

/* The value of "name:" in INFO's text; false when it is not there. */
bool fs_info_text(struct fs_bytes info, const char *name,
    struct fs_bytes *value);
bool fs_info_i64(struct fs_bytes info, const char *name, int64_t *value);

struct fs_shard_node {
	char	host[256];	/* "" : the one that was asked */
	int	port;
	bool	replica;
};

/* Who serves which slot, as one reply told it. */
struct fs_map {
	struct fs_shard_node	*nodes;
	size_t			 nnodes;
	int16_t			*primary;	/* FS_SLOTS; -1 a hole */
	int16_t			*replica;	/* one of them, or -1 */
};

void fs_map_free(struct fs_map *map);

/*
 * Parse and check CLUSTER SLOTS or SHARDS: ranges within 0..16383, no overlap,
 * NULL and "?" endpoints left out (their slots are holes). tls picks tls-port.
 */
bool fs_map_from_slots(const struct fs_reply *reply, struct fs_map *map,
    struct fs_err *err);
bool fs_map_from_shards(const struct fs_reply *reply, bool tls,
    struct fs_map *map, struct fs_err *err);

/* "MOVED 3999 host:port" or "ASK ...": false when malformed. */
struct fs_redirect {
	bool		ask;
	unsigned	slot;
	struct fs_bytes	host;		/* empty: the node that said so */
	int		port;
};
bool fs_redirect_parse(struct fs_bytes error, struct fs_redirect *out);

#endif
