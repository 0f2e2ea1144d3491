/*
 * Events of a file or pipe into the store, as they come.
 *
 * Each event is kept until the server has acknowledged it. When the server goes
 * away for less than --retry, what is not acknowledged is sent again in its
 * order: setting the same values twice does no harm.
 */
#include "work/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define WINDOW		1000
#define KEPT_MAX	(8 * 1024 * 1024)	/* bytes of events kept */
#define LOOK_US		(100 * FS_MS)		/* at the cancel flag */
#define DRAIN_US	(500 * FS_MS)
#define BUSY_US		(200 * FS_MS)		/* between tries */

enum state { QUEUED, SENT, WRITTEN, REFUSED };

/* An event with its bytes, which do not move as long as it is kept. */
struct kept {
	enum state	state;
	struct fs_row	row;
	struct fs_str	text;
};

struct stream {
	struct fs_job		*job;
	struct fs_source	*source;
	struct fs_writer	*writer;	/* NULL: there is no store */
	struct fs_row		 row;
	struct fs_pace		 pace;
	struct kept		*ring;		/* event n is at n % WINDOW */
	uint64_t		 first, end;	/* those kept */
	size_t			 bytes;
	bool			 ended, starved;
	bool			 trouble;	/* some are to be sent again */
	int64_t			 give_up_us;	/* if nothing is acknowledged */
	struct fs_err		 fault;		/* why it ended early */
	struct fs_err		 first_refused;
	struct fs_err		 why;		/* of the trouble */
};

static struct kept *
at(struct stream *sm, uint64_t n)
{
	return &sm->ring[n % WINDOW];
}

static void
stop(struct stream *sm, const struct fs_err *why)
{
	sm->ended = true;
	if (sm->fault.code == FS_OK)
		sm->fault = *why;
}

/*
 * Keeping
 */

static struct fs_bytes
copy(struct fs_str *text, struct fs_bytes bytes)
{
	size_t from = text->len;

	fs_str_add_bytes(text, bytes);
	return fs_bytes(text->data + from, bytes.len);
}

static size_t
size_of(const struct fs_row *row)
{
	size_t size = row->entity.len + 1;

	for (size_t i = 0; i < row->ncells; i++)
		size += row->cells[i].name.len + row->cells[i].value.len;
	return size;
}

static struct kept *
keep(struct stream *sm, const struct fs_row *row)
{
	struct kept *k = at(sm, sm->end++);

	fs_str_clear(&k->text);
	fs_str_room(&k->text, size_of(row));	/* it does not move again */
	fs_row_clear(&k->row);
	k->row.entity = copy(&k->text, row->entity);
	k->row.ttl_ms = row->ttl_ms;
	k->row.line = row->line;
	for (size_t i = 0; i < row->ncells; i++) {
		struct fs_bytes name = copy(&k->text, row->cells[i].name);

		fs_row_add(&k->row, row->cells[i].feature, name,
		    copy(&k->text, row->cells[i].value));
	}
	k->state = QUEUED;
	sm->bytes += k->text.len;
	return k;
}

static void
forget_settled(struct stream *sm)
{
	while (sm->first != sm->end && at(sm, sm->first)->state >= WRITTEN) {
		struct kept *k = at(sm, sm->first++);

		sm->bytes -= k->text.len;
		/* A large one is not held for the small ones to come. */
		if (k->text.size > KEPT_MAX / WINDOW)
			fs_str_free(&k->text);
	}
}

static void
send(struct stream *sm, uint64_t n)
{
	struct kept *k = at(sm, n);

	k->state = SENT;
	fs_writer_stream(sm->writer, n, &k->row, k->row.ttl_ms, false);
}

/*
 * Reading
 */

static void
reject(struct stream *sm, uint64_t line, uint64_t offset, const char *text)
{
	struct fs_err why = { 0 };

	sm->job->done->rejected++;
	fs_job_bad(sm->job, line, offset, text);
	if (!sm->job->request->strict)
		return;
	fs_fail(&why, FS_EINPUT, "stopped at the first bad event, line %llu",
	    (unsigned long long)line);
	stop(sm, &why);
}

static void
read_event(struct stream *sm)
{
	struct fs_err err = { 0 };
	struct fs_bad bad;

	switch (fs_source_next(sm->source, &sm->row, &bad, &err)) {
	case FS_GOT_ROW:
		keep(sm, &sm->row);
		send(sm, sm->end - 1);
		fs_pace_count(&sm->pace);
		break;
	case FS_GOT_BAD:
		reject(sm, bad.line, bad.offset, bad.why);
		break;
	case FS_GOT_WAIT:
		sm->starved = true;
		break;
	case FS_GOT_END:
		sm->ended = true;
		break;
	case FS_GOT_FAIL:
		stop(sm, &err);
		break;
	}
}

static bool
may_read(const struct stream *sm)
{
	if (sm->ended || sm->starved || sm->trouble ||
	    sm->end - sm->first >= WINDOW || sm->bytes >= KEPT_MAX ||
	    fs_writer_full(sm->writer))
		return false;
	return fs_pace_allows(&sm->pace);
}

/*
 * Outcomes
 */

/* Of a cluster a node that is away has been waited for already. */
static bool
is_worth_waiting(const struct stream *sm, enum fs_code code)
{
	if (sm->job->request->retry_ms == 0 || (fs_conn_is_lost(code) &&
	    fs_store_caps(sm->job->store)->clustered))
		return false;
	return fs_err_passing(code) || code == FS_EPROTO;
}

static void
take_failed(struct stream *sm, const struct fs_written *w)
{
	struct kept *k = at(sm, w->tag);

	if (is_worth_waiting(sm, w->err.code)) {
		k->state = QUEUED;
		if (!sm->trouble)
			sm->why = w->err;
		sm->trouble = true;
		return;
	}
	k->state = REFUSED;
	if (w->err.code == FS_EINPUT) {	/* it was not even sent */
		reject(sm, k->row.line, k->row.offset, w->err.msg);
		return;
	}
	sm->job->done->failed++;
	sm->job->done->renewed_stale += w->renewed_stale;
	if (sm->first_refused.code == FS_OK)
		sm->first_refused = w->err;
	fs_job_failed(sm->job, k->row.line, w);
	if (fs_conn_is_lost(w->err.code))
		stop(sm, &w->err);
}

static void
take(struct stream *sm, const struct fs_written *w)
{
	if (!w->acknowledged) {
		take_failed(sm, w);
		return;
	}
	at(sm, w->tag)->state = WRITTEN;
	sm->job->done->done++;
	sm->job->done->fields += w->fields;
	sm->give_up_us = 0;
	fs_conn_good(sm->job->conn);
}

static bool
take_some(struct stream *sm)
{
	const struct fs_written *w;
	bool any = false;

	while ((w = fs_writer_poll(sm->writer)) != NULL) {
		take(sm, w);
		any = true;
	}
	forget_settled(sm);
	return any;
}

/*
 * Sending again
 */

static bool
has_cell(const struct fs_row *row, struct fs_bytes name)
{
	for (size_t i = 0; i < row->ncells; i++) {
		if (fs_bytes_eq(row->cells[i].name, name))
			return true;
	}
	return false;
}

/*
 * Of an event that failed, take out what a later one of the same entity has
 * set meanwhile: the newer value stays.
 */
static void
drop_overtaken(struct stream *sm, uint64_t n)
{
	struct fs_row *row = &at(sm, n)->row;

	for (uint64_t later = n + 1; later != sm->end; later++) {
		struct kept *k = at(sm, later);
		size_t left = 0;

		if (k->state != WRITTEN ||
		    !fs_bytes_eq(k->row.entity, row->entity))
			continue;
		for (size_t i = 0; i < row->ncells; i++) {
			if (!has_cell(&k->row, row->cells[i].name))
				row->cells[left++] = row->cells[i];
		}
		row->ncells = left;
	}
}

static void
send_again(struct stream *sm)
{
	sm->trouble = false;
	for (uint64_t n = sm->first; n != sm->end; n++) {
		struct kept *k = at(sm, n);

		if (k->state != QUEUED)
			continue;
		drop_overtaken(sm, n);
		if (k->row.ncells != 0) {
			send(sm, n);
			continue;
		}
		k->state = WRITTEN;	/* by those that overtook it */
		sm->job->done->done++;
	}
}

static bool
open_writer(struct stream *sm, struct fs_err *err)
{
	struct fs_job *job = sm->job;

	if (!fs_conn_open(job->conn, err))
		return false;
	fs_job_begin(job);
	if (sm->writer == NULL)
		sm->writer = fs_writer_open(job->store, WINDOW);
	return true;
}

/* The server is away: wait, try, and send again. False: it is given up. */
static bool
recover(struct stream *sm)
{
	struct fs_job *job = sm->job;
	int64_t now = fs_clock_mono(), next = now + BUSY_US;
	struct fs_err err = sm->why;

	if (sm->give_up_us == 0)
		sm->give_up_us = fs_clock_after(now, job->request->retry_ms);
	if (fs_conn_is_lost(err.code) && sm->writer != NULL) {
		fs_writer_close(sm->writer);
		sm->writer = NULL;
		fs_conn_failed(job->conn, &err);
	}
	if (sm->writer == NULL)
		next = job->conn->retry_us;
	while (now < sm->give_up_us) {
		if (next > sm->give_up_us)
			next = sm->give_up_us;
		if (!fs_job_wait(job, next, &err))
			break;
		if (open_writer(sm, &err)) {
			send_again(sm);
			return true;
		}
		now = fs_clock_mono();
		next = job->conn->retry_us;
		if (!fs_err_passing(err.code) && err.code != FS_EPROTO)
			break;
	}
	stop(sm, &err);
	return false;
}

/*
 * The loop
 */

static void
wait_for(struct stream *sm)
{
	int64_t until = fs_clock_mono() + LOOK_US, due;
	int fd = sm->starved && !sm->trouble ?
	    fs_source_fd(sm->source) : -1;

	if (may_read(sm))
		return;
	due = fs_pace_due(&sm->pace);
	if (!sm->ended && !sm->starved && due < until &&
	    !fs_pace_full(&sm->pace) && sm->end - sm->first < WINDOW)
		until = due;
	if (fs_writer_pending(sm->writer) != 0)
		fs_writer_wait(sm->writer, fd, until);
	else
		fs_job_wait_fd(sm->job, fd, until, NULL);
	sm->starved = false;
}

static bool
is_done(const struct stream *sm)
{
	return sm->ended && sm->first == sm->end;
}

/* One turn; false when there is nothing more to do. */
static bool
turn(struct stream *sm)
{
	if (sm->trouble && fs_writer_pending(sm->writer) == 0 &&
	    !recover(sm))
		return false;
	for (int i = 0; i < WINDOW && may_read(sm); i++)
		read_event(sm);
	if (!take_some(sm) && !is_done(sm))
		wait_for(sm);
	fs_job_progress(sm->job);
	return !is_done(sm);
}

static void
run_events(struct stream *sm)
{
	struct fs_err cancelled = { 0 };
	int64_t drain = FS_NEVER;
	bool more = true;

	while (more && fs_clock_mono() < drain) {
		if (drain == FS_NEVER &&
		    fs_job_cancelled(sm->job, &cancelled)) {
			stop(sm, &cancelled);
			drain = fs_clock_mono() + DRAIN_US;
		}
		more = turn(sm);
	}
	for (uint64_t n = sm->first; n != sm->end; n++)
		sm->job->done->failed += at(sm, n)->state < WRITTEN;
}

/* Of a cluster the others hold on; a store that was given up is closed. */
static bool
is_up(const struct fs_job *job)
{
	return job->conn->store != NULL && fs_store_is_up(job->conn->store);
}

static bool
judge(const struct stream *sm, struct fs_err *err)
{
	unsigned long long n = sm->job->done->done;
	unsigned long long failed = sm->job->done->failed;

	if (sm->fault.code != FS_OK) {
		*err = sm->fault;
		if (n != 0 && fs_conn_is_lost(err->code) && is_up(sm->job))
			err->code = FS_EPARTIAL;
		return fs_fail_in(err, "%llu events are safe, %llu are not",
		    n, failed);
	}
	if (failed == 0)
		return true;
	*err = sm->first_refused;
	if (n != 0)
		err->code = FS_EPARTIAL;
	if (sm->first_refused.code == FS_EPERM)
		return fs_fail(err, err->code, "%s: %llu of %llu events are "
		    "not written", sm->first_refused.msg, failed, n + failed);
	return fs_fail_in(err, "%llu of %llu events are not written, the "
	    "first", failed, n + failed);
}

static bool
stream_events(struct fs_job *job, struct fs_err *err)
{
	const struct fs_request *rq = job->request;
	const struct fs_source_options opt = { .schema = job->schema,
		.events = true, .wait = true };
	struct stream sm = { .job = job };
	bool ok;

	sm.source = fs_source_open(rq->from, FS_FORMAT_NDJSON, &opt, err);
	if (sm.source == NULL)
		return false;
	sm.ring = fs_xcalloc(WINDOW, sizeof(*sm.ring));
	fs_pace_begin(&sm.pace, rq);
	if (open_writer(&sm, &sm.fault))
		run_events(&sm);
	ok = judge(&sm, err);
	fs_writer_close(sm.writer);
	fs_source_close(sm.source);
	for (size_t i = 0; i < WINDOW; i++) {
		fs_row_free(&sm.ring[i].row);
		fs_str_free(&sm.ring[i].text);
	}
	free(sm.ring);
	fs_row_free(&sm.row);
	return ok;
}

bool
fs_op_stream(struct fs_job *job, struct fs_err *err)
{
	return job->request->from != NULL ? stream_events(job, err) :
	    fs_job_ticks(job, err);
}
