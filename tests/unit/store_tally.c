#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/mem.h"
#include "base/rng.h"
#include "model/entity.h"
#include "store/audit.h"

#define NOW	INT64_C(1700000000000)
#define KEY	(NOW + 3600000)

/* Two batch features and two streaming ones of 120 s, one written each 10 s. */
static struct fs_schema *
make_schema(void)
{
	static const char *const names[] = { "b1", "b2", "s1", "s2" };
	struct fs_schema *schema = fs_schema_new();

	schema->batch_ttl_ms = 7200000;
	schema->streaming_ttl_ms = 120000;
	for (int i = 0; i < 4; i++) {
		struct fs_feature feature = { .name = fs_xstrdup(names[i]),
		    .class = i < 2 ? FS_CLASS_BATCH : FS_CLASS_STREAMING,
		    .interval_ms = i == 2 ? 10000 : 0 };

		assert_true(fs_schema_add(schema, &feature, NULL));
	}
	return schema;
}

/* Deadlines of batch features as they are, of streaming ones in ms left. */
static void
add(struct fs_tally *tally, const char *id, int64_t key, int64_t b1,
    int64_t b2, int64_t s1, int64_t s2)
{
	int64_t		deadline[4] = { b1, b2, s1, s2 };
	uint64_t	hlen = 0;

	for (int i = 0; i < 4; i++) {
		hlen += deadline[i] >= FS_NO_TTL;
		deadline[i] += deadline[i] >= 0 ? NOW : 0;
	}
	fs_tally_entity(tally, fs_bytes_of(id), key, deadline, hlen, NOW);
}

static struct fs_tally *
make_tally(void **state)
{
	*state = make_schema();
	return fs_tally_new(*state, 0);
}

/* The report, after which the tally is gone. */
static struct fs_audit_report *
report_of(struct fs_tally *tally, void **state, uint64_t population)
{
	struct fs_audit_report *report = fs_tally_report(tally, population);

	fs_tally_free(tally);
	fs_schema_free(*state);
	return report;
}

static uint64_t
violations(const struct fs_audit_report *report, enum fs_violation kind,
    size_t examples)
{
	assert_int_equal(report->examples[kind].count, examples);
	return report->violation_count[kind];
}

static void
test_nothing(void **state)
{
	struct fs_tally		*tally = make_tally(state);
	struct fs_audit_report	*report = report_of(tally, state, 0);

	assert_int_equal(report->entities, 0);
	assert_int_equal(report->nfeatures, 4);
	assert_true(report->features[2].coverage_percent == 0);
	assert_true(isnan(report->features[2].ttl_min));
	assert_true(isnan(report->features[2].youngest_write_seconds));
	assert_true(isnan(report->features[0].half_gone_seconds));
	for (int kind = 0; kind < FS_V_COUNT; kind++)
		assert_int_equal(violations(report, kind, 0), 0);
	fs_audit_report_free(report);
	fs_tally_free(NULL);
}

static void
example_is(const struct fs_audit_report *report, size_t feature,
    enum fs_violation kind, const char *id)
{
	const struct fs_list *ids = &report->features[feature].examples[kind];

	assert_int_equal(ids->count, id != NULL);
	if (id != NULL)
		assert_true(fs_bytes_eq(fs_list_at(ids, 0), fs_bytes_of(id)));
}

/* Each feature has its own examples, of the entities that show its faults. */
static void
test_examples_of_features(void **state)
{
	struct fs_tally		*tally = make_tally(state);
	struct fs_audit_report	*report;

	add(tally, "good", KEY, -1, -1, 119000, 1);
	add(tally, "one", KEY, -1, -2, -1, 119000);
	add(tally, "two", KEY, -1, -1, 500000, -1);
	report = report_of(tally, state, 0);
	example_is(report, 0, FS_V_MISSING, NULL);
	example_is(report, 1, FS_V_MISSING, "one");
	example_is(report, 2, FS_V_LEAK, "one");
	example_is(report, 2, FS_V_OVER_TTL, "two");
	example_is(report, 3, FS_V_LEAK, "two");
	example_is(report, 3, FS_V_OVER_TTL, NULL);
	assert_int_equal(report->features[2].mortal, 3);
	assert_true(report->features[2].gone_seconds[0] == 119);
	assert_true(report->features[2].gone_seconds[FS_AUDIT_STEPS] == 3600);
	fs_audit_report_free(report);
}

static void
test_violations(void **state)
{
	struct fs_tally		*tally = make_tally(state);
	struct fs_audit_report	*report;

	add(tally, "good", KEY, -1, -1, 119000, 1);
	add(tally, "leaks", KEY, -1, -1, -1, -1);
	add(tally, "orphan", KEY, -2, -2, 5000, -2);
	add(tally, "nothing", -1, -2, -2, -2, -2);
	add(tally, "over", KEY, -1, -1, 121001, 121000);
	add(tally, "early", NOW + 999, -1, -1, 1000, 999);
	fs_tally_not_hash(tally, fs_bytes_of("string"));
	report = report_of(tally, state, 0);
	assert_int_equal(report->entities, 6);
	assert_int_equal(report->sampled, 6);
	assert_int_equal(violations(report, FS_V_LEAK, 1), 2);
	assert_int_equal(violations(report, FS_V_MISSING, 2), 3 + 4);
	assert_int_equal(violations(report, FS_V_NO_KEY_TTL, 1), 1);
	assert_int_equal(violations(report, FS_V_ORPHAN, 1), 1);
	assert_int_equal(violations(report, FS_V_OVER_TTL, 1), 1);
	assert_int_equal(violations(report, FS_V_KEY_BEFORE_FIELD, 1), 1);
	assert_int_equal(violations(report, FS_V_NOT_HASH, 1), 1);
	assert_int_equal(violations(report, FS_V_STALLED, 0), 0);
	assert_int_equal(report->keys_without_ttl, 1);
	assert_int_equal(report->orphans, 1);
	assert_int_equal(report->not_hashes, 1);
	assert_int_equal(report->features[2].over_ttl, 1);
	assert_int_equal(report->features[3].over_ttl, 0);
	fs_audit_report_free(report);
}

/* With a field that the schema does not know it is more than that. */
static void
test_no_orphan_with_an_unknown_field(void **state)
{
	struct fs_tally		*tally = make_tally(state);
	int64_t			 deadline[4] = { -2, -2, NOW + 1, NOW + 1 };
	struct fs_audit_report	*report;

	fs_tally_entity(tally, fs_bytes_of("u1"), KEY, deadline, 3, NOW);
	fs_tally_entity(tally, fs_bytes_of("u2"), KEY, deadline, 2, NOW);
	report = report_of(tally, state, 0);
	assert_int_equal(report->orphans, 1);
	assert_string_equal(report->examples[FS_V_ORPHAN].text.data, "u2");
	fs_audit_report_free(report);
}

static void
test_ten_different_examples(void **state)
{
	struct fs_tally		*tally = make_tally(state);
	struct fs_audit_report	*report;
	char			 id[16];

	for (int i = 0; i < 40; i++) {
		snprintf(id, sizeof(id), "u%d", i / 2);
		add(tally, id, KEY, -1, -1, -1, 1);
	}
	report = report_of(tally, state, 0);
	assert_int_equal(violations(report, FS_V_LEAK, 10), 40);
	assert_string_equal(fs_list_at(&report->examples[FS_V_LEAK], 9).data,
	    "u9");
	fs_audit_report_free(report);
}

/* As many as are asked for, as long as there is room for them. */
static void
test_more_examples(void **state)
{
	struct fs_tally		*tally;
	struct fs_audit_report	*report;
	char			 id[40001];

	*state = make_schema();
	tally = fs_tally_new(*state, 1000);
	for (int i = 0; i < 1200; i++) {
		snprintf(id, sizeof(id), "u%d", i);
		add(tally, id, KEY, -1, -2, -1, -1);
	}
	report = report_of(tally, state, 0);
	assert_int_equal(violations(report, FS_V_LEAK, 1000), 2400);
	assert_int_equal(report->violation_ids[FS_V_LEAK], 1200);
	assert_int_equal(report->features[2].examples[FS_V_LEAK].count, 1000);
	assert_string_equal(fs_list_at(&report->features[1].
	    examples[FS_V_MISSING], 999).data, "u999");
	fs_audit_report_free(report);
	*state = make_schema();
	tally = fs_tally_new(*state, 1000);
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	for (int i = 0; i < 1200; i++) {
		id[0] = (char)('a' + i % 26);
		add(tally, id, KEY, -1, -2, -1, -1);
	}
	report = report_of(tally, state, 0);
	/* In turns 10 of each of five lists, and 209 more in all. */
	assert_in_range(report->examples[FS_V_LEAK].count, 51, 52);
	assert_in_range(report->features[3].examples[FS_V_LEAK].count, 51, 52);
	fs_audit_report_free(report);
}

static void
test_times(void **state)
{
	struct fs_tally			*tally = make_tally(state);
	struct fs_audit_report		*report;
	const struct fs_feature_report	*fr;

	for (int64_t i = 1; i <= 1000; i++)
		add(tally, "u", NOW + i * 7000, -1, -2, i * 100, -1);
	report = report_of(tally, state, 0);
	fr = &report->features[2];
	assert_float_equal(fr->ttl_min, 0.1, 1e-9);
	assert_float_equal(fr->ttl_p5, 5, 5 * 0.016);
	assert_float_equal(fr->ttl_p50, 50, 50 * 0.016);
	assert_float_equal(fr->ttl_p95, 95, 95 * 0.016);
	assert_float_equal(fr->ttl_max, 100, 1e-9);
	assert_float_equal(fr->half_gone_seconds, fr->ttl_p50, 1e-9);
	assert_float_equal(fr->all_gone_seconds, 100, 1e-9);
	assert_float_equal(fr->youngest_write_seconds, 20, 1e-9);
	assert_false(fr->stalled);
	for (int i = 0; i < FS_AUDIT_BUCKETS; i++)
		assert_int_equal(fr->histogram[i], i < 10 ? 100 : 0);
	assert_float_equal(fr->le_seconds[0], 10, 1e-9);
	assert_float_equal(fr->le_seconds[10], 110, 1e-9);
	assert_true(isinf(fr->le_seconds[11]));
	/* Leaks and batch features have no time of their own, and the key's. */
	fr = &report->features[3];
	assert_true(isnan(fr->ttl_min));
	assert_float_equal(fr->half_gone_seconds, 3500, 3500 * 0.016);
	assert_float_equal(fr->all_gone_seconds, 7000, 1e-9);
	for (int i = 0; i < FS_AUDIT_BUCKETS; i++)
		assert_int_equal(fr->histogram[i], 0);
	fr = &report->features[0];
	assert_true(isnan(fr->ttl_min));
	assert_float_equal(fr->half_gone_seconds, 3500, 3500 * 0.016);
	assert_float_equal(fr->all_gone_seconds, 7000, 1e-9);
	assert_int_equal(fr->histogram[0], 85);
	fs_audit_report_free(report);
}

/* A field goes with its key. */
static void
test_gone_with_the_key(void **state)
{
	struct fs_tally		*tally = make_tally(state);
	struct fs_audit_report	*report;

	add(tally, "u1", NOW + 20000, -1, -1, 50000, 1);
	report = report_of(tally, state, 0);
	assert_float_equal(report->features[2].ttl_max, 50, 1e-9);
	assert_float_equal(report->features[2].all_gone_seconds, 20, 1e-9);
	fs_audit_report_free(report);
}

/* What has no time to live in a key without one stays: so many that half is
 * gone, and so many that it never is. */
static void
test_never_gone(void **state)
{
	struct fs_tally			*tally = make_tally(state);
	struct fs_audit_report		*report;
	const struct fs_feature_report	*fr;

	for (int i = 1; i <= 6; i++)
		add(tally, "u", i <= 3 ? NOW + 900000 : -1, -1, -2,
		    i <= 2 ? -1 : i * 10000, i <= 4 ? -1 : i * 10000);
	for (int i = 0; i < 4; i++)
		add(tally, "u", -1, -2, -2, -2, -1);
	report = fs_tally_report(tally, 0);
	/* Three go with their keys, three stay. */
	fr = &report->features[0];
	assert_float_equal(fr->half_gone_seconds, 900, 1e-9);
	assert_true(isinf(fr->all_gone_seconds));
	/* There is none. */
	assert_true(isnan(report->features[1].half_gone_seconds));
	/* Two leaks go with their keys, long after the others. */
	fr = &report->features[2];
	assert_float_equal(fr->half_gone_seconds, 50, 50 * 0.016);
	assert_float_equal(fr->all_gone_seconds, 900, 1e-9);
	/* Of ten five stay; with one more that would be the most. */
	fr = &report->features[3];
	assert_float_equal(fr->half_gone_seconds, 900, 1e-9);
	assert_true(isinf(fr->all_gone_seconds));
	fs_audit_report_free(report);
	add(tally, "u", -1, -2, -2, -2, -1);
	report = report_of(tally, state, 0);
	assert_true(isinf(report->features[3].half_gone_seconds));
	fs_audit_report_free(report);
}

static void
test_extreme_deadlines(void **state)
{
	struct fs_tally		*tally = make_tally(state);
	struct fs_audit_report	*report;
	int64_t			 past[4] = { NOW - 5, 0, NOW - 1, INT64_MAX };

	fs_tally_entity(tally, fs_bytes_of("u1"), INT64_MAX, past, UINT64_MAX,
	    NOW);
	report = report_of(tally, state, 0);
	assert_float_equal(report->features[2].ttl_max, 0, 1e-9);
	assert_int_equal(report->features[2].histogram[0], 1);
	assert_int_equal(report->features[3].histogram[11], 1);
	assert_int_equal(report->features[3].over_ttl, 1);
	fs_audit_report_free(report);
}

/*
 * Stalled
 */

static bool
is_stalled(void **state, int64_t s1, int n, uint64_t population,
    double *youngest)
{
	struct fs_tally		*tally = make_tally(state);
	struct fs_audit_report	*report;
	bool			 stalled;

	for (int i = 0; i < n; i++)
		add(tally, "u", KEY, -1, -1, s1, -1);
	report = report_of(tally, state, population);
	stalled = report->features[2].stalled;
	*youngest = report->features[2].youngest_write_seconds;
	assert_int_equal(violations(report, FS_V_STALLED, stalled), stalled);
	if (stalled)
		assert_string_equal(report->examples[FS_V_STALLED].text.data,
		    "s1");
	assert_false(report->features[3].stalled);
	fs_audit_report_free(report);
	return stalled;
}

static void
test_stalled(void **state)
{
	double youngest;

	assert_false(is_stalled(state, 100000, 1, 0, &youngest));
	assert_float_equal(youngest, 20, 1e-9);
	assert_true(is_stalled(state, 99999, 1, 0, &youngest));
	assert_float_equal(youngest, 20.001, 1e-9);
	/* A little over the TTL is just now; far over it says nothing. */
	assert_false(is_stalled(state, 120900, 1, 0, &youngest));
	assert_float_equal(youngest, 0, 1e-9);
	assert_false(is_stalled(state, 500000, 1, 0, &youngest));
	assert_true(isnan(youngest));
	assert_false(is_stalled(state, FS_NO_TTL, 1, 0, &youngest));
	/* None left at all: the last one was written longer ago than that. */
	assert_true(is_stalled(state, FS_NOT_THERE, 1, 0, &youngest));
	assert_true(isnan(youngest));
	/* Few of many may have missed the young ones; many hardly. */
	assert_false(is_stalled(state, 90000, 10, 100000, &youngest));
	assert_true(is_stalled(state, 90000, 1000, 100000, &youngest));
}

/*
 * Unknown features
 */

static void
test_unknown(void **state)
{
	struct fs_tally		*tally = make_tally(state);
	struct fs_audit_report	*report;

	fs_tally_unknown(tally, fs_bytes("a\0b", 3));
	fs_tally_unknown(tally, fs_bytes_of("a"));
	for (int i = 0; i < 3; i++)
		fs_tally_unknown(tally, fs_bytes_of("z"));
	report = report_of(tally, state, 0);
	assert_int_equal(report->unknown.count, 3);
	assert_string_equal(fs_list_at(&report->unknown, 0).data, "z");
	assert_int_equal(report->unknown_count[0], 3);
	assert_int_equal(fs_list_at(&report->unknown, 1).len, 1);
	assert_int_equal(fs_list_at(&report->unknown, 2).len, 3);
	fs_audit_report_free(report);
}

static void
test_names_are_bounded(void **state)
{
	struct fs_tally		*tally = make_tally(state);
	struct fs_audit_report	*report;
	char			 name[16];

	for (int i = 0; i < 6000; i++) {
		snprintf(name, sizeof(name), "n%d", i % 3000);
		fs_tally_unknown(tally, fs_bytes_of(name));
	}
	report = report_of(tally, state, 0);
	assert_int_equal(report->unknown.count, 1001);
	assert_string_equal(fs_list_at(&report->unknown, 0).data, "(more)");
	assert_int_equal(report->unknown_count[0], 4000);
	for (int i = 1; i <= 1000; i++)
		assert_int_equal(report->unknown_count[i], 2);
	fs_audit_report_free(report);
}

/*
 * Samples
 */

static bool
holds(const struct fs_estimate *estimate, uint64_t truth)
{
	assert_true(estimate->low <= estimate->count &&
	    estimate->count <= estimate->high);
	return estimate->low <= truth && truth <= estimate->high;
}

/*
 * Draw n of N, of which some have b1: is the share in its interval, and the
 * number of the others, of whom each leaks and has no TTL of its key?
 */
static bool
draw(struct fs_rng *rng, uint64_t population, uint64_t with, uint64_t n)
{
	const struct fs_feature_report *f;
	void			*state;
	struct fs_tally		*tally = make_tally(&state);
	struct fs_audit_report	*report;
	uint64_t		 left = population, of = with;
	double			 share;
	bool			 in;

	for (uint64_t i = 0; i < n; i++) {
		bool has = fs_rng_below(rng, left--) < of;

		of -= has;
		add(tally, "u", has ? KEY : -1, has ? -1 : -2, -1,
		    has ? 1 : -1, 1);
	}
	report = report_of(tally, &state, population);
	f = report->features;
	assert_int_equal(report->sampled, n);
	assert_int_equal(report->entities, population);
	share = 100 * (double)with / (double)population;
	in = report->features[0].coverage_low <= share + 1e-9 &&
	    share - 1e-9 <= report->features[0].coverage_high;
	assert_true(f[1].coverage_high == 100);
	/* Nobody was seen who lacks it: perhaps nobody does. */
	assert_true(holds(&f[1].estimate.missing, 0));
	assert_int_equal(f[1].estimate.missing.count, 0);
	assert_true(holds(&f[1].estimate.no_ttl, population));
	/* Whole entities are a little wider than the share. */
	assert_true(!in || holds(&f[0].estimate.missing, population - with));
	in = holds(&f[2].estimate.leaks, population - with);
	assert_memory_equal(&f[2].estimate.leaks, &f[0].estimate.missing,
	    sizeof(f[2].estimate.leaks));
	assert_memory_equal(&report->estimate.keys_without_ttl,
	    &f[0].estimate.missing, sizeof(f[0].estimate.missing));
	fs_audit_report_free(report);
	return in;
}

static void
test_intervals_hold(void **state)
{
	static const struct {
		uint64_t population, with, n;
	} cases[] = {
		{ 100000, 50000, 100 }, { 100000, 90000, 200 },
		{ 100000, 2000, 300 }, { 1000, 300, 100 }, { 1000, 300, 500 },
		{ 1000, 700, 900 },
	};
	struct fs_rng rng;

	(void)state;
	fs_rng_seed(&rng, 7);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int in = 0;

		for (int k = 0; k < 1000; k++)
			in += draw(&rng, cases[i].population, cases[i].with,
			    cases[i].n);
		print_message("# %d of 1000\n", in);
		assert_in_range((uintmax_t)in, 925, 980);
	}
}

static void
test_a_sample_of_all_is_exact(void **state)
{
	struct fs_rng rng;

	(void)state;
	fs_rng_seed(&rng, 1);
	for (int i = 0; i < 20; i++)
		assert_true(draw(&rng, 50, 17, 50));
}

static void
estimate_is(const struct fs_estimate *estimate, uint64_t count, uint64_t low,
    uint64_t high)
{
	assert_int_equal(estimate->count, count);
	assert_int_equal(estimate->low, low);
	assert_int_equal(estimate->high, high);
}

/* No fewer than were seen, and not those that were seen to be well. */
static void
test_estimates_know_what_was_seen(void **state)
{
	struct fs_tally		*tally = make_tally(state);
	struct fs_audit_report	*report;

	report = fs_tally_report(tally, 7);
	estimate_is(&report->estimate.orphans, 0, 0, 7);
	fs_audit_report_free(report);
	add(tally, "leaks", KEY, -1, -1, -1, 1);
	add(tally, "orphan", KEY, -2, -2, 1, 1);
	report = fs_tally_report(tally, 0);
	estimate_is(&report->features[2].estimate.leaks, 1, 1, 1);
	estimate_is(&report->estimate.orphans, 1, 1, 1);
	fs_audit_report_free(report);
	report = fs_tally_report(tally, 3);
	estimate_is(&report->features[2].estimate.leaks, 2, 1, 2);
	estimate_is(&report->features[0].estimate.missing, 2, 1, 2);
	fs_audit_report_free(report);
	/* 1 of 2 of very many: as good as nothing is known. */
	report = report_of(tally, state, 1000000);
	estimate_is(&report->estimate.orphans, 500000, 94531, 905469);
	fs_audit_report_free(report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_examples_of_features),
		cmocka_unit_test(test_violations),
		cmocka_unit_test(test_no_orphan_with_an_unknown_field),
		cmocka_unit_test(test_ten_different_examples),
		cmocka_unit_test(test_more_examples),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_gone_with_the_key),
		cmocka_unit_test(test_never_gone),
		cmocka_unit_test(test_extreme_deadlines),
		cmocka_unit_test(test_stalled),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_names_are_bounded),
		cmocka_unit_test(test_intervals_hold),
		cmocka_unit_test(test_a_sample_of_all_is_exact),
		cmocka_unit_test(test_estimates_know_what_was_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
