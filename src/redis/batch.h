/*
 * Many commands to all nodes at once, in a bounded window. Who asks does not
 * see MOVED, ASK and TRYAGAIN (route.c), nor reconnections (pump.c). For one
 * thread.
 *
 * A unit is what belongs together: the commands of one key (HSET and its
 * PEXPIRE, a read of values and deadlines) or one question to a node. It is
 * sent, redirected and answered as a whole. The usual loop:
 *
 *	while (more || fs_batch_pending(b) > 0) {
 *		while (more && !fs_batch_full(b)) {
 *			fs_batch_key(b, tag, key);
 *			fs_batch_cmd(b, FS_VERB_HSET, 1 + 2 * n);
 *			fs_batch_arg(b, key); ...
 *			fs_batch_end(b);
 *		}
 *		unit = fs_batch_take(b);
 *		... unit->err, unit->reply[0 .. nreplies-1] ...
 *	}
 *
 * so that formatting, sending, the server's work and parsing overlap: adding
 * never waits, taking waits only for the unit that it returns.
 */
#ifndef FS_REDIS_BATCH_H
#define FS_REDIS_BATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "redis/cluster.h"
#include "redis/reply.h"
#include "redis/verb.h"

struct fs_batch;

struct fs_window {
	size_t	units;		/* in flight over all nodes; 0: 1,000 */
	size_t	bytes;		/* of commands in flight; 0: 256 KiB */
	bool	any_order;	/* take what is complete, not asked, first */
};

/* What became of a unit. */
enum fs_fate {
	FS_FATE_ANSWERED,	/* all replies are there (errors among them) */
	FS_FATE_NOT_SENT,	/* surely not carried out: safe to send again */
	FS_FATE_UNKNOWN,	/* sent, the connection was lost: may be done */
};

struct fs_unit {
	uint64_t		 tag;
	enum fs_fate		 fate;
	struct fs_err		 err;		/* FS_OK: the replies are there.
						   Answered, and not OK: MULTI
						   was refused as a whole */
	size_t			 nreplies;	/* commands of the unit; MULTI,
						   ASKING, EXEC do not count,
						   the replies inside EXEC do */
	const struct fs_reply	*reply;		/* nreplies of them */
	int64_t			 took_us;	/* from its sending */
	int			 node;		/* that answered, -1 none */
	uint64_t		 process;	/* that answered: the same number,
						   the same one, as far as INFO
						   tells; 0 none */
	int64_t			 mono_us;	/* when its last reply came */
};

/* The cluster must outlive it. Several batches over one cluster may have units
 * in flight at the same time; each has its own window. */
struct fs_batch *fs_batch_new(struct fs_cluster *cl,
    const struct fs_window *window);
void fs_batch_free(struct fs_batch *b);		/* drops what is in flight */

/* Change the window; what is in flight stays. */
void fs_batch_window(struct fs_batch *b, const struct fs_window *window);

/*
 * How long, in microseconds since it went, a node that is away is waited for:
 * any; and one with a replica that may take over from it. Meanwhile units for
 * it wait, and their deadlines with them; later, or with 0 as it is at first,
 * they fail at once until it is back. For loads and scans, not for a screen.
 *
 * The same holds for a cluster that is down, from when a node first said so;
 * where it is not known why, it is waited for as long as an answer is, once,
 * and not at all where a node has gone that no replica can take over from.
 */
void fs_batch_patience(struct fs_batch *b, int64_t away_us, int64_t heir_us);

/* Open a unit for the slot of a key, or for a node. */
void fs_batch_key(struct fs_batch *b, uint64_t tag, struct fs_bytes key);
void fs_batch_node(struct fs_batch *b, uint64_t tag, size_t node);
/* The open unit reads, and a replica of the node may answer it (if the target
 * has replica_reads): always the same one of a node, as SCAN needs. */
void fs_batch_replica(struct fs_batch *b);
/* The open unit writes, and it may be carried out twice: when its connection is
 * lost it is sent again, as reads are, as long as there is patience. */
void fs_batch_twice(struct fs_batch *b);
/* All commands of the open unit inside MULTI and EXEC. Call before any cmd. */
void fs_batch_atomic(struct fs_batch *b);
/* The next command of the open unit, with this number of arguments behind the
 * verb's words; they follow by fs_batch_arg. A verb that writes while the gate
 * is shut makes the unit fail with FS_EGUARD and FS_FATE_NOT_SENT. */
void fs_batch_cmd(struct fs_batch *b, enum fs_verb verb, size_t nargs);
void fs_batch_arg(struct fs_batch *b, struct fs_bytes arg);
void fs_batch_arg_text(struct fs_batch *b, const char *arg);
void fs_batch_arg_i64(struct fs_batch *b, int64_t arg);
void fs_batch_arg_u64(struct fs_batch *b, uint64_t arg);
/* n arguments that many commands have, made once with fs_resp_arg. */
void fs_batch_args(struct fs_batch *b, size_t n, struct fs_bytes resp);
/* Close the unit: it is in the window now. Never waits. */
void fs_batch_end(struct fs_batch *b);

bool   fs_batch_full(const struct fs_batch *b);
size_t fs_batch_pending(const struct fs_batch *b);

/*
 * The next unit, waiting for it; NULL when none is pending. Each unit ends
 * within the target's timeout of its sending, or of the answer before it on
 * the same connection (retries for LOADING and the like included), so this
 * does too, unless there is patience; time in which the caller did something
 * else does not count. It is good until the next call of take, poll, wait,
 * drop or free; its memory is used again then.
 *
 * Two units of a batch that write to the same key are carried out in the order
 * asked, whatever way they go. Where the first was put off and the second was
 * done meanwhile, the first fails (FS_EBUSY) instead of undoing it.
 */
const struct fs_unit *fs_batch_take(struct fs_batch *b);

/*
 * The next unit if it is complete, without waiting (but reading what has
 * arrived); NULL otherwise.
 */
const struct fs_unit *fs_batch_poll(struct fs_batch *b);

/*
 * Wait until a unit is complete, fd (or -1) is readable, or the monotonic
 * deadline has come; sends meanwhile. For streams that trickle.
 */
void fs_batch_wait(struct fs_batch *b, int fd, int64_t deadline_us);

/* Whether some unit is put off until a server is back; why says which. */
bool fs_batch_put_off(const struct fs_batch *b, struct fs_err *why);

/* Forget what is in flight; links with replies outstanding are closed. */
void fs_batch_drop(struct fs_batch *b);

#endif
