#include "app/journal.h"

#include <stdio.h>

#include "app/digest.h"
#include "base/log.h"
#include "base/num.h"

static void
log_audit(const struct fs_answer *answer, const char *took)
{
	const struct fs_audit_report *report = answer->audit;
	uint64_t all = 0;
	char	n[32], found[32];

	if (report == NULL)
		return;
	for (int kind = 0; kind < FS_V_COUNT; kind++)
		all += report->violation_count[kind];
	fs_log(FS_LOG_INFO, "audit: %s entities read, %s violations, %s",
	    fs_num_show_count(n, sizeof(n), (int64_t)report->sampled),
	    fs_num_show_count(found, sizeof(found), (int64_t)all), took);
}

void
fs_journal_end(const struct fs_answer *answer)
{
	char text[FS_LOG_TEXT], took[32];

	fs_num_show_ms(took, sizeof(took), answer->elapsed_us);
	if (answer->op == FS_OP_AUDIT && answer->err.code == FS_OK)
		log_audit(answer, took);
	else if (answer->op == FS_OP_DRILL && answer->err.code == FS_OK)
		fs_log(FS_LOG_INFO, "drill: ended, %s", took);
	else if (!fs_digest_notice(answer, text, sizeof(text)))
		return;
	else if (answer->err.code != FS_OK)
		fs_log(answer->err.code == FS_ECANCEL ? FS_LOG_WARN :
		    FS_LOG_ERROR, "%s", text);
	else if (answer->op == FS_OP_LOAD)	/* it tells how long */
		fs_log(FS_LOG_INFO, "bulk-load: %s", text);
	else
		fs_log(FS_LOG_INFO, "%s: %s, %s", fs_op_name(answer->op), text,
		    took);
}

void
fs_journal_run(enum fs_run before, enum fs_run now)
{
	static const char *const names[] = {
		[FS_STOPPED] = "stopped", [FS_RUNNING] = "running",
		[FS_PAUSED] = "paused",
	};

	if (before != now)
		fs_log(FS_LOG_INFO, "worker: %s", names[now]);
}
