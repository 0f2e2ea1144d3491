/* The server or cluster as it was last seen. Plain values. */
#ifndef FS_MODEL_SERVER_H
#define FS_MODEL_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum fs_role { FS_ROLE_PRIMARY, FS_ROLE_REPLICA, FS_ROLE_UNKNOWN };

struct fs_node {
	char		 name[72];	/* host:port or the socket's path */
	enum fs_role	 role;
	size_t		 shard;		/* a primary and its replicas have the
					   same; in the order of the map */
	bool		 up;
	int64_t		 silent_mono_us; /* since when it has been asked in
					   vain; 0: it has answered */
	struct fs_err	 err;		/* when not up: why, and */
	int64_t		 retry_mono_us;	/* when it is tried again; 0 unknown,
					   FS_NEVER not by itself */
	int		 slots;		/* 0..16384 */
	int64_t		 dbsize;	/* keys, -1 unknown */
	int64_t		 used_memory;	/* bytes, -1 unknown */
	int64_t		 maxmemory;	/* 0 none, -1 unknown */
	int64_t		 ops_per_second; /* -1 unknown */
	int64_t		 total_commands; /* -1 unknown */
	int64_t		 latency_us;	/* of the last refresh, -1 unknown */
};

struct fs_server {
	char		 name[16];	/* "Redis", "Valkey" */
	char		 version[32];
	char		 mode[16];	/* "standalone", "cluster", "sentinel" */
	char		 user[64];	/* who we are, "default" */
	char		 where[128];	/* as the operator named it, no password */
	bool		 field_ttl;	/* HEXPIRE and HPEXPIRETIME are there */
	bool		 hsetex;
	struct fs_node	*nodes;
	size_t		 nnodes;
	int64_t		 used_memory;	/* sum over primaries, -1 unknown */
	int64_t		 ops_per_second;
	int64_t		 dbsize;
	char		 missed[32];	/* ACL rules, for what is unknown
					   because it may not be asked */
};

/* A node that has not answered for so long is in trouble. */
#define FS_SILENT_US	INT64_C(1000000)

/* Whether it is up, as far as is known, and does not answer. */
bool fs_node_is_silent(const struct fs_node *node, int64_t mono_us);

/* How many nodes are down, and how many are silent. */
void fs_server_trouble(const struct fs_server *server, int64_t mono_us,
    size_t *down, size_t *silent);

struct fs_server *fs_server_copy(const struct fs_server *server);
void fs_server_free(struct fs_server *server);	/* NULL is a no-op */

#endif
