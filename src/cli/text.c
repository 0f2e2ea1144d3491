#include "cli/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/table.h"

#define NUM	32		/* bytes that any number needs */

/*
 * Pieces
 */

static struct fs_bytes
name_of(const struct fs_field *field)
{
	return fs_bytes(field->name, field->name_len);
}

static struct fs_bytes
id_of(const struct fs_entity *entity)
{
	return fs_bytes(entity->id, entity->id_len);
}

static void
add_number(struct fs_out *out, uint64_t n)
{
	char text[NUM];

	fs_out_text(out, fs_num_show_count(text, sizeof(text), (int64_t)n));
}

/* "12,400 entities": the word in the plural unless it is one. */
static void
add_count(struct fs_out *out, uint64_t n, const char *one, const char *many)
{
	add_number(out, n);
	fs_out_text(out, " ");
	fs_out_text(out, n == 1 ? one : many);
}

static void
add_took(struct fs_out *out, int64_t us)
{
	char text[NUM];

	fs_out_text(out, fs_num_show_ms(text, sizeof(text), us));
}

static void
add_duration(struct fs_out *out, int64_t ms)
{
	char text[NUM];

	fs_out_text(out, fs_num_show_exact(text, sizeof(text), ms));
}

bool
fs_text_is_whole(const struct fs_field *field)
{
	return field->value_size == SIZE_MAX ||
	    field->value_size == field->value_len;
}

/* Time left in words: "4m59s", "no TTL", "missing". */
static const char *
left(char buf[NUM], int64_t seconds)
{
	if (seconds == FS_NO_TTL)
		return "no TTL";
	if (seconds < 0)
		return "missing";
	return fs_num_show_duration(buf, NUM, seconds * 1000, false);
}

static enum fs_look
look_of(const struct fs_field *field)
{
	switch (field->state) {
	case FS_FIELD_LEAK:
	case FS_FIELD_EXPIRED:
		return FS_LOOK_BAD;
	case FS_FIELD_MISSING:
		return FS_LOOK_WARN;
	case FS_FIELD_LIVE:
		return FS_LOOK_GOOD;
	case FS_FIELD_NO_TTL:
		break;
	}
	return FS_LOOK_DIM;
}

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
	add_number(out, answer->done);
	if (answer->not_hashes != 0) {
		fs_out_text(out, " and ");
		add_count(out, answer->not_hashes, "key that is no hash",
		    "keys that are no hashes");
	}
	fs_out_text(out, "\n");
	label(out, "prefix");
	fs_out_bytes(out, fs_bytes_of(schema->prefix));
	fs_out_text(out, "\n");
	label(out, "TTL");
	add_duration(out, schema->batch_ttl_ms);
	fs_out_text(out, " batch, ");
	add_duration(out, schema->streaming_ttl_ms);
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
 * read, inspect
 */

static void
print_key_ttl(struct fs_out *out, const struct fs_entity *entity)
{
	int64_t seconds = fs_entity_key_seconds(entity);
	char	text[NUM];

	fs_out_text(out, "   key TTL ");
	fs_out_look(out, seconds == FS_NO_TTL ? FS_LOOK_WARN : FS_LOOK_PLAIN,
	    seconds == FS_NO_TTL ? "none" : left(text, seconds));
}

/* The id and what is known of the whole; false when there is no more. */
static bool
print_head(struct fs_out *out, const struct fs_entity *entity)
{
	fs_out_on(out, FS_LOOK_BOLD);
	fs_out_bytes(out, id_of(entity));
	fs_out_off(out, FS_LOOK_BOLD);
	if (entity->exists) {
		print_key_ttl(out, entity);
		return true;
	}
	fs_out_text(out, "   ");
	fs_out_look(out, FS_LOOK_BAD,
	    entity->err.code == FS_ETYPE ? "no hash" : "not there");
	fs_out_text(out, "\n");
	return false;
}

static void
add_value(struct fs_table *table, const struct fs_field *field)
{
	char text[NUM];

	if (field->value == NULL)
		fs_table_text(table, FS_LOOK_DIM, "-");
	else if (fs_text_is_whole(field))
		fs_table_bytes(table, FS_LOOK_PLAIN,
		    fs_bytes(field->value, field->value_len));
	else
		fs_table_printf(table, FS_LOOK_DIM, "%s, not shown",
		    fs_num_show_size(text, sizeof(text),
		    (int64_t)field->value_size));
}

static void
add_left(struct fs_table *table, const struct fs_entity *entity,
    const struct fs_field *field)
{
	char text[NUM];

	fs_table_text(table, look_of(field), left(text,
	    fs_entity_field_seconds(entity, field->deadline_ms)));
}

static void
print_read(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	const struct fs_entity	*entity;
	struct fs_table		 table = { .columns = "lsrl" };

	(void)ctx;
	if (answer->nentities == 0 ||
	    !print_head(out, entity = answer->entities[0]))
		return;
	fs_out_printf(out, "   %zu of %zu fields   ", entity->nfound,
	    entity->nfields);
	add_took(out, entity->took_us);
	fs_out_text(out, "\n");
	for (size_t i = 0; i < entity->nfields; i++) {
		const struct fs_field *field = &entity->fields[i];

		fs_table_bytes(&table, FS_LOOK_PLAIN, name_of(field));
		add_value(&table, field);
		add_left(&table, entity, field);
		fs_table_text(&table, FS_LOOK_BAD,
		    field->state == FS_FIELD_LEAK ? "LEAK" : "");
	}
	fs_table_print(&table, out);
	fs_table_free(&table);
}

static void
print_key_facts(struct fs_out *out, const struct fs_entity *entity)
{
	char text[NUM];

	if (entity->encoding[0] != '\0') {
		fs_out_text(out, "   ");
		fs_out_bytes(out, fs_bytes_of(entity->encoding));
	}
	if (entity->memory_bytes >= 0)
		fs_out_printf(out, "   %s", fs_num_show_size(text,
		    sizeof(text), entity->memory_bytes));
	if (entity->slot >= 0) {
		fs_out_printf(out, "   slot %d at ", entity->slot);
		fs_out_bytes(out, fs_bytes_of(entity->node));
	}
	fs_out_text(out, "   ");
	add_count(out, entity->hlen, "field", "fields");
	fs_out_text(out, "\n");
}

static void
add_inspected(struct fs_table *table, const struct fs_entity *entity,
    const struct fs_field *field)
{
	fs_table_text(table, FS_LOOK_DIM, fs_class_name(field->class));
	fs_table_bytes(table, FS_LOOK_PLAIN, name_of(field));
	add_value(table, field);
	add_left(table, entity, field);
	fs_table_text(table, FS_LOOK_BAD,
	    field->state == FS_FIELD_LEAK ? "LEAK" : "");
}

/* What an operator should know of it: the key first, fields left out. */
static void
print_warnings(struct fs_out *out, const struct fs_entity *entity)
{
	int	 index = fs_entity_key_before_field(entity);
	uint64_t extras = 0;
	char	 text[NUM];

	if (index >= 0) {
		fs_out_on(out, FS_LOOK_WARN);
		fs_out_text(out, "the key goes before its field ");
		fs_out_bytes(out, name_of(&entity->fields[index]));
		fs_out_off(out, FS_LOOK_WARN);
		fs_out_text(out, "\n");
	}
	for (size_t i = 0; i < entity->nfields; i++)
		extras += entity->fields[i].value != NULL;
	if (extras < entity->hlen)
		fs_out_printf(out, "%s more fields\n", fs_num_show_count(text,
		    sizeof(text), (int64_t)(entity->hlen - extras)));
}

static void
print_inspect(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	const struct fs_entity	*entity;
	struct fs_table		 table = { .columns = "llsrl" };
	static const char *const head[] = { "class", "field", "value", "left",
	    "" };

	(void)ctx;
	if (answer->nentities == 0 ||
	    !print_head(out, entity = answer->entities[0]))
		return;
	print_key_facts(out, entity);
	for (int i = 0; i < 5; i++)
		fs_table_text(&table, FS_LOOK_DIM, head[i]);
	for (size_t i = 0; i < entity->nfields; i++)
		add_inspected(&table, entity, &entity->fields[i]);
	fs_table_print(&table, out);
	fs_table_free(&table);
	print_warnings(out, entity);
}

/*
 * batch-read
 */

static void
print_batch(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	uint64_t	n = answer->asked;
	struct fs_table table = { .columns = "lr" };

	(void)ctx;
	add_count(out, n, "entity", "entities");
	fs_out_text(out, out->utf8 ? " \xc3\x97 " : " x ");
	add_count(out, answer->field_count, "feature", "features");
	fs_out_text(out, " in ");
	add_took(out, answer->elapsed_us);
	if (n > 0) {
		fs_out_text(out, ", ");
		add_took(out, answer->elapsed_us / (int64_t)n);
		fs_out_text(out, " each");
	}
	fs_out_text(out, "\nfound ");
	add_number(out, answer->fields);
	fs_out_text(out, " of ");
	add_count(out, n * answer->field_count, "value", "values");
	fs_out_text(out, ", ");
	add_count(out, answer->missing, "entity missing", "entities missing");
	fs_out_text(out, "\n");
	for (size_t i = 0; i < answer->nentities; i++) {
		const struct fs_entity *entity = answer->entities[i];

		fs_table_bytes(&table, FS_LOOK_PLAIN, id_of(entity));
		if (entity->exists)
			fs_table_printf(&table, FS_LOOK_PLAIN, "%zu",
			    entity->nfound);
		else
			fs_table_text(&table, FS_LOOK_BAD,
			    entity->err.code != FS_OK ? "not read" :
			    "missing");
	}
	fs_table_print(&table, out);
	fs_table_free(&table);
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
		add_count(out, answer->rejected, "row rejected",
		    "rows rejected");
	}
	if (answer->failed != 0) {
		fs_out_text(out, ", ");
		add_number(out, answer->failed);
		fs_out_text(out, " not acknowledged");
	}
	if (answer->renewed_stale != 0) {
		fs_out_text(out, ", ");
		add_number(out, answer->renewed_stale);
		fs_out_text(out, " of old values renewed");
	}
	if (answer->missing != 0) {
		fs_out_text(out, ", ");
		add_number(out, answer->missing);
		fs_out_text(out, " not there");
	}
	if (answer->not_hashes != 0) {
		fs_out_text(out, ", ");
		add_count(out, answer->not_hashes,
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
	add_count(out, answer->done, "entity", "entities");
	fs_out_text(out, ", ");
	add_count(out, answer->fields, "field", "fields");
	add_undone(out, answer);
	fs_out_text(out, "; TTL ");
	add_duration(out, answer->ttl_ms);
	fs_out_text(out, "; ");
	add_took(out, answer->elapsed_us);
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
	add_count(out, answer->done, "event", "events");
	fs_out_text(out, ", ");
	add_count(out, answer->fields, "field written", "fields written");
	add_undone(out, answer);
	fs_out_text(out, "; ");
	add_took(out, answer->elapsed_us);
	fs_out_text(out, "\n");
}

static void
print_set(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_out_text(out, "written ");
	add_count(out, answer->fields, "feature", "features");
	add_undone(out, answer);
	fs_out_text(out, "\n");
}

static void
print_deleted(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	fs_out_text(out, ctx->dry_run ? "would delete " : "deleted ");
	add_count(out, answer->deleted, "entity", "entities");
	add_undone(out, answer);
	fs_out_text(out, "\n");
}

static void
print_repair(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	add_count(out, answer->leaks, "leak", "leaks");
	fs_out_text(out, ", ");
	add_count(out, answer->keys_without_ttl, "key without TTL",
	    "keys without TTL");
	fs_out_text(out, ", ");
	add_count(out, answer->orphans, "orphan", "orphans");
	if (!ctx->dry_run) {
		fs_out_text(out, "; repaired ");
		add_number(out, answer->repaired);
		fs_out_text(out, ", deleted ");
		add_number(out, answer->deleted);
	}
	fs_out_text(out, "\n");
}

/*
 * Any
 */

static void
print_audit(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	if (answer->audit != NULL)
		fs_text_audit(out, answer->audit);
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
