/* The small ones: rows, series, servers, requests, audits, snaps. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/row.h"
#include "model/snap.h"

static void
test_row(void **state)
{
	struct fs_row row = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		fs_row_add(&row, i, fs_bytes_of("name"), fs_bytes_of("value"));
	assert_int_equal(row.ncells, 100);
	assert_int_equal(row.cells[99].feature, 99);
	row.line = 7;
	row.ttl_ms = 5;
	row.entity = fs_bytes_of("u1");
	fs_row_clear(&row);
	assert_int_equal(row.ncells, 0);
	assert_int_equal(row.line, 0);
	assert_int_equal(row.ttl_ms, 0);
	assert_int_equal(row.entity.len, 0);
	assert_true(row.size >= 100);
	fs_row_free(&row);
	assert_null(row.cells);
}

static void
test_series(void **state)
{
	struct fs_series series = { 0 };

	(void)state;
	assert_true(isnan(fs_series_back(&series, 0)));
	assert_true(fs_series_max(&series, 10) == 0);
	fs_series_add(&series, -3);
	assert_true(fs_series_max(&series, 10) == -3);
	fs_series_add(&series, NAN);
	assert_true(fs_series_max(&series, 1) == 0);
	for (int i = 0; i < 200; i++)
		fs_series_add(&series, i);
	assert_int_equal(series.count, FS_SERIES_MAX);
	assert_true(fs_series_back(&series, 0) == 199);
	assert_true(fs_series_back(&series, 119) == 80);
	assert_true(isnan(fs_series_back(&series, 120)));
	fs_series_add(&series, 5);
	assert_true(fs_series_max(&series, 1) == 5);
	assert_true(fs_series_max(&series, 2) == 199);
	assert_true(fs_series_max(&series, 9999) == 199);
}

static void
test_server(void **state)
{
	struct fs_server  one = { .version = "8.0.1", .nnodes = 2 };
	struct fs_server *copy;

	(void)state;
	one.nodes = fs_xcalloc(2, sizeof(*one.nodes));
	one.nodes[1].slots = 5461;
	copy = fs_server_copy(&one);
	free(one.nodes);
	assert_string_equal(copy->version, "8.0.1");
	assert_int_equal(copy->nodes[1].slots, 5461);
	fs_server_free(copy);
	one.nnodes = 0;
	copy = fs_server_copy(&one);
	assert_null(copy->nodes);
	fs_server_free(copy);
	fs_server_free(NULL);
	assert_null(fs_server_copy(NULL));
}

static void
test_ops(void **state)
{
	static const char *const names[FS_OP_COUNT] = {
		"state", "entities", "read", "batch-read", "inspect", "watch",
		"bulk-load", "stream", "set", "delete", "reset", "audit",
		"drill", "repair", "schema",
	};

	(void)state;
	for (int i = 0; i < FS_OP_COUNT; i++)
		assert_string_equal(fs_op_name((enum fs_op)i), names[i]);
	assert_true(fs_op_writes(FS_OP_LOAD));
	assert_true(fs_op_writes(FS_OP_RESET));
	assert_true(fs_op_writes(FS_OP_REPAIR));
	assert_true(fs_op_writes(FS_OP_DRILL));
	assert_false(fs_op_writes(FS_OP_AUDIT));
	assert_false(fs_op_writes(FS_OP_WATCH));
	assert_false(fs_op_writes(FS_OP_BATCH_READ));
}

static void
test_violations(void **state)
{
	enum fs_violation kind;

	(void)state;
	for (int i = 0; i < FS_V_COUNT; i++) {
		assert_true(fs_violation_parse(fs_bytes_of(
		    fs_violation_name((enum fs_violation)i)), &kind));
		assert_int_equal(kind, i);
	}
	assert_string_equal(fs_violation_name(FS_V_KEY_BEFORE_FIELD),
	    "key-before-field");
	assert_false(fs_violation_parse(fs_bytes_of("leaks"), &kind));
	assert_false(fs_violation_parse(fs_bytes_of(""), &kind));
}

static struct fs_audit_report *
make_audit(void)
{
	struct fs_audit_report *audit = fs_xcalloc(1, sizeof(*audit));

	audit->nfeatures = 1;
	audit->features = fs_xcalloc(1, sizeof(*audit->features));
	audit->features[0].name = fs_xstrdup("a");
	fs_list_add(&audit->unknown, fs_bytes_of("x"));
	audit->unknown_count = fs_xcalloc(1, sizeof(uint64_t));
	fs_list_add(&audit->examples[FS_V_LEAK], fs_bytes_of("u1"));
	return audit;
}

/* 40 of 50 go, evenly from 10 s to 30 s on; 10 leak. */
static void
test_expected(void **state)
{
	struct fs_feature_report f = { .present = 50, .missing = 50,
		.coverage_percent = 50, .mortal = 40 };

	(void)state;
	for (int i = 0; i <= FS_AUDIT_STEPS; i++)
		f.gone_seconds[i] = 10 + i;
	assert_float_equal(fs_feature_expected(&f, 0), 50, 1e-9);
	assert_float_equal(fs_feature_expected(&f, 10), 50, 1e-9);
	assert_float_equal(fs_feature_expected(&f, 20), 30, 1e-9);
	assert_float_equal(fs_feature_expected(&f, 25.5), 19, 1e-9);
	assert_float_equal(fs_feature_expected(&f, 30), 10, 1e-9);
	assert_float_equal(fs_feature_expected(&f, 1e9), 10, 1e-9);
	/* All at once; and nothing that goes. */
	for (int i = 0; i <= FS_AUDIT_STEPS; i++)
		f.gone_seconds[i] = 5;
	assert_float_equal(fs_feature_expected(&f, 4), 50, 1e-9);
	assert_float_equal(fs_feature_expected(&f, 5), 10, 1e-9);
	f.mortal = 0;
	assert_float_equal(fs_feature_expected(&f, 1e9), 50, 1e-9);
	f = (struct fs_feature_report){ 0 };
	assert_float_equal(fs_feature_expected(&f, 1), 0, 1e-9);
}

static void
test_drill_is_copied(void **state)
{
	struct fs_list names = { 0 };
	struct fs_drill_report *a, *b;

	(void)state;
	fs_list_add(&names, fs_bytes_of("x"));
	fs_list_add(&names, fs_bytes_of("y"));
	a = fs_drill_report_new(&names);
	a->forecast[1] = 7;
	a->time_left[2 * FS_AUDIT_BUCKETS - 1] = 9;
	a->fullest[1] = 11;
	a->resumed_seconds = 3;
	a->start[1].mortal = 13;
	a->foreign_seconds = 17;
	for (int i = 0; i < 3; i++)
		fs_drill_report_add(a)->expected_percent[1] = i;
	b = fs_drill_report_copy(a);
	fs_drill_report_free(a);
	assert_int_equal(b->features.count, 2);
	assert_int_equal(b->npoints, 3);
	assert_true(isnan(b->forecast[0]) && isnan(b->error_seconds));
	assert_float_equal(b->forecast[1], 7, 0);
	assert_int_equal(b->time_left[2 * FS_AUDIT_BUCKETS - 1], 9);
	assert_int_equal(b->fullest[1], 11);
	assert_float_equal(b->resumed_seconds, 3, 0);
	assert_int_equal(b->start[1].mortal, 13);
	assert_float_equal(b->foreign_seconds, 17, 0);
	assert_true(b->foreign == FS_NO_FEATURE);
	assert_float_equal(b->points[2].expected_percent[1], 2, 0);
	assert_true(isnan(b->points[2].coverage_percent[0]));
	fs_drill_report_free(b);
	fs_list_free(&names);
}

static void
add_seen(struct fs_drill_report *report, double at, double percent)
{
	struct fs_drill_point *point = fs_drill_report_add(report);

	point->at_seconds = at;
	point->coverage_percent[0] = percent;
}

/* Half is of what there was at the pause, not of all entities. */
static void
test_drill_half_gone(void **state)
{
	struct fs_list names = { 0 };
	struct fs_drill_report *report;

	(void)state;
	fs_list_add(&names, fs_bytes_of("tx_count_5m"));
	report = fs_drill_report_new(&names);
	assert_true(isnan(fs_drill_half_gone(report, 0)));
	add_seen(report, 0, 40);
	add_seen(report, 10, 30);
	assert_true(isnan(fs_drill_half_gone(report, 0)));
	add_seen(report, 20, 5);
	assert_true(fabs(fs_drill_half_gone(report, 0) - 14) < 1e-9);
	report->resumed_seconds = 15;	/* what goes later goes otherwise */
	assert_true(isnan(fs_drill_half_gone(report, 0)));
	report->points[0].coverage_percent[0] = 0;
	report->resumed_seconds = NAN;
	assert_true(isnan(fs_drill_half_gone(report, 0)));
	fs_drill_report_free(report);
	fs_list_free(&names);
}

/* A feature of 100 that goes evenly from 10 s to 30 s after the start, as seen
 * so much later. */
static struct fs_audit_report *
see(double percent, double youngest)
{
	struct fs_audit_report *seen = make_audit();
	struct fs_feature_report *f = &seen->features[0];

	f->class = FS_CLASS_STREAMING;
	f->present = f->mortal = 100;
	f->coverage_percent = percent;
	f->youngest_write_seconds = youngest;
	f->half_gone_seconds = 20;
	f->all_gone_seconds = 30;
	for (int i = 0; i <= FS_AUDIT_STEPS; i++)
		f->gone_seconds[i] = 10 + i;
	seen->elapsed_us = 1000000;
	return seen;
}

static void
look(struct fs_drill_report *drill, double at, double percent,
    double youngest)
{
	struct fs_audit_report *seen = see(percent, youngest);

	if (drill->npoints == 0)
		fs_drill_report_begin(drill, seen, at);
	fs_drill_report_see(drill, seen, at);
	fs_audit_report_free(seen);
}

static struct fs_drill_report *
one_feature(void)
{
	struct fs_list names = { 0 };
	struct fs_drill_report *drill;

	fs_list_add(&names, fs_bytes_of("a"));
	drill = fs_drill_report_new(&names);
	fs_list_free(&names);
	return drill;
}

/* The forecast is of what is seen 2 s after the pause. */
static void
test_drill_is_judged(void **state)
{
	struct fs_drill_report *drill = one_feature();

	(void)state;
	look(drill, 2, 100, 1);
	assert_float_equal(drill->forecast[0], 22, 0);
	assert_float_equal(drill->error_percent, 0, 1e-9);
	look(drill, 18, 80, 17);
	assert_float_equal(drill->points[1].expected_percent[0], 70, 1e-9);
	look(drill, 21, 59, 20);
	fs_drill_report_judge(drill);
	assert_true(isnan(drill->error_seconds));	/* half is still there */
	look(drill, 24, 41, 23);
	fs_drill_report_judge(drill);
	assert_float_equal(drill->error_seconds, 0.5, 1e-9);
	assert_float_equal(drill->error_percent, 10, 1e-9);
	look(drill, 34, 2, 33);
	look(drill, 35, 0, NAN);	/* 32 s was forecast */
	fs_drill_report_judge(drill);
	assert_float_equal(drill->error_seconds, 2, 1e-9);
	assert_true(drill->foreign == FS_NO_FEATURE);
	/* What comes after the pause is not expected. */
	drill->resumed_seconds = 36;
	look(drill, 40, 100, 0);
	assert_true(isnan(drill->points[6].expected_percent[0]));
	assert_float_equal(drill->error_percent, 10, 1e-9);
	assert_true(drill->foreign == FS_NO_FEATURE);
	fs_drill_report_free(drill);
}

static void
test_drill_is_thinned(void **state)
{
	struct fs_drill_report *drill = one_feature();

	(void)state;
	for (int at = 0; at < 6; at++)
		look(drill, at, 100, at);
	fs_drill_report_thin(drill);
	assert_int_equal(drill->npoints, 4);
	assert_float_equal(drill->points[0].at_seconds, 0, 0);
	assert_float_equal(drill->points[1].at_seconds, 2, 0);
	assert_float_equal(drill->points[3].at_seconds, 5, 0);
	fs_drill_report_free(drill);
}

/* What never goes says nothing about times, and a coverage of it does. */
static void
test_drill_of_a_leak(void **state)
{
	struct fs_drill_report *drill = one_feature();

	(void)state;
	look(drill, 0, 100, 1);
	drill->forecast[0] = drill->forecast_all[0] = INFINITY;
	drill->start[0].mortal = 0;
	look(drill, 20, 40, 20);
	look(drill, 40, 0, NAN);
	fs_drill_report_judge(drill);
	assert_true(isnan(drill->error_seconds));
	assert_float_equal(drill->error_percent, 100, 1e-9);
	fs_drill_report_free(drill);
}

static void
test_drill_sees_who_else_writes(void **state)
{
	struct fs_drill_report *drill = one_feature();

	(void)state;
	look(drill, 0, 90, 0);
	look(drill, 2, 90, 0.1);	/* the look began at 1.5 */
	assert_true(drill->foreign == FS_NO_FEATURE);
	look(drill, 12, 90, 9.9);
	assert_int_equal(drill->foreign, 0);
	assert_float_equal(drill->foreign_seconds, 9.9, 0);
	assert_true(isnan(drill->points[2].expected_percent[0]));
	fs_drill_report_free(drill);
	/* What was over its TTL at first comes to look so by itself. */
	drill = one_feature();
	look(drill, 0, 90, 0);
	drill->start[0].over_ttl = 1;
	look(drill, 12, 90, 0);
	assert_true(drill->foreign == FS_NO_FEATURE);
	fs_drill_report_free(drill);
}

static struct fs_drill_report *
make_drill(void)
{
	struct fs_list names = { 0 };
	struct fs_drill_report *drill;

	fs_list_add(&names, fs_bytes_of("a"));
	drill = fs_drill_report_new(&names);
	fs_list_free(&names);
	fs_drill_report_add(drill)->coverage_percent[0] = 50;
	return drill;
}

/* The leak checker looks whether all of an answer is freed. */
static void
test_answer(void **state)
{
	struct fs_request *request = fs_request_new(FS_OP_AUDIT);
	struct fs_answer  *answer;

	(void)state;
	request->id = 5;
	request->match = fs_xstrdup("*");
	request->from = fs_xstrdup("-");
	request->id_column = fs_xstrdup("id");
	fs_list_add(&request->entities, fs_bytes_of("u1"));
	fs_list_add(&request->features, fs_bytes_of("a"));
	fs_list_add(&request->values, fs_bytes_of("1"));
	fs_clock_set(123, 456);
	answer = fs_answer_new(request, FS_ANSWER_DONE);
	fs_clock_unset();
	fs_request_free(request);
	fs_request_free(NULL);
	assert_int_equal(answer->id, 5);
	assert_int_equal(answer->op, FS_OP_AUDIT);
	assert_int_equal(answer->kind, FS_ANSWER_DONE);
	assert_int_equal(answer->at_mono_us, 123);
	fs_list_add(&answer->ids, fs_bytes_of("u1"));
	answer->nentities = 1;
	answer->entities = fs_xcalloc(1, sizeof(*answer->entities));
	answer->entities[0] = fs_entity_new(fs_bytes_of("u1"), 3);
	answer->found = fs_xcalloc(1, sizeof(*answer->found));
	answer->bad = fs_xcalloc(1, sizeof(*answer->bad));
	answer->nevents = 1;
	answer->events = fs_xcalloc(1, sizeof(*answer->events));
	answer->events[0].entity = fs_xstrdup("u1");
	answer->events[0].field = fs_xstrdup("a");
	answer->server = fs_xcalloc(1, sizeof(*answer->server));
	answer->audit = make_audit();
	answer->drill = make_drill();
	answer->schema = fs_schema_sample();
	fs_answer_free(answer);
	fs_answer_free(NULL);
}

static void
test_snap(void **state)
{
	struct fs_snap		*snap = fs_xcalloc(1, sizeof(*snap));
	struct fs_store_view	*view = fs_xcalloc(1, sizeof(*view));
	struct fs_request	*request = fs_request_new(FS_OP_READ);

	(void)state;
	view->server = fs_xcalloc(1, sizeof(*view->server));
	view->ids = fs_xcalloc(1, sizeof(*view->ids));
	fs_list_add(view->ids, fs_bytes_of("u1"));
	view->inspected = fs_entity_new(fs_bytes_of("u1"), 0);
	snap->store = *view;
	free(view);
	snap->read = fs_answer_new(request, FS_ANSWER_DONE);
	fs_list_add(&snap->ids, fs_bytes_of("u1"));
	fs_request_free(request);
	fs_snap_clear(snap);
	assert_null(snap->read);
	assert_null(snap->store.ids);
	free(snap);
	fs_store_view_free(fs_xcalloc(1, sizeof(*view)));
	fs_stream_view_free(fs_xcalloc(1, sizeof(struct fs_stream_view)));
	fs_store_view_free(NULL);
	fs_stream_view_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_series),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_ops),
		cmocka_unit_test(test_violations),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_snap),
		cmocka_unit_test(test_expected),
		cmocka_unit_test(test_drill_is_copied),
		cmocka_unit_test(test_drill_half_gone),
		cmocka_unit_test(test_drill_is_judged),
		cmocka_unit_test(test_drill_is_thinned),
		cmocka_unit_test(test_drill_of_a_leak),
		cmocka_unit_test(test_drill_sees_who_else_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
