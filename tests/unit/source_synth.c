/* Made-up rows and streaming values. */
#include "source_feed.h"
#include "sample_schema.h"

#include <math.h>

#include "base/clock.h"
#include "source/stream.h"
#include "rounds.h"

static int many;	/* values of a feature, to count them */

static void
show(struct fs_source *src, struct fs_str *out, uint64_t max)
{
	struct fs_row row = { 0 };

	fs_str_clear(out);
	while (max-- > 0 && fs_source_next(src, &row, NULL, NULL) ==
	    FS_GOT_ROW)
		feed_show_row(out, &row);
	fs_row_free(&row);
}

/* These rows are a promise: the same on every machine and in every version. */
static void
test_golden(void **state)
{
	struct fs_source *src = fs_source_synth(schema, 200, 42);
	struct fs_str	  out = { 0 };
	uint64_t	  done, total;

	(void)state;
	show(src, &out, 5);
	assert_string_equal(out.data,
	    "0: u0001 country_iso=BR risk_segment=medium account_age_days=815"
	    " tx_count_7d=1 avg_amount_30d=62.41 chargeback_count_180d=0\n"
	    "0: u0002 country_iso=JP risk_segment=low account_age_days=294"
	    " tx_count_7d=65 avg_amount_30d=327.73 chargeback_count_180d=0\n"
	    "0: u0003 country_iso=US risk_segment=low account_age_days=2112"
	    " tx_count_7d=29 avg_amount_30d=25.66 chargeback_count_180d=0\n"
	    "0: u0004 country_iso=JP risk_segment=low account_age_days=845"
	    " tx_count_7d=61 avg_amount_30d=54.18 chargeback_count_180d=1\n"
	    "0: u0005 country_iso=FR risk_segment=low account_age_days=732"
	    " tx_count_7d=75 avg_amount_30d=47.3 chargeback_count_180d=0\n");
	fs_source_progress(src, &done, &total);
	assert_int_equal(done, 5);
	assert_int_equal(total, 200);
	assert_int_equal(fs_source_fd(src), -1);
	fs_source_close(src);
	fs_str_free(&out);
}

static void
test_ids(void **state)
{
	struct fs_source *src = fs_source_synth(schema, 10001, 1);
	struct fs_row	  row = { 0 };
	uint64_t	  n = 0;

	(void)state;
	while (fs_source_next(src, &row, NULL, NULL) == FS_GOT_ROW) {
		char id[32];

		snprintf(id, sizeof(id), "u%04llu", (unsigned long long)++n);
		assert_int_equal(row.entity.len, strlen(id));
		assert_memory_equal(row.entity.data, id, strlen(id));
		assert_int_equal(row.ncells, 6);
	}
	assert_int_equal(n, 10001);
	fs_row_free(&row);
	fs_source_close(src);
	src = fs_source_synth(schema, 0, 1);
	assert_int_equal(fs_source_next(src, &row, NULL, NULL), FS_GOT_END);
	fs_source_close(src);
}

/* Row n is the same whatever is asked for; another seed is another row. */
static void
test_independent(void **state)
{
	struct fs_source *few = fs_source_synth(schema, 10, 42);
	struct fs_source *all = fs_source_synth(schema, UINT64_MAX, 42);
	struct fs_source *other = fs_source_synth(schema, 10, 43);
	struct fs_str	  a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	show(few, &a, 10);
	show(all, &b, 10);
	show(other, &c, 10);
	assert_string_equal(a.data, b.data);
	assert_string_not_equal(a.data, c.data);
	/* Nor is it the same rows, moved by one. */
	assert_null(strstr(c.data, "account_age_days=294 tx_count_7d=65"));
	fs_source_close(few);
	fs_source_close(all);
	fs_source_close(other);
	fs_str_free(&a);
	fs_str_free(&b);
	fs_str_free(&c);
}

static const struct fs_feature *
feature_of(const char *name)
{
	return &schema->features[fs_schema_find(schema, fs_bytes_of(name))];
}

static void
draw(const struct fs_feature *feature, struct fs_rng *rng,
    struct fs_str *text)
{
	fs_str_clear(text);
	fs_draw_value(feature, rng, 1700000000123, text);
	assert_true(fs_type_accepts(feature->type, fs_str_bytes(text)));
}

/* Each value as often as its weight says, within five deviations. */
static void
check_choice(const char *name, const double *shares, size_t n)
{
	const struct fs_feature *feature = feature_of(name);
	unsigned	count[16] = { 0 };
	struct fs_str	text = { 0 };
	struct fs_rng	rng;

	assert_int_equal(feature->nvalues, n);
	fs_rng_seed(&rng, 3);
	for (int i = 0; i < many; i++) {
		size_t v = 0;

		draw(feature, &rng, &text);
		while (strcmp(feature->values[v], text.data) != 0)
			v++;
		count[v]++;
	}
	for (size_t v = 0; v < n; v++) {
		double share = shares != NULL ? shares[v] : 1.0 / (double)n;
		double off = count[v] - many * share;

		assert_true(off * off < 25 * many * share * (1 - share));
	}
	fs_str_free(&text);
}

static void
test_choices(void **state)
{
	static const double risk[] = { 0.70, 0.25, 0.05 };
	static const double chargebacks[] = { 0.85, 0.10, 0.04, 0.01 };
	static const double logins[] = { 0.70, 0.20, 0.08, 0.02 };

	(void)state;
	check_choice("country_iso", NULL, 10);
	check_choice("risk_segment", risk, 3);
	check_choice("chargeback_count_180d", chargebacks, 4);
	check_choice("last_device_id", NULL, 7);
	check_choice("failed_logins_15m", logins, 4);
	check_choice("session_country", NULL, 10);
}

/* All of the range comes, ends too, and nothing else. */
static void
check_range(const char *name, double min, double max, double step)
{
	const struct fs_feature *feature = feature_of(name);
	double		low = INFINITY, high = -INFINITY, sum = 0, off;
	struct fs_str	text = { 0 };
	struct fs_rng	rng;

	fs_rng_seed(&rng, 4);
	for (int i = 0; i < many * 5; i++) {
		double d;

		draw(feature, &rng, &text);
		d = strtod(text.data, NULL);
		low = d < low ? d : low;
		high = d > high ? d : high;
		sum += d;
	}
	assert_true(low == min && high == max);
	off = (sum / many / 5 - (min + max) / 2) / (max - min + step);
	assert_true(off * off < 25 / (12.0 * many * 5));
	fs_str_free(&text);
}

static void
test_ranges(void **state)
{
	(void)state;
	check_range("account_age_days", 7, 2400, 1);
	check_range("tx_count_7d", 0, 80, 1);
	check_range("avg_amount_30d", 5, 350, 0.01);
	check_range("tx_count_5m", 0, 12, 1);
}

/* "92.0", "92.4", "92.41": what reads back the same, and no longer. */
static void
test_spelling(void **state)
{
	const struct fs_feature *feature = feature_of("avg_amount_30d");
	unsigned	decimals[3] = { 0 };
	struct fs_str	text = { 0 };
	struct fs_rng	rng;

	(void)state;
	fs_rng_seed(&rng, 5);
	for (int i = 0; i < many; i++) {
		char shown[32];
		size_t n;

		draw(feature, &rng, &text);
		n = strlen(strchr(text.data, '.') + 1);
		snprintf(shown, sizeof(shown), "%.*f", (int)n,
		    strtod(text.data, NULL));
		assert_string_equal(text.data, shown);
		assert_true(n == 1 || text.data[text.len - 1] != '0');
		decimals[n]++;
	}
	assert_in_range(decimals[1], many / 11 + 1, many / 9 - 1);
	assert_int_equal(decimals[1] + decimals[2], many);
	fs_str_free(&text);
}

/* Ranges that a schema file may ask for. */
static void
test_odd_ranges(void **state)
{
	static const struct {
		enum fs_type	type;
		double		min, max;
		int		decimals;
	} cases[] = {
		{ FS_TYPE_INT64, -5, -5, 0 },
		{ FS_TYPE_INT64, -9007199254740992.0, 9007199254740992.0, 0 },
		{ FS_TYPE_INT64, 0, 3, 2 },
		{ FS_TYPE_FLOAT64, -1.5, 1.5, 1 },
		{ FS_TYPE_FLOAT64, 0, 10, 0 },
		{ FS_TYPE_FLOAT64, 0, 0.0001, 9 },
		{ FS_TYPE_FLOAT64, -1, 1, 5 },
		{ FS_TYPE_FLOAT64, -1e300, 1e300, 3 },
		{ FS_TYPE_FLOAT64, 1e14, 1e15, 4 },
		{ FS_TYPE_FLOAT64, 0, 1, 12 },
		{ FS_TYPE_FLOAT64, 1, 0, 0 },
	};
	struct fs_str	text = { 0 };
	struct fs_rng	rng;

	(void)state;
	fs_rng_seed(&rng, 6);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int n = 0; n < 2000; n++) {
			struct fs_feature feature = {
				.draw = FS_DRAW_RANGE,
				.type = cases[i].type,
				.min = cases[i].min,
				.max = cases[i].max,
				.decimals = cases[i].decimals,
			};
			double d;

			draw(&feature, &rng, &text);
			d = strtod(text.data, NULL);
			assert_true(d >= cases[i].min || d >= cases[i].max);
			assert_true(d <= cases[i].min || d <= cases[i].max);
		}
	fs_str_free(&text);
}

/* A feature that does not say how: something of its type. */
static void
test_any(void **state)
{
	struct fs_feature	feature = { .draw = FS_DRAW_TYPE };
	struct fs_str		text = { 0 };
	struct fs_rng		rng;

	(void)state;
	fs_rng_seed(&rng, 6);
	for (int type = FS_TYPE_STRING; type <= FS_TYPE_FLOAT64; type++)
		for (int i = 0; i < 1000; i++) {
			feature.type = (enum fs_type)type;
			feature.draw = i % 2 ? FS_DRAW_TYPE : FS_DRAW_CHOICE;
			draw(&feature, &rng, &text);
			assert_true(text.len > 0);
		}
	fs_str_free(&text);
}

static void
test_stream(void **state)
{
	struct fs_row	row = { .entity = fs_bytes("u1", 2) };
	struct fs_str	text = { 0 }, out = { 0 };
	struct fs_rng	rng;

	(void)state;
	fs_str_add_text(&text, "before");
	fs_rng_seed(&rng, 8);
	for (int i = 0; i < 100; i++) {
		fs_stream_draw(schema, &rng, 1700000000123, &row, &text);
		assert_int_equal(row.ncells, 5);
		for (size_t c = 0; c < 5; c++) {
			struct fs_cell *cell = &row.cells[c];
			const struct fs_feature *feature =
			    &schema->features[cell->feature];

			assert_int_equal(cell->feature, 6 + c);
			assert_true(fs_bytes_eq(cell->name,
			    fs_bytes_of(feature->name)));
			assert_true(fs_type_accepts(feature->type,
			    cell->value));
		}
		feed_show_row(&out, &row);
	}
	assert_memory_equal(out.data, "0: u1 last_login_ts=1700000000123 "
	    "last_device_id=", 49);
	assert_memory_equal(text.data, "before1700000000123", 19);
	fs_str_free(&text);
	fs_str_free(&out);
	fs_row_free(&row);
}

/* A batch feature that is drawn as now: one moment for all rows. */
static void
test_now(void **state)
{
	struct fs_feature feature = {
		.name = strdup("loaded_at"),
		.type = FS_TYPE_INT64,
		.draw = FS_DRAW_NOW,
	};
	struct fs_schema *own = fs_schema_new();
	struct fs_source *src;
	struct fs_str	  out = { 0 };

	(void)state;
	assert_true(fs_schema_add(own, &feature, NULL));
	fs_clock_set(1, 1700000000123456);
	src = fs_source_synth(own, 2, 42);
	fs_clock_set(1, 1800000000123456);
	show(src, &out, 2);
	fs_clock_unset();
	assert_string_equal(out.data, "0: u0001 loaded_at=1700000000123\n"
	    "0: u0002 loaded_at=1700000000123\n");
	fs_source_close(src);
	fs_schema_free(own);
	fs_str_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_independent),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_spelling),
		cmocka_unit_test(test_odd_ranges),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_now),
	};

	many = rounds(200000);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
