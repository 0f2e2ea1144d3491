/* How fresh the whole store is. */
#include "work/job.h"

#include "base/rng.h"
#include "store/audit.h"

static void
tell(struct fs_job *job, const struct fs_audit *au)
{
	double walked = fs_audit_drawn(au);

	fs_audit_progress(au, &job->done->done, &job->done->total);
	job->done->walked = walked > 0 ? walked : 0;
	fs_job_progress(job);
}

bool
fs_op_audit(struct fs_job *job, struct fs_err *err)
{
	const struct fs_request *rq = job->request;
	struct fs_err fault = { 0 };
	struct fs_audit *au;
	struct fs_rng rng;

	if (!fs_store_need_field_ttl(job->store, err))
		return false;
	fs_rng_seed_system(&rng);
	au = fs_audit_open(job->store, &(struct fs_audit_options){
	    .sample = rq->count > 0 ? (uint64_t)rq->count : 0,
	    .rate = rq->rate, .gentle = rq->gentle,
	    .examples = rq->examples, .rng = &rng });
	while (!fs_job_cancelled(job, &fault) && fs_audit_next(au, &fault))
		tell(job, au);
	fs_audit_progress(au, &job->done->done, &job->done->total);
	job->done->walked = 0;
	/* A part of it is told as well; it says that it is one. Of nothing at
	 * all a report would say that all is well. */
	if (fault.code == FS_OK || job->done->done != 0)
		job->done->audit = fs_audit_report(au);
	job->done->complete = fault.code == FS_OK;
	fs_audit_close(au);
	return fs_job_end(job, &fault, err);
}
