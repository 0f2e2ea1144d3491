/* What changes single entities, and what deletes or mends many. */
#include "work/job.h"

#include "store/repair.h"

/* What may be due to a name with a mistake in it is worth a word, but not a
 * failure: an entity of just this, a key that lives for ever, unknown names. */
static void
look_back(struct fs_job *job, const struct fs_row *row)
{
	uint64_t nfields;
	int64_t deadline_ms;
	struct fs_err err;

	if (fs_store_look(job->store, row->entity, &nfields, &deadline_ms,
	    &err)) {
		job->done->alone = deadline_ms != FS_NOT_THERE &&
		    nfields <= row->ncells;
		job->done->keys_without_ttl = deadline_ms == FS_NO_TTL;
	}
	for (size_t i = 0; i < row->ncells; i++) {
		if (row->cells[i].feature == -1)
			fs_list_add(&job->done->unknown, row->cells[i].name);
	}
}

bool
fs_op_set(struct fs_job *job, struct fs_err *err)
{
	const struct fs_request *rq = job->request;
	struct fs_writer *wr = fs_writer_open(job->store, 0);
	const struct fs_written *w;
	struct fs_row row = { .entity = fs_list_at(&rq->entities, 0) };
	bool ok;

	for (size_t i = 0; i < rq->features.count; i++) {
		struct fs_bytes name = fs_list_at(&rq->features, i);

		fs_row_add(&row, fs_schema_find(job->schema, name), name,
		    fs_list_at(&rq->values, i));
	}
	fs_writer_set(wr, 0, &row);
	w = fs_writer_take(wr);
	ok = w != NULL && w->acknowledged;
	if (ok) {
		job->done->done = 1;
		job->done->fields = w->fields;
		look_back(job, &row);
	} else if (w != NULL) {
		job->done->failed = 1;
		*err = w->err;
	}
	fs_row_free(&row);
	fs_writer_close(wr);
	return ok;
}

/* The store's count as totals. What was only counted is told as if done. */
static void
tell(struct fs_job *job, const struct fs_repair_count *count)
{
	struct fs_answer *done = job->done;
	bool dry = job->request->dry_run;

	done->done = count->seen;
	done->deleted = dry && job->request->op == FS_OP_RESET ?
	    count->found : count->deleted;
	done->repaired = count->repaired;
	done->missing = count->missing;
	done->not_hashes = count->not_hashes;
	done->leaks = count->leaks;
	done->keys_without_ttl = count->keys_without_ttl;
	done->orphans = count->orphans;
	done->complete = count->complete;
	if (count->expected != 0)
		done->total = count->expected;
	else if (count->progress > 0.001)
		done->total = (uint64_t)((double)count->seen /
		    count->progress);
	fs_job_progress(job);
}

/* What was done of it when it was cancelled; the others are as they were. */
static bool
say_how_far(const struct fs_job *job, struct fs_err *err)
{
	const struct fs_answer *done = job->done;

	if (err->code != FS_ECANCEL || done->deleted == 0 || done->dry_run)
		return false;
	if (done->asked == 0)
		return fs_fail_in(err, "%llu entities are deleted",
		    (unsigned long long)done->deleted);
	return fs_fail_in(err, "%llu of %llu entities are deleted",
	    (unsigned long long)done->deleted,
	    (unsigned long long)done->asked);
}

/* Where some were answered for, the others are what is missing of it. */
static bool
end_deletion(struct fs_job *job, struct fs_err *err)
{
	struct fs_answer *done = job->done;
	unsigned long long answered = done->deleted + done->missing +
	    done->not_hashes;

	if (err->code == FS_ECANCEL)
		return say_how_far(job, err);
	if (answered == 0)
		return false;
	done->failed = done->asked - answered;
	err->code = FS_EPARTIAL;
	return fs_fail_in(err, "%llu of %llu entities are not deleted, the "
	    "first", (unsigned long long)done->failed,
	    (unsigned long long)done->asked);
}

static void
tell_deleted(struct fs_job *job, const struct fs_repair_count *count)
{
	struct fs_answer *done = job->done;

	done->done = done->deleted = count->deleted;
	done->missing = count->missing;
	done->not_hashes = count->not_hashes;
	done->complete = count->complete;
	fs_job_progress(job);
}

bool
fs_op_delete(struct fs_job *job, struct fs_err *err)
{
	const struct fs_list *ids = &job->request->entities;
	struct fs_delete *dl = fs_delete_open(job->store, ids);
	struct fs_err fault = { 0 };
	bool more;

	job->done->asked = job->done->total = ids->count;
	do {
		if (fs_job_cancelled(job, NULL))
			fs_delete_stop(dl);
		more = fs_delete_next(dl, &fault);
		tell_deleted(job, fs_delete_count(dl));
	} while (more);
	fs_delete_close(dl);
	if (fault.code == FS_OK)
		return true;
	*err = fault;
	return end_deletion(job, err);
}

static struct fs_repair_options
options(const struct fs_request *rq)
{
	return (struct fs_repair_options){ .dry_run = rq->dry_run,
		.delete_orphans = rq->delete_orphans, .rate = rq->rate,
		.gentle = rq->gentle };
}

static bool
reset(struct fs_job *job, struct fs_err *err)
{
	const struct fs_repair_options opt = options(job->request);
	struct fs_reset *rs = fs_reset_open(job->store, &opt);
	struct fs_err fault = { 0 };
	bool more;

	do {
		/* Each time before it acts. */
		if (fs_job_cancelled(job, NULL))
			fs_reset_stop(rs);
		more = fs_reset_next(rs, &fault);
		tell(job, fs_reset_count(rs));
	} while (more);
	fs_reset_close(rs);
	return fs_job_end(job, &fault, err) || say_how_far(job, err);
}

bool
fs_op_reset(struct fs_job *job, struct fs_err *err)
{
	bool was_running = false, ok;

	if (job->streamer != NULL && !job->request->dry_run)
		was_running = fs_streamer_pause_wait(job->streamer,
		    job->cancel);
	ok = reset(job, err);
	if (was_running)
		fs_streamer_resume(job->streamer);
	return ok;
}

bool
fs_op_repair(struct fs_job *job, struct fs_err *err)
{
	const struct fs_repair_options opt = options(job->request);
	struct fs_repair *rp = fs_repair_open(job->store, &opt);
	struct fs_err fault = { 0 };
	bool more;

	do {
		if (fs_job_cancelled(job, NULL))
			fs_repair_stop(rp);
		more = fs_repair_next(rp, &fault);
		tell(job, fs_repair_count(rp));
	} while (more);
	fs_list_copy(&job->done->ids, fs_repair_orphans(rp));
	fs_repair_close(rp);
	return fs_job_end(job, &fault, err);
}
