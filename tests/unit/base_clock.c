#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static int
unset(void **state)
{
	(void)state;
	fs_clock_unset();
	return 0;
}

static void
test_real(void **state)
{
	int64_t mono = fs_clock_mono(), wall = fs_clock_wall();

	(void)state;
	assert_true(fs_clock_mono() >= mono);
	assert_in_range(wall / FS_SEC, time(NULL) - 2, time(NULL) + 2);
}

static void
test_set(void **state)
{
	(void)state;
	fs_clock_set(5, 7);
	assert_int_equal(fs_clock_mono(), 5);
	assert_int_equal(fs_clock_wall(), 7);
	fs_clock_unset();
	assert_true(fs_clock_mono() > 5);
}

static void
test_after(void **state)
{
	(void)state;
	assert_int_equal(fs_clock_after(5, 0), 5);
	assert_int_equal(fs_clock_after(5, 3), 5 + 3 * FS_MS);
	assert_int_equal(fs_clock_after(FS_SEC, INT64_MAX), FS_NEVER);
	assert_int_equal(fs_clock_after(FS_SEC, INT64_MAX / FS_MS), FS_NEVER);
	assert_int_equal(fs_clock_after(0, INT64_MAX / FS_MS),
	    INT64_MAX / FS_MS * FS_MS);
}

static void
test_poll(void **state)
{
	(void)state;
	fs_clock_set(1000 * FS_SEC, 0);
	assert_int_equal(fs_clock_poll_ms(FS_NEVER), -1);
	assert_int_equal(fs_clock_poll_ms(0), 0);
	assert_int_equal(fs_clock_poll_ms(INT64_MIN), 0);
	assert_int_equal(fs_clock_poll_ms(1000 * FS_SEC), 0);
	assert_int_equal(fs_clock_poll_ms(1000 * FS_SEC + 1), 1);
	assert_int_equal(fs_clock_poll_ms(1000 * FS_SEC + 1000), 1);
	assert_int_equal(fs_clock_poll_ms(1000 * FS_SEC + 1001), 2);
	assert_int_equal(fs_clock_poll_ms(1060 * FS_SEC), 60000);
	assert_int_equal(fs_clock_poll_ms(1061 * FS_SEC), 60000);
	assert_int_equal(fs_clock_poll_ms(FS_NEVER - 1), 60000);
	fs_clock_set(-5, 0);
	assert_int_equal(fs_clock_poll_ms(FS_NEVER - 1), 60000);
}

static void
check_time(int64_t wall_us, const char *iso)
{
	char buf[32], hms[9];

	fs_clock_iso(wall_us, buf, sizeof(buf));
	assert_string_equal(buf, iso);
	fs_clock_hms(wall_us, hms, sizeof(hms));
	assert_int_equal(strlen(hms), 8);
	assert_memory_equal(hms, strchr(iso, 'T') + 1, 8);
}

static void
test_shown(void **state)
{
	char small[6];

	(void)state;
	check_time(0, "1970-01-01T00:00:00Z");
	check_time(-1, "1969-12-31T23:59:59Z");
	check_time(-FS_SEC, "1969-12-31T23:59:59Z");
	check_time(INT64_C(1795435267999999), "2026-11-23T12:01:07Z");
	check_time(INT64_C(1709164800000000), "2024-02-29T00:00:00Z");
	check_time(INT64_MAX, "294247-01-10T04:00:54Z");
	check_time(INT64_MIN, "-290308-12-21T19:59:05Z");
	fs_clock_hms(0, small, sizeof(small));
	assert_string_equal(small, "00:00");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_real, unset),
		cmocka_unit_test_teardown(test_set, unset),
		cmocka_unit_test(test_after),
		cmocka_unit_test_teardown(test_poll, unset),
		cmocka_unit_test_teardown(test_shown, unset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
