#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "store/seen.h"

static struct fs_bytes
key(char buf[32], size_t i)
{
	return fs_bytes(buf, (size_t)snprintf(buf, 32, "fs:user:u%04zu", i));
}

static size_t
add(struct fs_seen *seen, size_t from, size_t to)
{
	char	buf[32];
	size_t	fresh = 0;

	for (size_t i = from; i < to; i++)
		fresh += fs_seen_add(seen, key(buf, i));
	return fresh;
}

static void
test_each_once(void **state)
{
	struct fs_seen seen;

	(void)state;
	fs_seen_init(&seen, SIZE_MAX, 42);
	assert_int_equal(add(&seen, 0, 100000), 100000);
	assert_int_equal(add(&seen, 50000, 150000), 50000);
	assert_int_equal(add(&seen, 0, 150000), 0);
	assert_int_equal(seen.count, 150000);
	assert_true(fs_seen_since(&seen, 0));
	fs_seen_free(&seen);
}

static void
test_memory_is_bounded(void **state)
{
	struct fs_seen seen;

	(void)state;
	fs_seen_init(&seen, 100000, 42);
	assert_int_equal(add(&seen, 0, 3000), 3000);
	assert_true(fs_seen_since(&seen, 0));
	assert_int_equal(add(&seen, 3000, 50000), 47000);
	assert_true(2 * seen.size * sizeof(*seen.slots) <= 100000);
	/* The newest are still known, the oldest are not. */
	assert_false(fs_seen_since(&seen, 0));
	assert_true(fs_seen_since(&seen, 47000));
	assert_int_equal(add(&seen, 47000, 50000), 0);
	assert_int_equal(add(&seen, 0, 1000), 1000);
	fs_seen_free(&seen);
}

static void
test_no_memory_at_all(void **state)
{
	struct fs_seen seen;

	(void)state;
	fs_seen_init(&seen, 0, 42);
	assert_int_equal(add(&seen, 0, 10), 10);
	assert_int_equal(add(&seen, 0, 10), 10);
	assert_false(fs_seen_since(&seen, 19));
	assert_true(fs_seen_since(&seen, 20));
	fs_seen_free(&seen);
}

/* Every length, so that each way through the fingerprint is gone. */
static void
test_any_length(void **state)
{
	static const char bytes[64];
	struct fs_seen seen;

	(void)state;
	fs_seen_init(&seen, SIZE_MAX, 0);
	for (size_t len = 0; len <= sizeof(bytes); len++)
		assert_true(fs_seen_add(&seen, fs_bytes(bytes, len)));
	for (size_t len = 0; len <= sizeof(bytes); len++)
		assert_false(fs_seen_add(&seen, fs_bytes(bytes, len)));
	fs_seen_free(&seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_once),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_no_memory_at_all),
		cmocka_unit_test(test_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
