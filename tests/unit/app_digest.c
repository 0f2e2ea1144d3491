#include "app/digest.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/pause.h"
#include "base/clock.h"
#include "base/mem.h"

static struct fs_answer *
answer(enum fs_op op, enum fs_answer_kind kind, uint64_t id)
{
	struct fs_request *rq = fs_request_new(op);
	struct fs_answer *a;

	rq->id = id;
	a = fs_answer_new(rq, kind);
	fs_request_free(rq);
	return a;
}

static struct fs_store_view *
view(const char *id, int64_t count)
{
	struct fs_store_view *v = fs_xcalloc(1, sizeof(*v));

	v->link = FS_VIEW_UP;
	v->census.count = count;
	if (id != NULL) {
		v->ids = fs_xcalloc(1, sizeof(*v->ids));
		fs_list_add(v->ids, fs_bytes_of(id));
	}
	return v;
}

/* A view without ids leaves those that are known. */
static void
test_views(void **state)
{
	struct fs_snap snap = { 0 };

	(void)state;
	fs_digest_view(&snap, view("u1", 1));
	fs_digest_view(&snap, view(NULL, 2));
	assert_int_equal(snap.store.census.count, 2);
	assert_int_equal(snap.ids.count, 1);
	assert_string_equal(fs_list_at(&snap.ids, 0).data, "u1");
	fs_digest_view(&snap, view("u2", 3));
	assert_string_equal(fs_list_at(&snap.ids, 0).data, "u2");
	assert_null(snap.store.ids);
	fs_snap_clear(&snap);
}

static void
test_reads(void **state)
{
	struct fs_snap snap = { 0 };
	struct fs_answer *a;
	struct fs_entity *entity;

	(void)state;
	a = answer(FS_OP_READ, FS_ANSWER_DONE, 1);
	a->elapsed_us = 100;
	a->nentities = 1;
	a->entities = fs_xcalloc(1, sizeof(*a->entities));
	entity = fs_entity_new(fs_bytes_of("u1"), 2);
	fs_field_set_name(&entity->fields[1], fs_bytes_of("short"));
	fs_field_set_value(&entity->fields[1], fs_bytes_of("v"));
	entity->fields[0].value = fs_xmalloc(100001);
	memset(entity->fields[0].value, 'x', 100000);
	entity->fields[0].value[100000] = '\0';
	entity->fields[0].value_len = 100000;
	entity->fields[0].value_size = 100000;
	a->entities[0] = fs_entity_copy(entity);
	fs_entity_free(entity);
	fs_digest_answer(&snap, a);
	assert_ptr_equal(snap.read, a);
	/* As much as a screen can need; what it is in the store stays. */
	entity = a->entities[0];
	assert_int_equal(entity->fields[0].value_len, FS_VALUE_SHOWN);
	assert_int_equal(entity->fields[0].value_size, 100000);
	assert_int_equal(strspn(entity->fields[0].value, "x"),
	    FS_VALUE_SHOWN);
	assert_int_equal(entity->fields[0].value[FS_VALUE_SHOWN], '\0');
	assert_string_equal(entity->fields[1].name, "short");
	assert_string_equal(entity->fields[1].value, "v");
	assert_string_equal(entity->id, "u1");
	assert_int_equal(snap.read_count, 1);
	assert_int_equal(snap.read_latency.count, 1);
	a = answer(FS_OP_READ, FS_ANSWER_DONE, 2);
	fs_fail(&a->err, FS_ECONNECT, "away");
	fs_digest_answer(&snap, a);
	assert_ptr_equal(snap.read, a);
	assert_int_equal(snap.read_count, 1);	/* it measured nothing */
	a = answer(FS_OP_BATCH_READ, FS_ANSWER_DONE, 3);
	fs_digest_answer(&snap, a);
	assert_ptr_equal(snap.batch_read, a);
	assert_int_equal(snap.batch_count, 1);
	assert_null(snap.job);
	fs_snap_clear(&snap);
}

static void
test_jobs(void **state)
{
	struct fs_snap snap = { 0 };
	struct fs_answer *a;

	(void)state;
	fs_digest_job(&snap, answer(FS_OP_LOAD, FS_ANSWER_PROGRESS, 1));
	assert_int_equal(snap.job->op, FS_OP_LOAD);
	a = answer(FS_OP_LOAD, FS_ANSWER_PROGRESS, 1);
	a->done = 5;
	fs_digest_answer(&snap, a);
	assert_int_equal(snap.job->done, 5);
	a = answer(FS_OP_LOAD, FS_ANSWER_DONE, 1);
	a->done = 9;
	fs_digest_answer(&snap, a);
	assert_int_equal(snap.job->done, 9);
	/* The next is shown from its beginning, and not the last. */
	fs_digest_job(&snap, answer(FS_OP_AUDIT, FS_ANSWER_PROGRESS, 2));
	assert_int_equal(snap.job->op, FS_OP_AUDIT);
	assert_int_equal(snap.job->done, 0);
	a = answer(FS_OP_AUDIT, FS_ANSWER_PROGRESS, 2);
	fs_digest_answer(&snap, a);
	assert_ptr_equal(snap.job, a);
	a = answer(FS_OP_AUDIT, FS_ANSWER_DONE, 2);
	fs_digest_answer(&snap, a);
	assert_ptr_equal(snap.audit, a);
	assert_null(snap.job);
	fs_snap_clear(&snap);
}

/* What is asked beside a job leaves the job's place alone. */
static void
test_quick(void **state)
{
	static const enum fs_op ops[] = { FS_OP_BATCH_READ, FS_OP_DELETE };
	struct fs_snap snap = { 0 };

	(void)state;
	fs_digest_job(&snap, answer(FS_OP_DRILL, FS_ANSWER_PROGRESS, 1));
	for (size_t i = 0; i < 2; i++) {
		fs_digest_answer(&snap, answer(ops[i], FS_ANSWER_PROGRESS,
		    2));
		fs_digest_answer(&snap, answer(ops[i], FS_ANSWER_DONE, 2));
		assert_int_equal(snap.job->op, FS_OP_DRILL);
		assert_int_equal(snap.job->id, 1);
	}
	fs_digest_answer(&snap, answer(FS_OP_DRILL, FS_ANSWER_DONE, 1));
	fs_digest_answer(&snap, answer(FS_OP_DELETE, FS_ANSWER_PROGRESS, 3));
	assert_int_equal(snap.job->op, FS_OP_DRILL);
	/* Of many ids it is a job itself. */
	fs_digest_job(&snap, answer(FS_OP_DELETE, FS_ANSWER_PROGRESS, 4));
	fs_digest_answer(&snap, answer(FS_OP_DELETE, FS_ANSWER_DONE, 4));
	assert_null(snap.job);
	fs_digest_answer(&snap, answer(FS_OP_DELETE, FS_ANSWER_PROGRESS, 5));
	assert_null(snap.job);
	fs_snap_clear(&snap);
}

/* Its report comes in parts; numbers on the way do not take it away. */
static void
test_drill(void **state)
{
	struct fs_snap snap = { 0 };
	struct fs_answer *a = answer(FS_OP_DRILL, FS_ANSWER_PART, 1);

	(void)state;
	a->drill = fs_xcalloc(1, sizeof(*a->drill));
	fs_digest_answer(&snap, a);
	assert_non_null(snap.job->drill);
	fs_digest_answer(&snap, answer(FS_OP_DRILL, FS_ANSWER_PROGRESS, 1));
	assert_int_equal(snap.job->kind, FS_ANSWER_PROGRESS);
	assert_non_null(snap.job->drill);
	fs_snap_clear(&snap);
}

static void
notice_is(enum fs_op op, uint64_t done, uint64_t deleted, uint64_t missing,
    const char *expected)
{
	struct fs_answer *a = answer(op, FS_ANSWER_DONE, 1);
	char buf[240] = "";

	a->done = done;
	a->deleted = deleted;
	a->missing = missing;
	a->elapsed_us = 27000;
	fs_digest_notice(a, buf, sizeof(buf));
	assert_string_equal(buf, expected);
	fs_answer_free(a);
}

static void
test_notices(void **state)
{
	struct fs_answer *a = answer(FS_OP_READ, FS_ANSWER_DONE, 1);
	char buf[240];

	(void)state;
	notice_is(FS_OP_LOAD, 12400, 0, 0, "loaded 12,400 entities in "
	    "27.0 ms");
	notice_is(FS_OP_RESET, 0, 200, 0, "deleted 200 entities");
	notice_is(FS_OP_DELETE, 0, 1, 2, "deleted 1 entities; 2 were not "
	    "there");
	notice_is(FS_OP_READ, 1, 0, 0, "");
	a->op = FS_OP_RESET;
	a->dry_run = true;
	a->deleted = 7;
	assert_true(fs_digest_notice(a, buf, sizeof(buf)));
	assert_string_equal(buf, "would delete 7 entities");
	a->op = FS_OP_REPAIR;
	a->leaks = 3;
	assert_true(fs_digest_notice(a, buf, sizeof(buf)));
	assert_string_equal(buf, "leaks 3, keys without TTL 0, orphans 0");
	a->op = FS_OP_READ;
	fs_fail(&a->err, FS_ETIMEOUT, "no answer");
	assert_true(fs_digest_notice(a, buf, sizeof(buf)));
	assert_string_equal(buf, "read: no answer");
	fs_answer_free(a);
}

static void
test_samples(void **state)
{
	struct fs_snap snap = { 0 };
	struct fs_store_view *v = view(NULL, 200);

	(void)state;
	v->server = fs_xcalloc(1, sizeof(*v->server));
	v->server->used_memory = 1000;
	v->server->ops_per_second = -1;
	fs_digest_view(&snap, v);
	fs_digest_sample(&snap, 2, 50);
	assert_true(fs_series_back(&snap.memory, 0) == 1000);
	assert_true(isnan(fs_series_back(&snap.operations, 0)));
	assert_true(fs_series_back(&snap.entities, 1) == 200);
	assert_true(fs_series_back(&snap.write_rate, 0) == 25);
	assert_true(fs_series_back(&snap.write_rate, 1) == 25);
	snap.store.link = FS_VIEW_WAITING;
	fs_digest_sample(&snap, 1, 0);
	assert_true(isnan(fs_series_back(&snap.memory, 0)));
	/* A machine that slept for days. */
	fs_digest_sample(&snap, 1000000, 0);
	assert_int_equal(snap.memory.count, FS_SERIES_MAX);
	fs_snap_clear(&snap);
}

static struct fs_stream_view *
paused_since(enum fs_run run, int64_t us)
{
	struct fs_stream_view *v = fs_xcalloc(1, sizeof(*v));

	v->run = run;
	v->since_mono_us = us;
	return v;
}

/* An audit of the sample's features that took 1 s and ended then. */
static struct fs_answer *
look(const struct fs_schema *schema, int64_t end_us, double percent)
{
	struct fs_answer *a = answer(FS_OP_AUDIT, FS_ANSWER_DONE, 1);
	struct fs_audit_report *report = fs_xcalloc(1, sizeof(*report));

	a->audit = report;
	a->at_mono_us = end_us;
	a->by_itself = true;
	report->complete = true;
	report->elapsed_us = FS_SEC;
	report->nfeatures = schema->nfeatures;
	report->features = fs_xcalloc(report->nfeatures,
	    sizeof(*report->features));
	for (size_t i = 0; i < report->nfeatures; i++) {
		report->features[i].name =
		    fs_xstrdup(schema->features[i].name);
		report->features[i].class = schema->features[i].class;
		report->features[i].coverage_percent = percent;
		report->features[i].youngest_write_seconds = NAN;
	}
	return a;
}

/* Audits that saw nothing but the pause are of it, until it is over. */
static void
test_pause(void **state)
{
	struct fs_schema *schema = fs_schema_sample();
	struct fs_snap snap = { .schema = schema };
	struct fs_answer *rough;

	(void)state;
	snap.store.link = FS_VIEW_UP;
	fs_digest_answer(&snap, look(schema, 5 * FS_SEC, 90));
	assert_null(snap.pause);
	fs_digest_stream(&snap, paused_since(FS_PAUSED, 10 * FS_SEC));
	assert_true(fs_pause_goes_on(&snap));
	fs_digest_answer(&snap, look(schema, 10 * FS_SEC + 1, 90));
	assert_null(snap.pause);	/* it began before */
	fs_digest_answer(&snap, look(schema, 12 * FS_SEC, 80));
	assert_int_equal(snap.pause->features.count, 5);
	assert_float_equal(snap.pause->for_seconds, 300, 0);
	assert_float_equal(snap.pause->start_seconds, 1.5, 0);
	rough = look(schema, 13 * FS_SEC, 70);
	rough->by_itself = false;
	rough->audit->entities = 9;
	fs_digest_answer(&snap, rough);
	assert_int_equal(snap.pause->npoints, 1);
	fs_digest_answer(&snap, look(schema, 14 * FS_SEC, 60));
	assert_int_equal(snap.pause->npoints, 2);
	assert_float_equal(snap.pause->error_percent, 20, 0);
	assert_int_equal(fs_pause_rest(&snap, 14 * FS_SEC), FS_SEC);
	assert_int_equal(fs_pause_rest(&snap, 130 * FS_SEC), 2 * FS_SEC);
	fs_digest_stream(&snap, paused_since(FS_PAUSED, 10 * FS_SEC));
	assert_non_null(snap.pause);
	for (int i = 0; i < 1000; i++)
		fs_digest_answer(&snap, look(schema, (15 + i) * FS_SEC, 60));
	assert_true(snap.pause->npoints <= 240);
	fs_digest_stream(&snap, paused_since(FS_PAUSED, 2000 * FS_SEC));
	assert_null(snap.pause);
	fs_snap_clear(&snap);
	fs_schema_free(schema);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_jobs),
		cmocka_unit_test(test_quick),
		cmocka_unit_test(test_drill),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_notices),
		cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
