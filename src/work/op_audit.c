/* The audit, the drill, and a schema deduced from what is there. */
#include "work/job.h"

bool
fs_op_audit(struct fs_job *job, struct fs_err *err)
{
	(void)job;
	return fs_fail(err, FS_EUSAGE, "audit: not there yet");
}

bool
fs_op_drill(struct fs_job *job, struct fs_err *err)
{
	(void)job;
	return fs_fail(err, FS_EUSAGE, "drill: not there yet");
}

bool
fs_op_infer(struct fs_job *job, struct fs_err *err)
{
	(void)job;
	return fs_fail(err, FS_EUSAGE, "schema --infer: not there yet");
}
