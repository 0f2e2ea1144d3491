#include "base/hist.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"

#define SAMPLES	10000

static void
test_empty(void **state)
{
	struct fs_hist hist = { 0 };

	(void)state;
	assert_int_equal(fs_hist_at(&hist, 0), 0);
	assert_int_equal(fs_hist_at(&hist, 0.5), 0);
	assert_int_equal(fs_hist_at(&hist, 1), 0);
}

static void
test_one(void **state)
{
	struct fs_hist hist = { 0 };

	(void)state;
	fs_hist_add(&hist, 123456789);
	assert_int_equal(fs_hist_at(&hist, 0), 123456789);
	assert_int_equal(fs_hist_at(&hist, 0.5), 123456789);
	assert_int_equal(fs_hist_at(&hist, 1), 123456789);
}

/* What one value between the ends comes back as. */
static void
check_error(uint64_t value)
{
	static struct fs_hist hist;
	uint64_t back, off;

	memset(&hist, 0, sizeof(hist));
	fs_hist_add(&hist, 0);
	fs_hist_add(&hist, value);
	fs_hist_add(&hist, UINT64_C(1) << 41);
	back = fs_hist_at(&hist, 0.5);
	off = back > value ? back - value : value - back;
	assert_true((double)off <= (double)value * 0.016);
}

static void
test_error(void **state)
{
	struct fs_rng rng;

	(void)state;
	for (uint64_t value = 0; value < 5000; value++)
		check_error(value);
	for (int bits = 6; bits <= 40; bits++) {
		check_error((UINT64_C(1) << bits) - 1);
		check_error(UINT64_C(1) << bits);
		check_error((UINT64_C(1) << bits) + 1);
	}
	fs_rng_seed(&rng, 1);
	for (int i = 0; i < 10000; i++)
		check_error(fs_rng_next(&rng) >> (24 +
		    fs_rng_below(&rng, 36)));
}

static int
order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
test_percentiles(void **state)
{
	static const double qs[] = { 0.001, 0.25, 0.5, 0.9, 0.99, 0.999 };
	static uint64_t	values[SAMPLES];
	struct fs_hist	hist = { 0 };
	struct fs_rng	rng;

	(void)state;
	fs_rng_seed(&rng, 2);
	for (int i = 0; i < SAMPLES; i++) {
		values[i] = fs_rng_next(&rng) >> (36 +
		    fs_rng_below(&rng, 24));
		fs_hist_add(&hist, values[i]);
	}
	qsort(values, SAMPLES, sizeof(values[0]), order);
	for (size_t i = 0; i < sizeof(qs) / sizeof(qs[0]); i++) {
		double is = (double)fs_hist_at(&hist, qs[i]);
		double want = (double)values[(int)(qs[i] * SAMPLES) - 1];

		assert_true(fabs(is - want) <= want * 0.016);
	}
	assert_int_equal(fs_hist_at(&hist, 0), values[0]);
	assert_int_equal(fs_hist_at(&hist, 1), values[SAMPLES - 1]);
}

/* Within a bucket, too: between the least and the most of all. */
static void
test_evenly(void **state)
{
	struct fs_hist hist = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 300; i++)
		fs_hist_add(&hist, 86000 + i);
	assert_in_range(fs_hist_at(&hist, 0.5), 86145, 86155);
	assert_in_range(fs_hist_at(&hist, 0.1), 86025, 86035);
	assert_int_equal(fs_hist_at(&hist, 1), 86300);
}

static void
test_edges(void **state)
{
	struct fs_hist hist = { 0 }, low = { 0 };

	(void)state;
	fs_hist_add(&hist, 5);
	fs_hist_add(&hist, UINT64_MAX);
	fs_hist_add(&hist, UINT64_MAX);
	assert_int_equal(fs_hist_at(&hist, -1), 5);
	assert_int_equal(fs_hist_at(&hist, NAN), 5);
	assert_int_equal(fs_hist_at(&hist, 1e-30), 5);
	assert_int_equal(fs_hist_at(&hist, 2), UINT64_MAX);
	assert_true(fs_hist_at(&hist, 0.9) >= UINT64_C(1) << 40);
	fs_hist_add(&low, 0);
	fs_hist_add(&low, 1024);		/* the first of its bucket */
	assert_int_equal(fs_hist_at(&low, 0.9), 1024);
	hist.bucket[5] = UINT32_MAX;		/* full, it stays full */
	fs_hist_add(&hist, 5);
	assert_int_equal(hist.bucket[5], UINT32_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_evenly),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
