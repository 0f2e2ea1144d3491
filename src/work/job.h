/*
 * One request while it is carried out: what the operations of the worker see
 * of it. For the worker's thread.
 */
#ifndef FS_WORK_JOB_H
#define FS_WORK_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/request.h"
#include "model/row.h"
#include "model/schema.h"
#include "source/source.h"
#include "store/sample.h"
#include "store/store.h"
#include "store/write.h"
#include "work/conn.h"
#include "work/queue.h"
#include "work/streamer.h"

#define FS_JOB_BAD_ROWS	20	/* of a kind; the others are counted */

struct fs_job {
	const struct fs_request	*request;
	const struct fs_schema	*schema;
	struct fs_conn		*conn;
	struct fs_store		*store;		/* the conn's, open */
	struct fs_streamer	*streamer;	/* NULL: none */
	bool			 patient;	/* no screen waits meanwhile */
	int64_t			 tick_ms, users_per_tick; /* stream */
	const atomic_bool	*cancel;	/* end, and say how far it was */
	const atomic_bool	*quit;		/* nobody takes answers now */
	int			 bell;		/* rings when it is cancelled */
	struct fs_queue		*answers;
	struct fs_answer	*done;		/* the totals so far */
	struct fs_counted	*counted;	/* of the conn, kept up to date */
	int64_t			 start_us;
	int64_t			 progress_us;	/* when the last was sent */
	size_t			 nbad, nfailed;	/* rows reported */
};

/* Begin with the conn's store, which is open: what may be written, and how
 * long a node that is away is waited for. */
void fs_job_begin(struct fs_job *job);

/* Whether it was cancelled; err says so then. */
bool fs_job_cancelled(const struct fs_job *job, struct fs_err *err);

/* Wait until then; false and err when it is cancelled meanwhile. */
bool fs_job_wait(const struct fs_job *job, int64_t until_us,
    struct fs_err *err);
/* The same, but also until fd (-1: none) is readable. */
bool fs_job_wait_fd(const struct fs_job *job, int fd, int64_t until_us,
    struct fs_err *err);

/* A part to be filled and sent; sending takes it. It waits while the receiver
 * is slow. */
struct fs_answer *fs_job_part(const struct fs_job *job);
void fs_job_send(struct fs_job *job, struct fs_answer *part);

/* Send the totals so far, at most ten times a second; its err is whom it waits
 * for, where it has patience. */
void fs_job_progress(struct fs_job *job);

/*
 * A row that was not taken, or that the server did not acknowledge. Counted by
 * the caller; the first of each are sent as parts, and all of which nobody
 * knows whether they are written: no more than a window of each node.
 */
void fs_job_bad(struct fs_job *job, uint64_t line, uint64_t offset,
    const char *why);
void fs_job_failed(struct fs_job *job, uint64_t line,
    const struct fs_written *w);

/*
 * How it ended: true when fault says nothing. Of a cluster of which a node is
 * away and others are there, it is FS_EPARTIAL and says how much was done of
 * how much, by the totals.
 */
bool fs_job_end(const struct fs_job *job, const struct fs_err *fault,
    struct fs_err *err);

/* Hand an entity to an answer. */
void fs_job_add_entity(struct fs_answer *answer, struct fs_entity *entity);

/* So many entities at random, at the request's pace; the caller's to close. */
struct fs_sample *fs_job_sample(struct fs_job *job, uint64_t count,
    struct fs_rng *rng);

/* The next of it, as fs_sample_next says; while all is walked over first, how
 * far that is is told. */
enum fs_sample_event fs_job_draw(struct fs_job *job, struct fs_sample *sample,
    const struct fs_list **ids, struct fs_err *err);

/*
 * How fast it may go: --rate, or a tenth of the server's time. Zero of either
 * is no limit.
 */
struct fs_pace {
	int64_t		rate;		/* entities a second */
	bool		gentle;
	int64_t		start_us;
	uint64_t	done;
	int64_t		burst_us;	/* when the burst began; 0: none */
	int64_t		rest_us;	/* pause until then */
};

#define FS_PACE_BURST	10	/* entities at a time when gentle */

void fs_pace_begin(struct fs_pace *pace, const struct fs_request *request);
/* The monotonic time at which the next entity may go. */
int64_t fs_pace_due(const struct fs_pace *pace);
/* One has gone. */
void fs_pace_count(struct fs_pace *pace);
/* Nothing is in flight: the end of a burst, the pause that it costs. */
void fs_pace_idle(struct fs_pace *pace);
/* Whether a burst is full: wait until nothing is in flight. */
bool fs_pace_full(const struct fs_pace *pace);
/* Whether the next may go now; the clock is read only where it matters. */
bool fs_pace_allows(const struct fs_pace *pace);
/* Nothing is in flight: wait until the next may go; false when cancelled. */
bool fs_pace_wait(struct fs_pace *pace, const struct fs_job *job,
    struct fs_err *err);

/*
 * The operations. Each fills job->done; false and err when it failed, or was
 * not complete.
 */
typedef bool fs_operation(struct fs_job *job, struct fs_err *err);

fs_operation fs_op_state, fs_op_entities, fs_op_read, fs_op_batch_read,
    fs_op_inspect, fs_op_watch, fs_op_load, fs_op_stream, fs_op_set,
    fs_op_delete, fs_op_reset, fs_op_audit, fs_op_drill, fs_op_repair,
    fs_op_infer;

/* stream without a file. */
bool fs_job_ticks(struct fs_job *job, struct fs_err *err);

#endif
