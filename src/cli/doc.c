#include "cli/doc.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

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
add_value(struct fs_emit *js, const char *key, const struct fs_field *field)
{
	if (field->value == NULL || !fs_text_is_whole(field))
		fs_emit_null(js, key);
	else
		fs_emit_bytes(js, key, fs_bytes(field->value,
		    field->value_len));
}

/*
 * state, entities
 */

/* Where text says "~"; else there is nothing to say. */
static void
add_approximate(struct fs_emit *js, bool approximate)
{
	if (approximate)
		fs_emit_bool(js, "approximate", true);
}

static void
add_server(struct fs_emit *js, const struct fs_server *server)
{
	fs_emit_object(js, "server");
	fs_emit_text(js, "name", server->name);
	fs_emit_text(js, "version", server->version);
	fs_emit_text(js, "mode", server->mode);
	fs_emit_u64(js, "nodes", server->nnodes);
	if (server->used_memory < 0)
		fs_emit_null(js, "used_memory_bytes");
	else
		fs_emit_i64(js, "used_memory_bytes", server->used_memory);
	fs_emit_bool(js, "field_ttl", server->field_ttl);
	fs_emit_bool(js, "hsetex", server->hsetex);
	fs_emit_close(js);
}

/* A count that is less than all says so, and only that does. */
static void
add_complete(struct fs_emit *js, bool complete)
{
	if (!complete)
		fs_emit_bool(js, "complete", false);
}

static void
doc_state(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	const struct fs_schema *schema = ctx->schema;

	fs_emit_text(js, "key_prefix", schema->prefix);
	fs_emit_seconds(js, "batch_ttl_seconds", schema->batch_ttl_ms);
	fs_emit_seconds(js, "streaming_ttl_seconds",
	    schema->streaming_ttl_ms);
	fs_emit_u64(js, "entity_count", answer->done);
	add_complete(js, answer->complete);
	add_approximate(js, answer->approximate);
	if (answer->server != NULL)
		add_server(js, answer->server);
}

void
fs_doc_ids_begin(struct fs_emit *js)
{
	fs_emit_object(js, NULL);
	fs_emit_array(js, "entity_ids");
}

void
fs_doc_ids(struct fs_emit *js, const struct fs_list *ids)
{
	for (size_t i = 0; i < ids->count; i++)
		fs_emit_bytes(js, NULL, fs_list_at(ids, i));
}

void
fs_doc_ids_end(struct fs_emit *js, uint64_t count, bool complete,
    bool approximate)
{
	fs_emit_close(js);
	fs_emit_u64(js, "count", count);
	add_complete(js, complete);
	add_approximate(js, approximate);
	fs_emit_end(js);
}

static void
doc_ids(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_emit_u64(js, "count", answer->ids.count);
	add_complete(js, answer->complete);
	add_approximate(js, answer->approximate);
	fs_emit_array(js, "entity_ids");
	fs_doc_ids(js, &answer->ids);
}

/*
 * read, inspect
 */

static void
add_read_fields(struct fs_emit *js, const struct fs_entity *entity)
{
	fs_emit_array(js, "requested");
	for (size_t i = 0; i < entity->nfields; i++)
		fs_emit_bytes(js, NULL, name_of(&entity->fields[i]));
	fs_emit_close(js);
	fs_emit_object(js, "values");
	for (size_t i = 0; i < entity->nfields; i++) {
		fs_emit_key(js, name_of(&entity->fields[i]));
		add_value(js, NULL, &entity->fields[i]);
	}
	fs_emit_close(js);
	fs_emit_object(js, "ttls");
	for (size_t i = 0; i < entity->nfields; i++) {
		fs_emit_key(js, name_of(&entity->fields[i]));
		fs_emit_i64(js, NULL, fs_entity_field_seconds(entity,
		    entity->fields[i].deadline_ms));
	}
	fs_emit_close(js);
}

static void
doc_read(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	const struct fs_entity *entity;

	(void)ctx;
	if (answer->nentities == 0)
		return;
	entity = answer->entities[0];
	fs_emit_bytes(js, "entity", id_of(entity));
	fs_emit_bool(js, "exists", entity->exists);
	add_read_fields(js, entity);
	fs_emit_i64(js, "key_ttl_seconds", fs_entity_key_seconds(entity));
	fs_emit_u64(js, "returned_count", entity->nfound);
	fs_emit_ms(js, "elapsed_ms", entity->took_us);
}

static const char *
state_name(enum fs_field_state state)
{
	switch (state) {
	case FS_FIELD_LIVE:
		return "live";
	case FS_FIELD_NO_TTL:
		return "no-ttl";
	case FS_FIELD_LEAK:
		return "leak";
	case FS_FIELD_MISSING:
	case FS_FIELD_EXPIRED:
	case FS_FIELD_GONE:
		break;
	}
	return "missing";
}

static void
add_inspected(struct fs_emit *js, const struct fs_entity *entity,
    const struct fs_field *field)
{
	fs_emit_object(js, NULL);
	fs_emit_bytes(js, "name", name_of(field));
	fs_emit_text(js, "class", fs_class_name(field->class));
	add_value(js, "value", field);
	fs_emit_i64(js, "ttl_seconds", fs_entity_field_seconds(entity,
	    field->deadline_ms));
	fs_emit_text(js, "state", state_name(field->state));
	if (field->value != NULL && !fs_text_is_whole(field))
		fs_emit_u64(js, "value_bytes", field->value_size);
	fs_emit_close(js);
}

static void
doc_inspect(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	const struct fs_entity *entity;
	struct fs_str key = { 0 };

	if (answer->nentities == 0)
		return;
	entity = answer->entities[0];
	fs_str_add_text(&key, ctx->schema->prefix);
	fs_str_add_bytes(&key, id_of(entity));
	fs_emit_bytes(js, "entity", id_of(entity));
	fs_emit_bytes(js, "key", fs_str_bytes(&key));
	fs_str_free(&key);
	fs_emit_bool(js, "exists", entity->exists);
	fs_emit_i64(js, "key_ttl_seconds", fs_entity_key_seconds(entity));
	if (entity->encoding[0] == '\0')
		fs_emit_null(js, "encoding");
	else
		fs_emit_text(js, "encoding", entity->encoding);
	if (entity->memory_bytes < 0)
		fs_emit_null(js, "memory_bytes");
	else
		fs_emit_i64(js, "memory_bytes", entity->memory_bytes);
	fs_emit_array(js, "fields");
	for (size_t i = 0; i < entity->nfields; i++)
		add_inspected(js, entity, &entity->fields[i]);
}

/*
 * batch-read, watch
 */

static void
doc_batch(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_emit_u64(js, "entity_count", answer->asked);
	fs_emit_u64(js, "field_count", answer->field_count);
	fs_emit_u64(js, "returned_count", answer->fields);
	fs_emit_u64(js, "missing_entities", answer->missing);
	fs_emit_ms(js, "elapsed_ms", answer->elapsed_us);
	fs_emit_array(js, "sample");
	for (size_t i = 0; i < answer->nentities; i++) {
		fs_emit_object(js, NULL);
		fs_emit_bytes(js, "id", id_of(answer->entities[i]));
		fs_emit_u64(js, "field_count", answer->entities[i]->nfound);
		fs_emit_close(js);
	}
}

void
fs_doc_event(struct fs_out *out, const struct fs_watch_event *event)
{
	struct fs_emit js = { .out = out };
	char at[40];

	fs_event_time(event, at, sizeof(at));
	fs_emit_object(&js, NULL);
	fs_emit_text(&js, "at", at);
	fs_emit_bytes(&js, "entity", fs_bytes(event->entity,
	    event->entity_len));
	fs_emit_bytes(&js, "field", fs_bytes(event->field, event->field_len));
	fs_emit_text(&js, "event", fs_event_name(event));
	fs_emit_end(&js);
}

/*
 * What writes
 */

/* Where there are some: of those the expiry of an old value may have been
 * renewed alone. */
static void
emit_unacknowledged(struct fs_emit *js, const struct fs_answer *answer)
{
	if (answer->failed != 0)
		fs_emit_u64(js, "unacknowledged", answer->failed);
	if (answer->renewed_stale != 0)
		fs_emit_u64(js, "renewed_stale", answer->renewed_stale);
}

static void
doc_load(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	double rate = answer->elapsed_us <= 0 ? NAN :
	    (double)answer->done * FS_SEC / (double)answer->elapsed_us;

	(void)ctx;
	fs_emit_u64(js, "loaded", answer->done);
	fs_emit_u64(js, "rejected", answer->rejected);
	emit_unacknowledged(js, answer);
	fs_emit_u64(js, "fields", answer->fields);
	fs_emit_seconds(js, "ttl_seconds", answer->ttl_ms);
	fs_emit_ms(js, "elapsed_ms", answer->elapsed_us);
	fs_emit_f64(js, "entities_per_second", rate, 1);
}

static void
doc_stream(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_emit_u64(js, "events", answer->done);
	fs_emit_u64(js, "written_fields", answer->fields);
	fs_emit_u64(js, "rejected", answer->rejected);
	emit_unacknowledged(js, answer);
	fs_emit_ms(js, "elapsed_ms", answer->elapsed_us);
}

static void
doc_set(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_emit_u64(js, "written", answer->fields);
}

static void
doc_deleted(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	fs_emit_u64(js, ctx->dry_run ? "would_delete" : "deleted",
	    answer->deleted);
}

static void
doc_repair(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	(void)ctx;
	fs_emit_u64(js, "leaks", answer->leaks);
	fs_emit_u64(js, "keys_without_ttl", answer->keys_without_ttl);
	fs_emit_u64(js, "orphans", answer->orphans);
	fs_emit_u64(js, "repaired", answer->repaired);
	fs_emit_u64(js, "deleted", answer->deleted);
}

/*
 * audit, drill
 */

static void
add_ttl(struct fs_emit *js, const struct fs_feature_report *feature)
{
	fs_emit_object(js, "ttl_seconds");
	fs_emit_f64(js, "min", feature->ttl_min, 3);
	fs_emit_f64(js, "p5", feature->ttl_p5, 3);
	fs_emit_f64(js, "p50", feature->ttl_p50, 3);
	fs_emit_f64(js, "p95", feature->ttl_p95, 3);
	fs_emit_f64(js, "max", feature->ttl_max, 3);
	fs_emit_close(js);
	fs_emit_array(js, "histogram");
	for (int i = 0; i < FS_AUDIT_BUCKETS; i++) {
		fs_emit_object(js, NULL);
		fs_emit_f64(js, "le_seconds", feature->le_seconds[i], 3);
		fs_emit_u64(js, "count", feature->histogram[i]);
		fs_emit_close(js);
	}
	fs_emit_close(js);
}

static void
add_estimate(struct fs_emit *js, const char *key,
    const struct fs_estimate *estimate)
{
	fs_emit_object(js, key);
	fs_emit_u64(js, "count", estimate->count);
	fs_emit_u64(js, "low", estimate->low);
	fs_emit_u64(js, "high", estimate->high);
	fs_emit_close(js);
}

static void
add_feature_estimates(struct fs_emit *js,
    const struct fs_feature_report *feature)
{
	fs_emit_object(js, "estimates");
	add_estimate(js, "missing", &feature->estimate.missing);
	add_estimate(js, "no_ttl", &feature->estimate.no_ttl);
	add_estimate(js, "leaks", &feature->estimate.leaks);
	add_estimate(js, "over_ttl", &feature->estimate.over_ttl);
	fs_emit_close(js);
}

static void
add_estimates(struct fs_emit *js, const struct fs_audit_report *report)
{
	fs_emit_object(js, "estimates");
	add_estimate(js, "keys_without_ttl",
	    &report->estimate.keys_without_ttl);
	add_estimate(js, "orphans", &report->estimate.orphans);
	fs_emit_close(js);
}

/* Where not all were read the true coverage is near that of those. */
static void
add_feature(struct fs_emit *js, const struct fs_audit_report *report,
    const struct fs_feature_report *feature)
{
	fs_emit_object(js, NULL);
	fs_emit_text(js, "name", feature->name);
	fs_emit_text(js, "class", fs_class_name(feature->class));
	fs_emit_u64(js, "present", feature->present);
	fs_emit_u64(js, "missing", feature->missing);
	fs_emit_f64(js, "coverage_percent", feature->coverage_percent, 4);
	if (report->sampled < report->entities) {
		fs_emit_f64(js, "coverage_low_percent",
		    feature->coverage_low, 4);
		fs_emit_f64(js, "coverage_high_percent",
		    feature->coverage_high, 4);
	}
	fs_emit_u64(js, "no_ttl", feature->no_ttl);
	fs_emit_u64(js, "leaks", feature->leaks);
	fs_emit_u64(js, "over_ttl", feature->over_ttl);
	if (report->sample)
		add_feature_estimates(js, feature);
	add_ttl(js, feature);
	fs_emit_f64(js, "youngest_write_seconds",
	    feature->youngest_write_seconds, 3);
	fs_emit_bool(js, "stalled", feature->stalled);
	fs_emit_f64(js, "half_gone_seconds", feature->half_gone_seconds, 3);
	fs_emit_f64(js, "all_gone_seconds", feature->all_gone_seconds, 3);
	fs_emit_close(js);
}

static void
add_unknown(struct fs_emit *js, const struct fs_audit_report *report)
{
	fs_emit_array(js, "unknown_features");
	for (size_t i = 0; i < report->unknown.count; i++) {
		fs_emit_object(js, NULL);
		fs_emit_bytes(js, "name", fs_list_at(&report->unknown, i));
		fs_emit_u64(js, "count", report->unknown_count[i]);
		fs_emit_close(js);
	}
	fs_emit_close(js);
}

static void
add_violations(struct fs_emit *js, const struct fs_audit_report *report)
{
	fs_emit_array(js, "violations");
	for (int kind = 0; kind < FS_V_COUNT; kind++) {
		const struct fs_list *examples = &report->examples[kind];

		if (report->violation_count[kind] == 0)
			continue;
		fs_emit_object(js, NULL);
		fs_emit_text(js, "kind",
		    fs_violation_name((enum fs_violation)kind));
		fs_emit_u64(js, "count", report->violation_count[kind]);
		fs_emit_array(js, "examples");
		for (size_t i = 0; i < examples->count && i < FS_EXAMPLES; i++)
			fs_emit_bytes(js, NULL, fs_list_at(examples, i));
		fs_emit_close(js);
		fs_emit_close(js);
	}
	fs_emit_close(js);
}

static void
doc_audit(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	const struct fs_audit_report *report = answer->audit;

	(void)ctx;
	if (report == NULL)
		return;
	fs_emit_u64(js, "entities", report->entities);
	fs_emit_u64(js, "sampled", report->sampled);
	fs_emit_bool(js, "complete", report->complete);
	add_approximate(js, report->approximate);
	fs_emit_ms(js, "elapsed_ms", report->elapsed_us);
	fs_emit_u64(js, "keys_without_ttl", report->keys_without_ttl);
	fs_emit_u64(js, "orphans", report->orphans);
	fs_emit_u64(js, "not_hashes", report->not_hashes);
	if (report->sample)
		add_estimates(js, report);
	fs_emit_array(js, "features");
	for (size_t i = 0; i < report->nfeatures; i++)
		add_feature(js, report, &report->features[i]);
	fs_emit_close(js);
	add_unknown(js, report);
	add_violations(js, report);
}

static void
add_point(struct fs_emit *js, const struct fs_drill_report *report,
    const struct fs_drill_point *point)
{
	fs_emit_object(js, NULL);
	fs_emit_f64(js, "at_seconds", point->at_seconds, 3);
	fs_emit_object(js, "features");
	for (size_t i = 0; i < report->features.count; i++) {
		fs_emit_key(js, fs_list_at(&report->features, i));
		fs_emit_f64(js, NULL, point->coverage_percent[i], 4);
	}
	fs_emit_close(js);
	fs_emit_object(js, "expected");
	for (size_t i = 0; i < report->features.count; i++) {
		fs_emit_key(js, fs_list_at(&report->features, i));
		fs_emit_f64(js, NULL, point->expected_percent[i], 4);
	}
	fs_emit_close(js);
	fs_emit_close(js);
}

static void
doc_drill(struct fs_emit *js, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	const struct fs_drill_report *report = answer->drill;

	(void)ctx;
	if (report == NULL)
		return;
	fs_emit_array(js, "timeline");
	for (size_t i = 0; i < report->npoints; i++)
		add_point(js, report, &report->points[i]);
	fs_emit_close(js);
	fs_emit_object(js, "forecast");
	for (size_t i = 0; i < report->features.count; i++) {
		fs_emit_key(js, fs_list_at(&report->features, i));
		fs_emit_f64(js, NULL, report->forecast[i], 3);
	}
	fs_emit_close(js);
	fs_emit_f64(js, "error_seconds", report->error_seconds, 3);
	fs_emit_f64(js, "error_percent", report->error_percent, 4);
	fs_emit_f64(js, "recovery_seconds", report->recovery_seconds, 3);
}

void
fs_doc_done(struct fs_out *out, const struct fs_print_context *ctx,
    const struct fs_answer *answer)
{
	static void (*const docs[FS_OP_COUNT])(struct fs_emit *,
	    const struct fs_print_context *, const struct fs_answer *) = {
		[FS_OP_STATE] = doc_state,
		[FS_OP_ENTITIES] = doc_ids,
		[FS_OP_READ] = doc_read,
		[FS_OP_BATCH_READ] = doc_batch,
		[FS_OP_INSPECT] = doc_inspect,
		[FS_OP_LOAD] = doc_load,
		[FS_OP_STREAM] = doc_stream,
		[FS_OP_SET] = doc_set,
		[FS_OP_DELETE] = doc_deleted,
		[FS_OP_RESET] = doc_deleted,
		[FS_OP_AUDIT] = doc_audit,
		[FS_OP_DRILL] = doc_drill,
		[FS_OP_REPAIR] = doc_repair,
	};
	struct fs_emit js = { .out = out };

	if (docs[answer->op] == NULL)
		return;
	fs_emit_object(&js, NULL);
	docs[answer->op](&js, ctx, answer);
	fs_emit_end(&js);
}
