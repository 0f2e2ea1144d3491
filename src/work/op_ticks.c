/* Made-up streaming values into the store, a tick at a time. */
#include "work/job.h"

#include "base/clock.h"
#include "base/rng.h"
#include "work/tick.h"

struct ticks {
	struct fs_job	*job;
	struct fs_rng	 rng;
	struct fs_tick	*tick;
	int64_t		 give_up_us;	/* FS_NEVER: no trouble */
	struct fs_err	 why;		/* there is */
};

static bool
open_tick(struct ticks *tk, struct fs_err *err)
{
	struct fs_job *job = tk->job;

	if (!fs_conn_open(job->conn, err))
		return false;
	fs_job_begin(job);
	if (tk->tick == NULL)
		tk->tick = fs_tick_new(job->store, &tk->rng);
	return true;
}

/* False: the fault is not one to be waited for, or not any longer. */
static bool
put_up_with(struct ticks *tk, const struct fs_err *err)
{
	struct fs_job *job = tk->job;

	if (fs_conn_is_lost(err->code) && tk->tick != NULL) {
		fs_tick_free(tk->tick);
		tk->tick = NULL;
		fs_conn_failed(job->conn, err);
	}
	if (job->request->retry_ms == 0 || !fs_err_passing(err->code))
		return false;
	if (tk->give_up_us == FS_NEVER)
		tk->give_up_us = fs_clock_after(fs_clock_mono(),
		    job->request->retry_ms);
	return fs_clock_mono() < tk->give_up_us;
}

static bool
one_tick(struct ticks *tk, struct fs_err *err)
{
	struct fs_ticked done = { 0 };
	struct fs_err why = { 0 };
	bool ok = open_tick(tk, &why) && fs_tick_run(tk->tick,
	    (size_t)tk->job->users_per_tick, &done, &why);

	tk->job->done->done += done.entities;
	tk->job->done->fields += done.fields;
	fs_job_progress(tk->job);
	if (ok) {
		fs_conn_good(tk->job->conn);
		tk->give_up_us = FS_NEVER;
		return true;
	}
	tk->why = why;
	if (put_up_with(tk, &why))
		return true;
	tk->job->done->failed++;
	*err = why;
	return false;
}

static bool
run_ticks(struct ticks *tk, struct fs_err *err)
{
	const struct fs_request *rq = tk->job->request;
	int64_t period = tk->job->tick_ms * FS_MS, now = fs_clock_mono();
	int64_t next = now + period;
	int64_t end = rq->for_ms != 0 ? fs_clock_after(now, rq->for_ms) :
	    FS_NEVER;

	for (int64_t n = 0; rq->ticks == 0 || n < rq->ticks; n++) {
		if (next > end)
			return fs_job_wait(tk->job, end, err);
		if (!fs_job_wait(tk->job, next, err) || !one_tick(tk, err))
			return false;
		next += period;
		now = fs_clock_mono();
		if (next <= now)	/* missed ones are skipped */
			next += ((now - next) / period + 1) * period;
	}
	return true;
}

bool
fs_job_ticks(struct fs_job *job, struct fs_err *err)
{
	struct ticks tk = { .job = job, .give_up_us = FS_NEVER };
	bool ok;

	fs_rng_seed_system(&tk.rng);
	ok = run_ticks(&tk, err);
	if (ok && tk.give_up_us != FS_NEVER) {
		/* The last one was not written, and there is none to come. */
		*err = tk.why;
		ok = false;
	}
	fs_tick_free(tk.tick);
	if (ok)
		return true;
	if (job->done->done != 0 && fs_err_passing(err->code) &&
	    job->conn->store != NULL && fs_store_is_up(job->conn->store))
		err->code = FS_EPARTIAL;
	return fs_fail_in(err, "%llu events are safe",
	    (unsigned long long)job->done->done);
}
