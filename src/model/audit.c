#include "model/audit.h"

#include <stdlib.h>

static const char *const names[FS_V_COUNT] = {
	[FS_V_LEAK] = "leak",
	[FS_V_MISSING] = "missing",
	[FS_V_NO_KEY_TTL] = "no-key-ttl",
	[FS_V_ORPHAN] = "orphan",
	[FS_V_OVER_TTL] = "over-ttl",
	[FS_V_KEY_BEFORE_FIELD] = "key-before-field",
	[FS_V_NOT_HASH] = "not-hash",
	[FS_V_STALLED] = "stalled",
};

void
fs_audit_report_free(struct fs_audit_report *report)
{
	if (report == NULL)
		return;
	for (size_t i = 0; i < report->nfeatures; i++)
		free(report->features[i].name);
	free(report->features);
	fs_list_free(&report->unknown);
	free(report->unknown_count);
	for (int kind = 0; kind < FS_V_COUNT; kind++)
		fs_list_free(&report->examples[kind]);
	free(report);
}

const char *
fs_violation_name(enum fs_violation kind)
{
	return kind < FS_V_COUNT ? names[kind] : "unknown";
}

bool
fs_violation_parse(struct fs_bytes text, enum fs_violation *kind)
{
	for (int i = 0; i < FS_V_COUNT; i++) {
		if (fs_bytes_eq(text, fs_bytes_of(names[i]))) {
			*kind = (enum fs_violation)i;
			return true;
		}
	}
	return false;
}

void
fs_drill_report_free(struct fs_drill_report *report)
{
	if (report == NULL)
		return;
	fs_list_free(&report->features);
	for (size_t i = 0; i < report->npoints; i++)
		free(report->points[i].coverage_percent);
	free(report->points);
	free(report->forecast);
	free(report);
}
