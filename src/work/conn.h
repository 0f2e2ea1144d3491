/*
 * A store that comes and goes: opened when it is needed, closed when it is
 * lost, with back-off in between. For one thread.
 */
#ifndef FS_WORK_CONN_H
#define FS_WORK_CONN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "model/stats.h"
#include "store/store.h"

struct fs_conn {
	struct fs_store_options	 opt;
	struct fs_store		*store;		/* NULL: not open */
	struct fs_stats		 before;	/* of stores that are closed */
	struct fs_rng		 rng;		/* for jitter */
	unsigned		 failures;	/* in a row */
	int64_t			 retry_us;	/* not before; FS_NEVER: not by
						   itself */
	struct fs_err		 err;		/* why it is not open */
};

void fs_conn_init(struct fs_conn *conn, const struct fs_store_options *opt);

/* Open if it is not; false and err when that fails, or is not yet due. */
bool fs_conn_open(struct fs_conn *conn, struct fs_err *err);
/* Due now, whatever was before. */
void fs_conn_hurry(struct fs_conn *conn);

/* Whether an error of this kind means that the store is lost. */
bool fs_conn_is_lost(enum fs_code code);

/*
 * Something failed. True when the store is lost by it, and not only some nodes
 * of a cluster, which come back by themselves. In that case it is
 * closed (what hangs on it must be gone before), to be opened again after 0.1 s,
 * doubled up to 5 s with jitter, and never by itself where that could do harm
 * (a wrong password).
 */
bool fs_conn_failed(struct fs_conn *conn, const struct fs_err *err);
/* Something succeeded: the next failure is the first one. */
void fs_conn_good(struct fs_conn *conn);

/* Counted over all stores that were open. */
struct fs_stats fs_conn_stats(const struct fs_conn *conn);

/* The same as other threads may see it: each by itself, as of the last put. */
struct fs_counted {
	atomic_ullong	batch_writes, streaming_writes, reads, fields_returned;
};

void fs_counted_put(struct fs_counted *counted, const struct fs_conn *conn);
struct fs_stats fs_counted_get(struct fs_counted *counted);	/* (any) */

void fs_conn_close(struct fs_conn *conn);

#endif
