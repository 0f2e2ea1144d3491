#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/rng.h"
#include "store/sieve.h"

static void
add(struct fs_sieve *sv, size_t from, size_t to)
{
	char buf[32];

	for (size_t i = from; i < to; i++)
		fs_sieve_add(sv, fs_bytes(buf, (size_t)snprintf(buf,
		    sizeof(buf), "u%04zu", i)));
}

/* How many different ones are in a list; its order is lost. */
static size_t
different(struct fs_list *ids)
{
	fs_list_sort_unique(ids);
	return ids->count;
}

static void
test_fewer_than_wanted_all_stay(void **state)
{
	struct fs_sieve	sv;
	struct fs_list	ids = { 0 };

	(void)state;
	fs_sieve_init(&sv, 1000, 1);
	assert_true(fs_sieve_end(&sv, &ids));
	assert_int_equal(ids.count, 0);
	fs_sieve_init(&sv, 1000, 1);
	add(&sv, 0, 1000);
	add(&sv, 0, 1000);
	assert_true(fs_sieve_end(&sv, &ids));
	assert_int_equal(ids.count, 1000);
	assert_int_equal(different(&ids), 1000);
	fs_list_free(&ids);
}

static void
test_repeats_change_nothing(void **state)
{
	struct fs_sieve	once, twice;
	struct fs_list	a = { 0 }, b = { 0 };

	(void)state;
	fs_sieve_init(&once, 300, 7);
	add(&once, 0, 20000);
	assert_false(fs_sieve_end(&once, &a));
	fs_sieve_init(&twice, 300, 7);
	add(&twice, 10000, 20000);
	add(&twice, 0, 15000);
	add(&twice, 5000, 20000);
	assert_false(fs_sieve_end(&twice, &b));
	assert_int_equal(a.count, 300);
	assert_int_equal(b.count, 300);
	for (size_t i = 0; i < a.count; i++)
		assert_true(fs_bytes_eq(fs_list_at(&a, i), fs_list_at(&b, i)));
	assert_int_equal(different(&a), 300);
	fs_list_free(&a);
	fs_list_free(&b);
}

/* Memory is for those that stay, however many come. */
static void
test_memory_is_bounded(void **state)
{
	struct fs_sieve	sv;
	struct fs_list	ids = { 0 };

	(void)state;
	fs_sieve_init(&sv, 5000, 3);
	for (size_t i = 0; i < 500; i++) {
		add(&sv, i * 1000, (i + 1) * 1000);
		assert_true(sv.ids.count <= 5000 + 5000 / 4);
	}
	assert_true(sv.size < 3 * 5000);
	fs_sieve_end(&sv, &ids);
	assert_int_equal(different(&ids), 5000);
	fs_list_free(&ids);
}

/* Each of 100 as often as any other, wherever it comes among them. */
static void
test_each_as_likely(void **state)
{
	size_t	count[100] = { 0 }, rounds = 20000;
	double	chi = 0, want = (double)rounds / 10;
	struct fs_rng rng;

	(void)state;
	fs_rng_seed(&rng, 42);
	for (size_t r = 0; r < rounds; r++) {
		struct fs_sieve	sv;
		struct fs_list	ids = { 0 };

		fs_sieve_init(&sv, 10, fs_rng_next(&rng));
		add(&sv, 0, 100);
		fs_sieve_end(&sv, &ids);
		assert_int_equal(ids.count, 10);
		for (size_t i = 0; i < ids.count; i++) {
			unsigned at;

			assert_int_equal(sscanf(fs_list_at(&ids, i).data,
			    "u%u", &at), 1);
			count[at]++;
		}
		fs_list_free(&ids);
	}
	for (size_t i = 0; i < 100; i++)
		chi += pow((double)count[i] - want, 2) / want;
	chi /= 90.0 / 99;	/* ten different ones at a time */
	assert_true(chi > 40 && chi < 180);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fewer_than_wanted_all_stay),
		cmocka_unit_test(test_repeats_change_nothing),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_each_as_likely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
