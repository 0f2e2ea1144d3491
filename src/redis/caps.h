/* What a server and this user can do: asked, not inferred. (pure) */
#ifndef FS_REDIS_CAPS_H
#define FS_REDIS_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "redis/reply.h"
#include "redis/verb.h"

/*
 * What this server and this user can do, asked by COMMAND INFO and ACL WHOAMI
 * at the first connection and again after each reconnection.
 */
struct fs_caps {
	bool	verb[FS_VERB_COUNT];	/* known to the server */
	bool	field_ttl;		/* HPEXPIRE and HPEXPIRETIME */
	bool	hsetex;			/* known, and permitted so far */
	bool	hsetex_denied;
	bool	clustered;
	bool	may_be_full;		/* maxmemory is set, or not known */
	char	name[16], version[32], mode[16], user[64];
	uint64_t process;		/* from run_id, which each start of a
					   server draws anew; 0: not known */
};

/* Before anything is known: every verb is there, the memory may be full. */
void fs_caps_init(struct fs_caps *caps);

/* Append the questions, so many. The i-th answer goes to tell; what is not
 * permitted leaves the assumption in place. */
#define FS_CAPS_ASKED	3
void fs_caps_ask(struct fs_str *out);
void fs_caps_tell(struct fs_caps *caps, size_t i, const struct fs_reply *reply);

/* What INFO says of the memory limit. */
void fs_caps_memory(struct fs_caps *caps, struct fs_bytes info);

/* Learn from an error reply: a command that is unknown or not permitted, or a
 * memory that is full. */
void fs_caps_learn(struct fs_caps *caps, const struct fs_reply *error);

/* Keep of into only what from can do as well: nodes of one cluster. */
void fs_caps_merge(struct fs_caps *into, const struct fs_caps *from);

#endif
