/* A store that never was, at a time that stands still: what the screens of
 * the tests show. */
#ifndef TESTS_UNIT_UI_SCENE_H
#define TESTS_UNIT_UI_SCENE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/snap.h"

#define SCENE_MONO	(INT64_C(5000) * FS_SEC)
#define SCENE_WALL	(INT64_C(1795435267) * FS_SEC)	/* 12:01:07 UTC */
#define SCENE_SERVER_MS	(SCENE_WALL / 1000)

static struct fs_field *
scene_field(struct fs_entity *entity, const char *name)
{
	for (size_t i = 0; i < entity->nfields; i++) {
		if (strcmp(entity->fields[i].name, name) == 0)
			return &entity->fields[i];
	}
	return NULL;
}

/* left_ms: what is left of it, or FS_NO_TTL. */
static void
scene_set(struct fs_entity *entity, const char *name, const char *value,
    int64_t left_ms)
{
	struct fs_field *field = scene_field(entity, name);

	fs_field_set_value(field, fs_bytes_of(value));
	field->deadline_ms = left_ms < 0 ? left_ms :
	    SCENE_SERVER_MS + left_ms;
	fs_field_judge(field);
}

/* The features of the sample store by name, none of them there. */
static struct fs_entity *
scene_entity(const struct fs_schema *schema, const char *id)
{
	struct fs_entity *entity = fs_entity_new(fs_bytes_of(id),
	    schema->nfeatures);

	for (size_t i = 0; i < schema->nfeatures; i++) {
		const struct fs_feature *feature =
		    &schema->features[schema->by_name[i]];
		struct fs_field *field = &entity->fields[i];

		fs_field_set_name(field, fs_bytes_of(feature->name));
		field->class = feature->class;
		field->ttl_ms = fs_feature_ttl(schema, feature);
		field->value_size = 0;
	}
	entity->exists = true;
	entity->key_deadline_ms = SCENE_SERVER_MS + INT64_C(85260) * 1000;
	entity->server_ms = SCENE_SERVER_MS;
	entity->read_mono_us = SCENE_MONO;
	entity->took_us = 310;
	entity->memory_bytes = 312;
	snprintf(entity->encoding, sizeof(entity->encoding), "listpackex");
	return entity;
}

static void
scene_count(struct fs_entity *entity)
{
	entity->nfound = 0;
	for (size_t i = 0; i < entity->nfields; i++)
		entity->nfound += entity->fields[i].state <= FS_FIELD_LEAK;
	entity->hlen = entity->nfound;
}

static struct fs_entity *
scene_inspected(const struct fs_schema *schema)
{
	struct fs_entity *entity = scene_entity(schema, "u0006");
	struct fs_field *gone;

	scene_set(entity, "account_age_days", "612", FS_NO_TTL);
	scene_set(entity, "avg_amount_30d", "92.4", FS_NO_TTL);
	scene_set(entity, "chargeback_count_180d", "0", FS_NO_TTL);
	scene_set(entity, "country_iso", "US", FS_NO_TTL);
	scene_set(entity, "failed_logins_15m", "0", 272000);
	scene_set(entity, "last_device_id", "ios-9f02", 172000);
	scene_set(entity, "last_login_ts", "1716998413541", 4000);
	scene_set(entity, "risk_segment", "low", FS_NO_TTL);
	scene_set(entity, "tx_count_5m", "3", FS_NO_TTL);
	gone = scene_field(entity, "session_country");
	fs_field_set_value(gone, fs_bytes_of("US"));
	gone->state = FS_FIELD_EXPIRED;
	gone->gone_wall_us = SCENE_WALL - 4 * FS_SEC;
	scene_count(entity);
	return entity;
}

static struct fs_answer *
scene_read(const struct fs_schema *schema)
{
	static const char *const names[] = { "risk_segment", "tx_count_7d",
	    "avg_amount_30d", "tx_count_5m", "failed_logins_15m" };
	struct fs_request *request = fs_request_new(FS_OP_READ);
	struct fs_answer *answer = fs_answer_new(request, FS_ANSWER_DONE);
	struct fs_entity *all = scene_inspected(schema);
	struct fs_entity *entity = fs_entity_new(fs_bytes_of("u0006"), 5);

	entity->exists = true;
	entity->server_ms = SCENE_SERVER_MS;
	entity->read_mono_us = SCENE_MONO - 3 * FS_SEC;
	entity->took_us = 310;
	for (size_t i = 0; i < 5; i++) {
		struct fs_field *from = scene_field(all, names[i]);
		struct fs_field *to = &entity->fields[i];

		fs_field_set_name(to, fs_bytes_of(names[i]));
		to->class = from->class;
		to->ttl_ms = from->ttl_ms;
		if (from->value != NULL)
			fs_field_set_value(to, fs_bytes(from->value,
			    from->value_len));
		to->deadline_ms = from->deadline_ms;
		fs_field_judge(to);
	}
	answer->id = 7;
	answer->entities = fs_xcalloc(1, sizeof(*answer->entities));
	answer->entities[0] = entity;
	answer->nentities = 1;
	fs_entity_free(all);
	fs_request_free(request);
	return answer;
}

static struct fs_answer *
scene_batch(void)
{
	static const uint64_t found[] = { 100, 100, 97, 87, 99, 100 };
	struct fs_request *request = fs_request_new(FS_OP_BATCH_READ);
	struct fs_answer *answer = fs_answer_new(request, FS_ANSWER_DONE);

	answer->id = 8;
	answer->asked = 100;
	answer->field_count = 6;
	answer->fields = 583;
	answer->elapsed_us = 1240;
	answer->found = fs_xcalloc(6, sizeof(*answer->found));
	memcpy(answer->found, found, sizeof(found));
	fs_request_free(request);
	return answer;
}

static void
scene_hist(struct fs_hist *hist, uint64_t low, uint64_t high, int n)
{
	for (int i = 0; i < n; i++)
		fs_hist_add(hist, low + (high - low) * (uint64_t)(i * i) /
		    (uint64_t)(n * n));
}

static void
scene_server(struct fs_snap *snap)
{
	struct fs_server *server = fs_xcalloc(1, sizeof(*server));

	snprintf(server->name, sizeof(server->name), "Redis");
	snprintf(server->version, sizeof(server->version), "8.0.2");
	snprintf(server->mode, sizeof(server->mode), "standalone");
	snprintf(server->user, sizeof(server->user), "ops");
	snprintf(server->where, sizeof(server->where),
	    "redis://10.2.0.7:6379/0");
	server->used_memory = INT64_C(3328599655);
	server->ops_per_second = 8214;
	server->dbsize = 12400311;
	server->nnodes = 1;
	server->nodes = fs_xcalloc(1, sizeof(*server->nodes));
	server->nodes[0].up = true;
	snap->store.server = server;
	snap->store.link = FS_VIEW_UP;
	snap->store.latency_us = 310;
	snap->store.census = (struct fs_census){ .count = 12400311,
	    .exact = false, .as_of_wall_us = SCENE_WALL - 9 * FS_SEC };
}

static void
scene_series(struct fs_snap *snap)
{
	for (int i = 0; i < 60; i++) {
		fs_series_add(&snap->memory, 3.0e9 + i * 5e6);
		fs_series_add(&snap->operations, 6000 + 2500 *
		    sin((double)i / 3) + (i * 37 % 11) * 90);
		fs_series_add(&snap->entities, 12400000 + i);
		fs_series_add(&snap->write_rate, i % 17 == 5 ? 0 : 25);
	}
}

static void
scene_stream(struct fs_snap *snap)
{
	struct fs_stream_view *view = &snap->stream;

	view->run = FS_RUNNING;
	view->tick_ms = 1000;
	view->users_per_tick = 5;
	view->ticks = 1204;
	view->writes = 30100;
	view->last_tick_us = 420;
	scene_hist(&view->latency, 300, 1100, 200);
}

static inline struct fs_snap *
scene_new(void)
{
	struct fs_snap *snap = fs_xcalloc(1, sizeof(*snap));
	char id[16];

	snap->schema = fs_schema_sample();
	snap->writable = true;
	snap->mono_us = SCENE_MONO;
	snap->wall_us = SCENE_WALL;
	for (int i = 1; i <= 200; i++) {
		snprintf(id, sizeof(id), "u%04d", i);
		fs_list_add(&snap->ids, fs_bytes_of(id));
	}
	scene_server(snap);
	scene_series(snap);
	scene_stream(snap);
	snap->stats = (struct fs_stats){ 200, 30100, 41, 205 };
	snap->store.inspected = scene_inspected(snap->schema);
	snap->read = scene_read(snap->schema);
	snap->batch_read = scene_batch();
	scene_hist(&snap->read_latency, 280, 610, 41);
	scene_hist(&snap->batch_latency, 1100, 2800, 9);
	snap->read_count = 41;
	snap->batch_count = 9;
	return snap;
}

static inline void
scene_free(struct fs_snap *snap)
{
	struct fs_schema *schema = (struct fs_schema *)snap->schema;

	fs_snap_clear(snap);
	fs_schema_free(schema);
	free(snap);
}

#endif
