#include "work/job.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include <bsd/string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/scan.h"

#define PROGRESS_US	(100 * FS_MS)
#define FAILOVER_US	(30 * FS_SEC)	/* the time-out of a cluster's nodes is
					   15 s unless it is set */

/* Work that goes over many entities must not fail for one node's sake. */
static bool
is_long(enum fs_op op)
{
	return op != FS_OP_READ && op != FS_OP_INSPECT && op != FS_OP_WATCH &&
	    op != FS_OP_SET;
}

void
fs_job_begin(struct fs_job *job)
{
	const struct fs_request *rq = job->request;
	bool patient = job->patient && is_long(rq->op);

	job->store = job->conn->store;
	fs_store_gate(job->store, rq->may_write);
	fs_store_patience(job->store, patient ? rq->retry_ms * FS_MS : 0,
	    patient ? FAILOVER_US : 0);
}

bool
fs_job_cancelled(const struct fs_job *job, struct fs_err *err)
{
	if (!atomic_load_explicit(job->cancel, memory_order_relaxed))
		return false;
	fs_fail(err, FS_ECANCEL, "cancelled");
	return true;
}

bool
fs_job_wait_fd(const struct fs_job *job, int fd, int64_t until_us,
    struct fs_err *err)
{
	struct pollfd fds[] = {
		{ .fd = job->bell, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	while (fs_clock_mono() < until_us) {
		if (fs_job_cancelled(job, err))
			return false;
		if (poll(fds, 2, fs_clock_poll_ms(until_us)) == -1 &&
		    errno != EINTR)
			break;
		if (fds[1].revents != 0)
			break;
	}
	return !fs_job_cancelled(job, err);
}

bool
fs_job_wait(const struct fs_job *job, int64_t until_us, struct fs_err *err)
{
	return fs_job_wait_fd(job, -1, until_us, err);
}

/*
 * Answers
 */

struct fs_answer *
fs_job_part(const struct fs_job *job)
{
	return fs_answer_new(job->request, FS_ANSWER_PART);
}

void
fs_job_send(struct fs_job *job, struct fs_answer *part)
{
	if (!fs_queue_put(job->answers, part, job->quit))
		fs_answer_free(part);
}

/* The numbers of the totals, without what they own. */
static struct fs_answer *
copy_numbers(const struct fs_job *job)
{
	struct fs_answer *copy = fs_answer_new(job->request,
	    FS_ANSWER_PROGRESS);
	int64_t now = copy->at_mono_us;

	*copy = *job->done;
	copy->kind = FS_ANSWER_PROGRESS;
	copy->at_mono_us = now;
	copy->elapsed_us = now - job->start_us;
	copy->ids = copy->unknown = (struct fs_list){ 0 };
	copy->entities = NULL;
	copy->found = NULL;
	copy->bad = NULL;
	copy->events = NULL;
	copy->nentities = copy->nbad = copy->nevents = 0;
	copy->server = NULL;
	copy->audit = NULL;
	copy->drill = NULL;
	copy->schema = NULL;
	return copy;
}

void
fs_job_progress(struct fs_job *job)
{
	int64_t now = fs_clock_mono();
	struct fs_answer *copy;

	if (now - job->progress_us < PROGRESS_US)
		return;
	job->progress_us = now;
	fs_counted_put(job->counted, job->conn);
	copy = copy_numbers(job);
	if (job->patient && job->conn->store != NULL)
		fs_store_waits(job->conn->store, &copy->err);
	if (!fs_queue_try_put(job->answers, copy))
		fs_answer_free(copy);
}

static void
send_row(struct fs_job *job, uint64_t line, uint64_t offset, const char *why)
{
	struct fs_answer *part = fs_job_part(job);

	part->bad = fs_xcalloc(1, sizeof(*part->bad));
	part->nbad = 1;
	part->bad->line = line;
	part->bad->offset = offset;
	strlcpy(part->bad->why, why, sizeof(part->bad->why));
	fs_job_send(job, part);
}

void
fs_job_bad(struct fs_job *job, uint64_t line, uint64_t offset,
    const char *why)
{
	if (job->nbad++ < FS_JOB_BAD_ROWS)
		send_row(job, line, offset, why);
}

void
fs_job_failed(struct fs_job *job, uint64_t line, const struct fs_written *w)
{
	if (w->unknown || job->nfailed++ < FS_JOB_BAD_ROWS)
		send_row(job, line, FS_NO_OFFSET, w->err.msg);
}

bool
fs_job_end(const struct fs_job *job, const struct fs_err *fault,
    struct fs_err *err)
{
	if (fault->code == FS_OK)
		return true;
	*err = *fault;
	if (!fs_store_is_up(job->store) ||
	    (!fs_conn_is_lost(fault->code) && fault->code != FS_EBUSY &&
	    fault->code != FS_EPARTIAL))
		return false;
	if (job->done->done < job->done->total)
		fs_fail_in(err, "not complete, %llu of about %llu entities",
		    (unsigned long long)job->done->done,
		    (unsigned long long)job->done->total);
	else
		fs_fail_in(err, "not complete");
	err->code = FS_EPARTIAL;
	return false;
}

void
fs_job_add_entity(struct fs_answer *answer, struct fs_entity *entity)
{
	answer->entities = fs_xreallocarray(answer->entities,
	    answer->nentities + 1, sizeof(struct fs_entity *));
	answer->entities[answer->nentities++] = entity;
}

struct fs_sample *
fs_job_sample(struct fs_job *job, uint64_t count, struct fs_rng *rng)
{
	const struct fs_request *rq = job->request;
	struct fs_sample_options opt = { .count = count, .rng = rng };

	if (rq->rate > 0 && rq->rate <= INT64_MAX / FS_WALK_TIMES)
		opt.rate = rq->rate * FS_WALK_TIMES;
	if (rq->gentle)
		opt.duty = FS_GENTLE_DUTY;
	return fs_sample_open(job->store, &opt);
}

enum fs_sample_event
fs_job_draw(struct fs_job *job, struct fs_sample *sample,
    const struct fs_list **ids, struct fs_err *err)
{
	enum fs_sample_event event;
	double walked;

	do {
		if (fs_job_cancelled(job, err)) {
			event = FS_SAMPLE_FAIL;
			break;
		}
		event = fs_sample_next(sample, ids, err);
		walked = fs_sample_walked(sample);
		job->done->walked = walked > 0 ? walked : 0;
		fs_job_progress(job);
	} while (event == FS_SAMPLE_WALK);
	job->done->walked = 0;
	return event;
}

/*
 * Pace. When gentle, a burst of a few entities is sent and waited for, and
 * then there is a pause of nine times its duration.
 */

#define REST_TIMES	9

void
fs_pace_begin(struct fs_pace *pace, const struct fs_request *request)
{
	*pace = (struct fs_pace){ .rate = request->rate,
		.gentle = request->gentle, .start_us = fs_clock_mono() };
}

int64_t
fs_pace_due(const struct fs_pace *pace)
{
	int64_t due = pace->rest_us, even;

	if (pace->rate <= 0)
		return due;
	even = pace->start_us + (int64_t)((double)pace->done *
	    (double)FS_SEC / (double)pace->rate);
	return even > due ? even : due;
}

void
fs_pace_count(struct fs_pace *pace)
{
	pace->done++;
	if (pace->gentle && pace->burst_us == 0)
		pace->burst_us = fs_clock_mono();
}

bool
fs_pace_full(const struct fs_pace *pace)
{
	return pace->gentle && pace->done != 0 && pace->burst_us != 0 &&
	    pace->done % FS_PACE_BURST == 0;
}

bool
fs_pace_allows(const struct fs_pace *pace)
{
	if (pace->rate <= 0 && !pace->gentle)
		return true;
	return !fs_pace_full(pace) && fs_pace_due(pace) <= fs_clock_mono();
}

bool
fs_pace_wait(struct fs_pace *pace, const struct fs_job *job,
    struct fs_err *err)
{
	if (pace->rate <= 0 && !pace->gentle)
		return true;
	fs_pace_idle(pace);
	return fs_job_wait(job, fs_pace_due(pace), err);
}

void
fs_pace_idle(struct fs_pace *pace)
{
	int64_t now;

	if (pace->burst_us == 0)
		return;
	now = fs_clock_mono();
	pace->rest_us = now + REST_TIMES * (now - pace->burst_us);
	pace->burst_us = 0;
}
