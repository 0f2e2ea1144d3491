/*
 * Rows into the store. A row is a unit: what is written and the expiry that
 * belongs to it go together, and it counts only when every reply said so.
 */
#ifndef FS_STORE_WRITE_H
#define FS_STORE_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/row.h"
#include "store/store.h"

/* What became of one row. */
struct fs_written {
	uint64_t	tag;
	bool		acknowledged;
	bool		unknown;	/* lost on the way: may be written */
	bool		renewed_stale;	/* HSET was refused, the expiry was not:
					   old values look fresh */
	bool		revived;	/* its key was gone; undone */
	size_t		fields;		/* acknowledged */
	struct fs_err	err;		/* names the key and the fields */
};

struct fs_writer;
struct fs_picker;

/*
 * window: units in flight (0: 500). Rows are formatted straight into the
 * output of the node that has the key.
 */
struct fs_writer *fs_writer_open(struct fs_store *st, size_t window);
void fs_writer_close(struct fs_writer *wr);

bool fs_writer_full(const struct fs_writer *wr);
size_t fs_writer_pending(const struct fs_writer *wr);

/*
 * Rows that are loaded or streamed (without must_exist) are sent again when
 * their connection is lost, as far as the store has patience: setting the same
 * values twice does no harm.
 *
 * Materialize: HSET and PEXPIRE of the key. In MULTI/EXEC when the server has
 * a memory limit (HSET may be refused while PEXPIRE is not), else pipelined.
 * Streaming features in the row get their field TTL in the same transaction.
 */
void fs_writer_load(struct fs_writer *wr, uint64_t tag,
    const struct fs_row *row, int64_t ttl_ms);

/*
 * Streaming: all cells with the field TTL, by HSETEX, else MULTI, HSET,
 * HPEXPIRE, EXEC. ttl_ms 0: each feature's own, one command for each TTL.
 * Only existing keys when must_exist: the write is preceded by a look at the
 * key in the same unit, and undone (HDEL) if it brought back an expired one.
 * A batch feature is refused: a TTL would let it vanish before its key. After
 * a first refusal of HSETEX (NOPERM) rows go by MULTI.
 */
void fs_writer_stream(struct fs_writer *wr, uint64_t tag,
    const struct fs_row *row, int64_t ttl_ms, bool must_exist);

/*
 * By hand: batch features by HSET (key TTL untouched), streaming and unknown
 * ones as told by the schema: a streaming one gets its TTL, unknown ones none.
 */
void fs_writer_set(struct fs_writer *wr, uint64_t tag,
    const struct fs_row *row);

/*
 * The picker whose units go through the same batch: take and poll hand them
 * to it, and wait for them too. NULL: none.
 */
void fs_writer_picker(struct fs_writer *wr, struct fs_picker *pk);

/* The next outcome, waiting for it; NULL when nothing is pending. Good until
 * the next call. What was refused beforehand and what had to be undone comes
 * out of turn. */
const struct fs_written *fs_writer_take(struct fs_writer *wr);

/* As fs_batch_wait and fs_batch_poll: for streams that trickle. */
void fs_writer_wait(struct fs_writer *wr, int fd, int64_t deadline_us);
const struct fs_written *fs_writer_poll(struct fs_writer *wr);

#endif
