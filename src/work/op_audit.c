/* The audit and the drill. */
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
