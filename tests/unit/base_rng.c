#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* The first numbers of the reference implementation from 1, 2, 3, 4. */
static void
test_xoshiro(void **state)
{
	static const uint64_t expected[] = {
		11520, 0, 1509978240, UINT64_C(1215971899390074240),
		UINT64_C(1216172134540287360), UINT64_C(607988272756665600),
		UINT64_C(16172922978634559625), UINT64_C(8476171486693032832),
		UINT64_C(10595114339597558777), UINT64_C(2904607092377533576),
	};
	struct fs_rng rng = { { 1, 2, 3, 4 } };

	(void)state;
	for (size_t i = 0; i < LEN(expected); i++)
		assert_int_equal(fs_rng_next(&rng), expected[i]);
}

/* The state is the first numbers of splitmix64. */
static void
test_splitmix(void **state)
{
	static const uint64_t expected[] = {
		UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
		UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
	};
	struct fs_rng rng;

	(void)state;
	fs_rng_seed(&rng, 1234567);
	assert_memory_equal(rng.s, expected, sizeof(expected));
	fs_rng_seed(&rng, 0);
	assert_int_equal(rng.s[0], UINT64_C(0xe220a8397b1dcdaf));
}

static void
test_system(void **state)
{
	struct fs_rng a, b;

	(void)state;
	fs_rng_seed_system(&a);
	fs_rng_seed_system(&b);
	assert_memory_not_equal(&a, &b, sizeof(a));
}

static void
test_below(void **state)
{
	const uint64_t large = UINT64_C(3) << 62;	/* half are refused */
	struct fs_rng	rng;
	int		counts[7] = { 0 }, high = 0;

	(void)state;
	fs_rng_seed(&rng, 1);
	for (int i = 0; i < 70000; i++)
		counts[fs_rng_below(&rng, 7)]++;
	for (int i = 0; i < 7; i++)
		assert_in_range(counts[i], 9500, 10500);
	for (int i = 0; i < 30000; i++) {
		uint64_t x = fs_rng_below(&rng, large);

		assert_true(x < large);
		high += x >= large / 3;
	}
	assert_in_range(high, 19500, 20500);	/* a modulo gives 15000 */
	assert_int_equal(fs_rng_below(&rng, 1), 0);
	assert_true(fs_rng_below(&rng, UINT64_MAX) < UINT64_MAX);
}

static void
test_range(void **state)
{
	struct fs_rng	rng;
	bool		low = false, high = false, minus = false, plus = false;

	(void)state;
	fs_rng_seed(&rng, 2);
	for (int i = 0; i < 1000; i++) {
		int64_t n = fs_rng_range(&rng, -3, 3);

		assert_true(n >= -3 && n <= 3);
		low |= n == -3;
		high |= n == 3;
		n = fs_rng_range(&rng, INT64_MIN, INT64_MAX);
		minus |= n < 0;
		plus |= n > 0;
	}
	assert_true(low && high && minus && plus);
	assert_true(fs_rng_range(&rng, 5, 5) == 5);
	assert_true(fs_rng_range(&rng, INT64_MAX, INT64_MAX) == INT64_MAX);
	assert_true(fs_rng_range(&rng, INT64_MIN, INT64_MIN) == INT64_MIN);
}

static void
test_unit(void **state)
{
	struct fs_rng	rng;
	double		sum = 0;

	(void)state;
	fs_rng_seed(&rng, 3);
	for (int i = 0; i < 100000; i++) {
		double d = fs_rng_unit(&rng);

		assert_true(d >= 0 && d < 1);
		sum += d;
	}
	assert_true(sum > 49500 && sum < 50500);
}

static void
test_weighted(void **state)
{
	static const unsigned weights[] = { 0, 70, 0, 25, 5, 0 };
	static const unsigned large[] = { UINT32_MAX, UINT32_MAX };
	struct fs_rng	rng;
	int		counts[LEN(weights)] = { 0 };
	bool		seen[2] = { false, false };

	(void)state;
	fs_rng_seed(&rng, 4);
	for (int i = 0; i < 10000; i++)
		counts[fs_rng_weighted(&rng, weights, LEN(weights))]++;
	assert_int_equal(counts[0] + counts[2] + counts[5], 0);
	assert_in_range(counts[1], 6800, 7200);
	assert_in_range(counts[3], 2350, 2650);
	assert_in_range(counts[4], 400, 600);
	for (int i = 0; i < 100; i++)
		seen[fs_rng_weighted(&rng, large, 2)] = true;
	assert_true(seen[0] && seen[1]);
	assert_int_equal(fs_rng_weighted(&rng, weights, 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xoshiro),
		cmocka_unit_test(test_splitmix),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_unit),
		cmocka_unit_test(test_weighted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
