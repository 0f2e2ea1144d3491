/*
 * A feature store: entities as hashes under a prefix. An API that another
 * program could use. Each thread opens its own; nothing here has a lock.
 */
#ifndef FS_STORE_STORE_H
#define FS_STORE_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/str.h"
#include "model/entity.h"
#include "model/list.h"
#include "model/schema.h"
#include "model/server.h"
#include "model/stats.h"
#include "redis/batch.h"
#include "redis/cluster.h"

struct fs_store;

struct fs_store_options {
	const struct fs_target	*target;	/* must outlive the store */
	const struct fs_schema	*schema;	/* likewise */
	const char		*name;		/* for CLIENT SETNAME */
	const atomic_bool	*cancel;	/* NULL: cannot be cancelled */
	bool			 hasty;		/* FS_EUNREADY, and no waiting for
						   a server that loads its data */
};

/* Connect and ask what the server can do. NULL and err if that fails. */
struct fs_store *fs_store_open(const struct fs_store_options *opt,
    struct fs_err *err);
void fs_store_close(struct fs_store *st);	/* NULL is a no-op */

/* Let writes pass, as the request says (app/guard set it), or not. */
void fs_store_gate(struct fs_store *st, bool may_write);

/* How long a node that is away is waited for; see fs_batch_patience. */
void fs_store_patience(struct fs_store *st, int64_t away_us, int64_t heir_us);
/* Whether that is what it does now; why says for whom. */
bool fs_store_waits(const struct fs_store *st, struct fs_err *why);

/* Whether a cluster is still connected: some node of it is. */
bool fs_store_is_up(const struct fs_store *st);

const struct fs_schema *fs_store_schema(const struct fs_store *st);
const struct fs_caps *fs_store_caps(const struct fs_store *st);

/* False with FS_ETOOOLD and what is needed, on a server without field TTL. */
bool fs_store_need_field_ttl(const struct fs_store *st, struct fs_err *err);

/* Counted since the store was opened; only what was acknowledged. */
const struct fs_stats *fs_store_stats(const struct fs_store *st);

/* Ask the primaries how they are, and wait until each has answered or failed;
 * a new value, or NULL and err when none has answered. */
struct fs_server *fs_store_server(struct fs_store *st, struct fs_err *err);

/*
 * The same for a screen: replicas too, and nobody is waited for. Ask those that
 * owe no answer; how many owe one; take what has come, or wait for it until fd
 * (or -1) is readable or the deadline has come, and whether there was
 * something; and all of them as they were last seen: NULL and err when none is
 * up.
 */
void fs_store_watch(struct fs_store *st);
size_t fs_store_owed(const struct fs_store *st);
bool fs_store_heed(struct fs_store *st, int fd, int64_t deadline_us);
struct fs_server *fs_store_watched(struct fs_store *st, struct fs_err *err);

/* Whether the node of an entity owes that watch an answer: to ask it for more
 * may be in vain. err says since when, or is FS_OK while that is not long. */
bool fs_store_is_owed(struct fs_store *st, struct fs_bytes id,
    struct fs_err *err);

/*
 * What there is of an entity in all: its fields, and its key's deadline, which
 * may be FS_NO_TTL or FS_NOT_THERE. It does not count as a read. False and err
 * when it could not be asked, or is no hash.
 */
bool fs_store_look(struct fs_store *st, struct fs_bytes id, uint64_t *nfields,
    int64_t *deadline_ms, struct fs_err *err);

/*
 * Values of the named features, their deadlines, the key's, and the server's
 * time, in one round trip. An entity that is not there is an answer, not an
 * error; NULL and err when the store could not be asked. A key that is no
 * hash is err FS_ETYPE.
 */
struct fs_entity *fs_store_read(struct fs_store *st, struct fs_bytes id,
    const struct fs_list *names, struct fs_err *err);

/*
 * All of an entity: schema and extras by name, key deadline, encoding, memory.
 * before is what the last inspection of it gave (it stays the caller's), or
 * NULL. Values, deadlines and sizes are of one moment, one round trip; with a
 * good before it is the only one, else one or two go ahead to find out what
 * is there and how large. Of hashes with more than FS_FIELDS_SHOWN fields so
 * many extras are shown, and a value above FS_VALUE_SHOWN bytes is not
 * fetched: its value is "" and value_size tells.
 */
struct fs_entity *fs_store_inspect(struct fs_store *st, struct fs_bytes id,
    const struct fs_entity *before, struct fs_err *err);

/*
 * Parts for other files of store/: the cluster and the one batch that all
 * of them share, one after the other.
 */
struct fs_cluster *fs_store_cluster(struct fs_store *st);
struct fs_batch *fs_store_batch(struct fs_store *st);
struct fs_stats *fs_store_count(struct fs_store *st);
struct fs_bytes fs_store_prefix(const struct fs_store *st);
int64_t fs_store_scan_rate(const struct fs_store *st);	/* 0: no limit */
bool fs_store_cancelled(const struct fs_store *st);
/* Sleep until the monotonic time; false with FS_ECANCEL when cancelled. */
bool fs_store_rest(const struct fs_store *st, int64_t until_us,
    struct fs_err *err);

#endif
