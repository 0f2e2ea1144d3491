/*
 * The nodes and which slot is where. A standalone server is a cluster of one
 * node that holds all slots: one code path. For one thread.
 */
#ifndef FS_REDIS_CLUSTER_H
#define FS_REDIS_CLUSTER_H

#include <stdbool.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/addr.h"
#include "redis/caps.h"
#include "redis/slot.h"

struct fs_cluster;

/*
 * Connect to the target, say who we are, ask what it can do, and on a cluster
 * fetch the map. NULL and err when nothing answers. Blocks for the look-up of
 * the host, connect_timeout and timeout at most; a server that loads its data,
 * or is busy, is waited for half a minute instead of connect_timeout, or not at
 * all (hasty): then it is FS_EUNREADY. target is copied. name goes to CLIENT
 * SETNAME ("fsconsole-streamer"). cancel may be NULL; when it becomes true,
 * whatever waits ends with FS_ECANCEL within 100 ms.
 *
 * What waits here and later looks names up in this thread, as connections to
 * them are needed. The resolver bounds how long that takes (for example 5 s a
 * server of its, twice), nothing else moves meanwhile, and cancel is looked at
 * after each name. A node that is told as an address costs nothing.
 */
struct fs_cluster *fs_cluster_open(const struct fs_target *target,
    const char *name, const atomic_bool *cancel, bool hasty,
    struct fs_err *err);
void fs_cluster_close(struct fs_cluster *cl);	/* NULL is a no-op */

const struct fs_caps *fs_cluster_caps(const struct fs_cluster *cl);

/*
 * When a node that is down is connected to again, in monotonic time: 0 when it
 * is up, FS_NEVER when not by itself (password, certificate). err, if not
 * NULL, gets why it is down. It is tried when something is asked of it.
 */
int64_t fs_cluster_retry_at(const struct fs_cluster *cl, size_t node,
    struct fs_err *err);

/*
 * Ask a node that is connected for the map, for who sends nothing that would
 * be redirected. Waits. A server alone has none.
 */
void fs_cluster_look(struct fs_cluster *cl);

/* Whether some node is connected. */
bool fs_cluster_is_up(const struct fs_cluster *cl);

/* Whether WRITE verbs pass. Off until set; see app/guard. */
void fs_cluster_gate(struct fs_cluster *cl, bool may_write);

/* What all keys begin with: the rule that a refusal names is for those. */
void fs_cluster_prefix(struct fs_cluster *cl, const char *prefix);

/* Primaries with slots; index 0..count-1 is stable until the map changes. */
size_t fs_cluster_count(const struct fs_cluster *cl);
/* "host:port" or the socket's path; never NULL. */
const char *fs_cluster_name(const struct fs_cluster *cl, size_t node);
/* The node that serves the slot, or -1 where the map has a hole. */
int fs_cluster_of_slot(const struct fs_cluster *cl, unsigned slot);
/* Number of slots of a node and its i-th, for random picks. */
size_t fs_cluster_slots(const struct fs_cluster *cl, size_t node);
unsigned fs_cluster_nth_slot(const struct fs_cluster *cl, size_t node,
    size_t i);
/* Changes whenever the map does: a scan that spans a change is not complete. */
uint64_t fs_cluster_epoch(const struct fs_cluster *cl);

/* Microseconds that were waited for servers since the last call, and bytes
 * written and read, of all batches; for probes and budgets. */
struct fs_cost {
	int64_t		waited_us;
	uint64_t	sent, received, round_trips;
};
struct fs_cost fs_cluster_cost(struct fs_cluster *cl);

#endif
