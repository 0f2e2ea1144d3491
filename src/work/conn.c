#include "work/conn.h"

#include "base/backoff.h"
#include "base/clock.h"

#define UNREADY_US	(250 * FS_MS)

void
fs_conn_init(struct fs_conn *conn, const struct fs_store_options *opt)
{
	*conn = (struct fs_conn){ .opt = *opt };
	fs_rng_seed_system(&conn->rng);
}

struct fs_stats
fs_conn_stats(const struct fs_conn *conn)
{
	struct fs_stats all = conn->before;

	if (conn->store != NULL)
		fs_stats_add(&all, fs_store_stats(conn->store));
	return all;
}

void
fs_counted_put(struct fs_counted *counted, const struct fs_conn *conn)
{
	struct fs_stats stats = fs_conn_stats(conn);

	atomic_store(&counted->batch_writes, stats.batch_writes);
	atomic_store(&counted->streaming_writes, stats.streaming_writes);
	atomic_store(&counted->reads, stats.reads);
	atomic_store(&counted->fields_returned, stats.fields_returned);
}

struct fs_stats
fs_counted_get(struct fs_counted *counted)
{
	return (struct fs_stats){
		.batch_writes = atomic_load(&counted->batch_writes),
		.streaming_writes = atomic_load(&counted->streaming_writes),
		.reads = atomic_load(&counted->reads),
		.fields_returned = atomic_load(&counted->fields_returned),
	};
}

void
fs_conn_close(struct fs_conn *conn)
{
	conn->before = fs_conn_stats(conn);
	fs_store_close(conn->store);
	conn->store = NULL;
}

static bool
is_refusal(enum fs_code code)
{
	return code == FS_EAUTH || code == FS_ETLS;
}

static void
set_retry(struct fs_conn *conn)
{
	/* It is there, and will soon be ready. */
	if (conn->err.code == FS_EUNREADY) {
		conn->retry_us = fs_clock_mono() + UNREADY_US;
		return;
	}
	conn->failures++;
	conn->retry_us = fs_clock_mono() + fs_backoff(&conn->rng, FS_RETRY_MIN,
	    FS_RETRY_MAX, conn->failures);
	if (is_refusal(conn->err.code))
		conn->retry_us = FS_NEVER;
}

bool
fs_conn_open(struct fs_conn *conn, struct fs_err *err)
{
	if (conn->store != NULL)
		return true;
	if (conn->retry_us > fs_clock_mono()) {
		*err = conn->err;
		return false;
	}
	conn->store = fs_store_open(&conn->opt, err);
	if (conn->store != NULL)
		return true;
	conn->err = *err;
	set_retry(conn);
	return false;
}

void
fs_conn_hurry(struct fs_conn *conn)
{
	conn->retry_us = 0;
}

bool
fs_conn_is_lost(enum fs_code code)
{
	return is_refusal(code) || code == FS_ECONNECT ||
	    code == FS_ETIMEOUT || code == FS_EPROTO;
}

bool
fs_conn_failed(struct fs_conn *conn, const struct fs_err *err)
{
	if (!fs_conn_is_lost(err->code) ||
	    (conn->store != NULL && fs_store_is_up(conn->store)))
		return false;
	fs_conn_close(conn);
	conn->err = *err;
	set_retry(conn);
	return true;
}

void
fs_conn_good(struct fs_conn *conn)
{
	conn->failures = 0;
	conn->retry_us = 0;
}
