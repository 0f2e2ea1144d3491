#include "cli/text.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/phrase.h"

#define NUM	32		/* bytes that any number needs */

/* A line of "label  value" begins. */
static void
label(struct fs_out *out, const char *name)
{
	char text[NUM];

	snprintf(text, sizeof(text), "%-11s", name);
	fs_out_look(out, FS_LOOK_DIM, text);
}

/*
 * state, entities
 */

static void
print_server(struct fs_out *out, const struct fs_server *server)
{
	label(out, "server");
	fs_out_bytes(out, fs_bytes_of(server->name));
	fs_out_text(out, " ");
	fs_out_bytes(out, fs_bytes_of(server->version));
	fs_out_text(out, ", ");
	fs_out_bytes(out, fs_bytes_of(server->mode));
	if (server->nnodes > 1)
		fs_out_printf(out, " of %zu nodes", server->nnodes);
	fs_out_text(out, "\n");
	label(out, "at");
	fs_out_bytes(out, fs_bytes_of(server->where));
	fs_out_text(out, " as ");
	fs_out_bytes(out, fs_bytes_of(server->user));
	fs_out_text(out, "\n");
}

static void
print_caps(struct fs_out *out, const struct fs_server *server)
{
	char text[NUM];

	label(out, "memory");
	fs_out_text(out, server->used_memory < 0 ? "not known" :
	    fs_num_show_size(text, sizeof(text), server->used_memory));
	fs_out_text(out, "\n");
	label(out, "field TTL");
	fs_out_look(out, server->field_ttl ? FS_LOOK_GOOD : FS_LOOK_BAD,
	    server->field_ttl ? "yes" : "no");
	fs_out_printf(out, ", HSETEX %s\n", server->hsetex ? "yes" : "no");
}

static void
print_state(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	const struct fs_schema *schema = ctx->schema;

	if (answer->server != NULL)
		print_server(out, answer->server);
	label(out, "entities");
	if (answer->approximate)
		fs_out_text(out, "~");
	fs_phrase_number(out, answer->done);
	if (answer->not_hashes != 0) {
		fs_out_text(out, " and ");
		fs_phrase_count(out, answer->not_hashes, "key that is no hash",
		    "keys that are no hashes");
	}
	fs_out_text(out, "\n");
	label(out, "prefix");
	fs_out_bytes(out, fs_bytes_of(schema->prefix));
	fs_out_text(out, "\n");
	label(out, "TTL");
	fs_phrase_exact(out, schema->batch_ttl_ms);
	fs_out_text(out, " batch, ");
	fs_phrase_exact(out, schema->streaming_ttl_ms);
	fs_out_text(out, " streaming\n");
	if (answer->server != NULL)
		print_caps(out, answer->server);
}

void
fs_text_id(struct fs_out *out, struct fs_bytes id)
{
	fs_out_bytes(out, id);
	fs_out_text(out, "\n");
}

static void
print_ids(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	for (size_t i = 0; i < answer->ids.count; i++)
		fs_text_id(out, fs_list_at(&answer->ids, i));
}

/*
 * watch
 */

const char *
fs_event_name(const struct fs_watch_event *event)
{
	switch (event->event) {
	case FS_WATCH_SET:
		return "set";
	case FS_WATCH_EXPIRED:
		return "expired";
	case FS_WATCH_RENEWED:
		return "renewed";
	case FS_WATCH_GONE:
		return "gone";
	}
	return "unknown";
}

void
fs_event_time(const struct fs_watch_event *event, char *buf, size_t size)
{
	char	iso[NUM];
	size_t	len;

	fs_clock_iso(event->at_wall_us, iso, sizeof(iso));
	len = strcspn(iso, "Z");
	snprintf(buf, size, "%.*s.%03dZ", (int)len, iso,
	    (int)(event->at_wall_us / 1000 % 1000));
}

void
fs_text_event(struct fs_out *out, const struct fs_watch_event *event)
{
	static const enum fs_look looks[] = {
		[FS_WATCH_SET] = FS_LOOK_PLAIN,
		[FS_WATCH_EXPIRED] = FS_LOOK_BAD,
		[FS_WATCH_RENEWED] = FS_LOOK_GOOD,
		[FS_WATCH_GONE] = FS_LOOK_BAD,
	};
	char at[NUM], name[NUM];

	fs_event_time(event, at, sizeof(at));
	snprintf(name, sizeof(name), "%-7s", fs_event_name(event));
	fs_out_text(out, at);
	fs_out_text(out, "  ");
	fs_out_look(out, looks[event->event], name);
	fs_out_text(out, "  ");
	fs_out_bytes(out, fs_bytes(event->entity, event->entity_len));
	fs_out_text(out, "  ");
	fs_out_bytes(out, fs_bytes(event->field, event->field_len));
	fs_out_text(out, "\n");
}

/*
 * What writes
 */

/* ", 3 rows rejected, 2 refused": what was not done. */
static void
add_undone(struct fs_out *out, const struct fs_answer *answer)
{
	if (answer->rejected != 0) {
		fs_out_text(out, ", ");
		fs_phrase_count(out, answer->rejected, "row rejected",
		    "rows rejected");
	}
	if (answer->failed != 0) {
		fs_out_text(out, ", ");
		fs_phrase_number(out, answer->failed);
		fs_out_text(out, " not acknowledged");
	}
	if (answer->renewed_stale != 0) {
		fs_out_text(out, ", ");
		fs_phrase_number(out, answer->renewed_stale);
		fs_out_text(out, " of old values renewed");
	}
	if (answer->missing != 0) {
		fs_out_text(out, ", ");
		fs_phrase_number(out, answer->missing);
		fs_out_text(out, " not there");
	}
	if (answer->not_hashes != 0) {
		fs_out_text(out, ", ");
		fs_phrase_count(out, answer->not_hashes,
		    "key left alone that is no hash",
		    "keys left alone that are no hashes");
	}
}

static void
print_load(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	char text[NUM];

	(void)ctx;
	fs_out_text(out, "loaded ");
	fs_phrase_count(out, answer->done, "entity", "entities");
	fs_out_text(out, ", ");
	fs_phrase_count(out, answer->fields, "field", "fields");
	add_undone(out, answer);
	fs_out_text(out, "; TTL ");
	fs_phrase_exact(out, answer->ttl_ms);
	fs_out_text(out, "; ");
	fs_phrase_took(out, answer->elapsed_us);
	if (answer->elapsed_us > 0)
		fs_out_printf(out, ", %s entities/s", fs_num_show_short(text,
		    sizeof(text), (double)answer->done * FS_SEC /
		    (double)answer->elapsed_us));
	fs_out_text(out, "\n");
}

static void
print_stream(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_phrase_count(out, answer->done, "event", "events");
	fs_out_text(out, ", ");
	fs_phrase_count(out, answer->fields, "field written", "fields written");
	add_undone(out, answer);
	fs_out_text(out, "; ");
	fs_phrase_took(out, answer->elapsed_us);
	fs_out_text(out, "\n");
}

static void
print_set(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_out_text(out, "written ");
	fs_phrase_count(out, answer->fields, "feature", "features");
	add_undone(out, answer);
	fs_out_text(out, "\n");
	if (answer->alone)
		fs_out_text(out, "the entity is new, or held nothing else\n");
	if (answer->keys_without_ttl != 0)
		fs_out_text(out, "its key has no time to live\n");
	for (size_t i = 0; i < answer->unknown.count; i++) {
		fs_out_bytes(out, fs_list_at(&answer->unknown, i));
		fs_out_text(out, ": not in the schema, and without a time to "
		    "live of its own\n");
	}
}

static void
print_deleted(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	fs_out_text(out, ctx->dry_run ? "would delete " : "deleted ");
	fs_phrase_count(out, answer->deleted, "entity", "entities");
	add_undone(out, answer);
	fs_out_text(out, "\n");
}

/* Whoever is to delete them wants to see them first. */
static void
print_orphans(struct fs_out *out, const struct fs_answer *answer)
{
	for (size_t i = 0; i < answer->ids.count; i++) {
		fs_out_text(out, "orphan  ");
		fs_out_bytes(out, fs_list_at(&answer->ids, i));
		fs_out_text(out, "\n");
	}
	if (answer->orphans > answer->ids.count) {
		fs_out_text(out, "and ");
		fs_phrase_number(out, answer->orphans - answer->ids.count);
		fs_out_text(out, " more\n");
	}
}

static void
print_repair(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	fs_phrase_count(out, answer->leaks, "leak", "leaks");
	fs_out_text(out, ", ");
	fs_phrase_count(out, answer->keys_without_ttl, "key without TTL",
	    "keys without TTL");
	fs_out_text(out, ", ");
	fs_phrase_count(out, answer->orphans, "orphan", "orphans");
	if (!ctx->dry_run) {
		fs_out_text(out, "; repaired ");
		fs_phrase_number(out, answer->repaired);
		fs_out_text(out, ", deleted ");
		fs_phrase_number(out, answer->deleted);
	}
	fs_out_text(out, "\n");
	if (answer->ids.count != 0)
		print_orphans(out, answer);
}

/*
 * Any
 */

static void
print_read(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_text_read(out, answer);
}

static void
print_inspect(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_text_inspect(out, answer);
}

static void
print_batch(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_text_batch(out, answer);
}

static void
print_audit(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	if (answer->audit != NULL)
		fs_text_audit(out, ctx->schema, answer->audit);
}

static void
print_drill(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	if (answer->drill != NULL)
		fs_text_drill(out, answer->drill);
}

void
fs_text_done(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	static void (*const printers[FS_OP_COUNT])(struct fs_out *,
	    const struct fs_print_context *, const struct fs_answer *) = {
		[FS_OP_STATE] = print_state,
		[FS_OP_ENTITIES] = print_ids,
		[FS_OP_READ] = print_read,
		[FS_OP_BATCH_READ] = print_batch,
		[FS_OP_INSPECT] = print_inspect,
		[FS_OP_LOAD] = print_load,
		[FS_OP_STREAM] = print_stream,
		[FS_OP_SET] = print_set,
		[FS_OP_DELETE] = print_deleted,
		[FS_OP_RESET] = print_deleted,
		[FS_OP_AUDIT] = print_audit,
		[FS_OP_DRILL] = print_drill,
		[FS_OP_REPAIR] = print_repair,
	};

	if (printers[answer->op] != NULL)
		printers[answer->op](out, ctx, answer);
}
