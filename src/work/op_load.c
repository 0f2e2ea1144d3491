/* Rows of a source into the store, in a bounded window. */
#include "work/job.h"

#include <stdio.h>

#include "base/clock.h"

#define DRAIN_US	(500 * FS_MS)	/* for what is in flight at the end */
#define LOOK_US		(100 * FS_MS)	/* at the cancel flag */
#define LOST_ROW	2000		/* failures in a row: it is no use */
#define READ_MAX	4096		/* rows before the next look */

struct load {
	struct fs_job		*job;
	struct fs_source	*source;
	struct fs_writer	*writer;
	struct fs_row		 row;
	struct fs_pace		 pace;
	int64_t			 ttl_ms;
	bool			 ended;		/* no more rows are read */
	bool			 starved;	/* the source has none ready */
	struct fs_err		 fault;		/* why it ended early */
	struct fs_err		 first;		/* of the rows not written */
	uint64_t		 lost;		/* in a row, connection gone */
};

static struct fs_source *
open_source(struct fs_job *job, struct fs_err *err)
{
	const struct fs_request *rq = job->request;
	const struct fs_source_options opt = { .schema = job->schema,
		.id_column = rq->id_column, .wait = true };

	if (rq->from == NULL)
		return fs_source_synth(job->schema, (uint64_t)rq->count,
		    rq->seed);
	return fs_source_open(rq->from, rq->format, &opt, err);
}

static void
stop(struct load *ld, const struct fs_err *why)
{
	ld->ended = true;
	if (ld->fault.code == FS_OK)
		ld->fault = *why;
}

/*
 * Reading
 */

static void
take_bad(struct load *ld, const struct fs_bad *bad)
{
	struct fs_err why = { 0 };

	ld->job->done->rejected++;
	fs_job_bad(ld->job, bad->line, bad->offset, bad->why);
	if (!ld->job->request->strict)
		return;
	fs_fail(&why, FS_EINPUT, "stopped at the first bad row, line %llu",
	    (unsigned long long)bad->line);
	stop(ld, &why);
}

static void
read_row(struct load *ld)
{
	struct fs_err err = { 0 };
	struct fs_bad bad;

	switch (fs_source_next(ld->source, &ld->row, &bad, &err)) {
	case FS_GOT_ROW:
		fs_writer_load(ld->writer, ld->row.line, &ld->row,
		    ld->ttl_ms);
		fs_pace_count(&ld->pace);
		break;
	case FS_GOT_BAD:
		take_bad(ld, &bad);
		break;
	case FS_GOT_FAIL:
		stop(ld, &err);
		break;
	case FS_GOT_WAIT:
		ld->starved = true;
		break;
	case FS_GOT_END:
		ld->ended = true;
		break;
	}
}

static bool
may_read(const struct load *ld)
{
	return !ld->ended && !ld->starved && !fs_writer_full(ld->writer) &&
	    fs_pace_allows(&ld->pace);
}

/*
 * Outcomes
 */

/*
 * On one server a lost connection is the end of it. On a cluster the other
 * nodes go on, until nothing but failures comes back.
 */
static void
take_failed(struct load *ld, const struct fs_written *w)
{
	struct fs_answer *done = ld->job->done;

	done->failed++;
	done->renewed_stale += w->renewed_stale;
	if (ld->first.code == FS_OK)
		ld->first = w->err;
	fs_job_failed(ld->job, w->tag, w);
	if (!fs_conn_is_lost(w->err.code))
		return;
	ld->lost++;
	if (!fs_store_caps(ld->job->store)->clustered ||
	    ld->lost >= LOST_ROW)
		stop(ld, &w->err);
}

static void
take(struct load *ld, const struct fs_written *w)
{
	if (!w->acknowledged) {
		take_failed(ld, w);
		return;
	}
	ld->lost = 0;
	ld->job->done->done++;
	ld->job->done->fields += w->fields;
}

/* All that has come; whether anything has. */
static bool
take_some(struct load *ld)
{
	const struct fs_written *w;
	bool any = false;

	while ((w = fs_writer_poll(ld->writer)) != NULL) {
		take(ld, w);
		any = true;
	}
	return any;
}

static void
guess_total(struct load *ld)
{
	struct fs_answer *done = ld->job->done;
	uint64_t at, all;

	fs_source_progress(ld->source, &at, &all);
	done->total = all;
	if (ld->job->request->from != NULL && at != 0)
		done->total = (uint64_t)((double)done->done * (double)all /
		    (double)at);
	fs_job_progress(ld->job);
}

/* Something is in flight, or there is no row yet, or not its time. */
static void
wait_for(struct load *ld)
{
	int64_t until = fs_clock_mono() + LOOK_US, due;
	int fd = ld->starved ? fs_source_fd(ld->source) : -1;

	if (may_read(ld))
		return;
	if (!ld->ended && !ld->starved && !fs_pace_full(&ld->pace)) {
		due = fs_pace_due(&ld->pace);
		if (due < until && !fs_writer_full(ld->writer))
			until = due;
	}
	if (fs_writer_pending(ld->writer) != 0)
		fs_writer_wait(ld->writer, fd, until);
	else
		fs_job_wait_fd(ld->job, fd, until, NULL);
	ld->starved = false;
}

static bool
is_done(const struct load *ld)
{
	return ld->ended && fs_writer_pending(ld->writer) == 0;
}

static void
run(struct load *ld)
{
	struct fs_err cancelled = { 0 };
	int64_t drain = FS_NEVER;

	while (!is_done(ld) && fs_clock_mono() < drain) {
		if (drain == FS_NEVER &&
		    fs_job_cancelled(ld->job, &cancelled)) {
			stop(ld, &cancelled);
			drain = fs_clock_mono() + DRAIN_US;
		}
		for (int i = 0; i < READ_MAX && may_read(ld); i++)
			read_row(ld);
		if (!take_some(ld) && !is_done(ld))
			wait_for(ld);
		if (fs_writer_pending(ld->writer) == 0)
			fs_pace_idle(&ld->pace);
		guess_total(ld);
	}
	/* What did not come back in time may be written or not. */
	ld->job->done->failed += fs_writer_pending(ld->writer);
}

/*
 * The end
 */

/* The rule that is missing comes first: it mends them all. */
static bool
fail_denied(const struct load *ld, struct fs_err *err)
{
	const struct fs_answer *done = ld->job->done;
	unsigned long long failed = done->failed, all = failed + done->done;
	char	renewed[96] = "";

	if (done->renewed_stale != 0)
		snprintf(renewed, sizeof(renewed), ", of %llu the expiry was "
		    "renewed alone, so that stale values look fresh",
		    (unsigned long long)done->renewed_stale);
	return fs_fail(err, err->code, "%s: %llu of %llu entities are not "
	    "acknowledged%s", ld->first.msg, failed, all, renewed);
}

static bool
judge(const struct load *ld, struct fs_err *err)
{
	const struct fs_answer *done = ld->job->done;
	unsigned long long n = done->done, failed = done->failed;

	if (ld->fault.code != FS_OK) {
		*err = ld->fault;
		if (n != 0 && fs_conn_is_lost(err->code) &&
		    fs_store_is_up(ld->job->store))
			err->code = FS_EPARTIAL;
		return fs_fail_in(err, "%llu entities are acknowledged, %llu "
		    "are not", n, failed);
	}
	if (failed == 0)
		return true;
	*err = ld->first;
	if (n != 0)
		err->code = FS_EPARTIAL;
	if (ld->first.code == FS_EPERM)
		return fail_denied(ld, err);
	if (done->renewed_stale != 0)
		return fs_fail_in(err, "%llu of %llu entities are not "
		    "acknowledged, of %llu the expiry was renewed alone, so "
		    "that stale values look fresh, the first", failed,
		    n + failed, (unsigned long long)done->renewed_stale);
	return fs_fail_in(err, "%llu of %llu entities are not acknowledged, "
	    "the first", failed, n + failed);
}

bool
fs_op_load(struct fs_job *job, struct fs_err *err)
{
	const struct fs_request *rq = job->request;
	struct load ld = { .job = job };
	bool ok;

	ld.ttl_ms = rq->ttl_ms != 0 ? rq->ttl_ms : job->schema->batch_ttl_ms;
	job->done->ttl_ms = ld.ttl_ms;
	ld.source = open_source(job, err);
	if (ld.source == NULL)
		return false;
	ld.writer = fs_writer_open(job->store,
	    rq->gentle ? FS_PACE_BURST : 0);
	fs_pace_begin(&ld.pace, rq);
	run(&ld);
	job->done->total = job->done->done;
	ok = judge(&ld, err);
	fs_writer_close(ld.writer);
	fs_source_close(ld.source);
	fs_row_free(&ld.row);
	return ok;
}
