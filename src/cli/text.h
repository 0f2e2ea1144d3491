/* Answers as text for people. (pure) */
#ifndef FS_CLI_TEXT_H
#define FS_CLI_TEXT_H

#include <stdbool.h>

#include "cli/out.h"
#include "model/request.h"
#include "model/schema.h"

/* What an answer does not say of its request. */
struct fs_print_context {
	const struct fs_schema	*schema;
	const char		*target;	/* for reset and repair */
	bool			 dry_run;
};

/* The last answer of any operation, with its totals. */
void fs_text_done(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer);

/* One id, one event: a line each. */
void fs_text_id(struct fs_out *out, struct fs_bytes id);
void fs_text_event(struct fs_out *out, const struct fs_watch_event *event);
const char *fs_event_name(const struct fs_watch_event *event);
/* "2026-11-23T12:01:07.123Z" */
void fs_event_time(const struct fs_watch_event *event, char *buf,
    size_t size);

/* In fields.c: what is there of one entity, and of many. */
void fs_text_read(struct fs_out *out, const struct fs_answer *answer);
void fs_text_inspect(struct fs_out *out, const struct fs_answer *answer);
void fs_text_batch(struct fs_out *out, const struct fs_answer *answer);

/* Whether the value is all there; one that is long may not have been read. */
bool fs_text_is_whole(const struct fs_field *field);

/* In report.c: what an audit, a drill found. */
void fs_text_audit(struct fs_out *out, const struct fs_schema *schema,
    const struct fs_audit_report *report);
void fs_text_drill(struct fs_out *out, const struct fs_drill_report *report);

#endif
