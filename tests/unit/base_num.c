#include "base/num.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "rounds.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static bool
is_i64(const char *text, int64_t min, int64_t max, int64_t expected)
{
	int64_t n = 0x5555;

	if (fs_num_i64(fs_bytes_of(text), min, max, &n))
		return n == expected;
	assert_int_equal(n, 0x5555);
	return false;
}

static bool
is_any(const char *text, int64_t expected)
{
	return is_i64(text, INT64_MIN, INT64_MAX, expected);
}

static void
test_i64(void **state)
{
	int64_t n;

	(void)state;
	assert_true(is_any("0", 0));
	assert_true(is_any("-0", 0));
	assert_true(is_any("007", 7));
	assert_true(is_any("-12", -12));
	assert_true(is_any("9223372036854775807", INT64_MAX));
	assert_true(is_any("-9223372036854775808", INT64_MIN));
	assert_true(is_any("00000000000000000000000000000000001", 1));
	assert_true(is_i64("5", 5, 5, 5));
	assert_false(is_i64("5", 6, 9, 5));
	assert_false(is_i64("5", 1, 4, 5));
	assert_false(fs_num_i64(fs_bytes(NULL, 0), 0, 9, &n));
	assert_false(fs_num_i64(fs_bytes("1\0" "2", 3), 0, 99, &n));
	assert_true(fs_num_i64(fs_bytes("123", 2), 0, 99, &n));
	assert_int_equal(n, 12);
}

static void
test_no_i64(void **state)
{
	static const char *const texts[] = {
		"", "-", "--1", "+1", " 1", "1 ", "1\n", "12x", "x", "0x1f",
		"1.0", "1e3", "1,000", "9223372036854775808",
		"-9223372036854775809", "18446744073709551617",
		"99999999999999999999999999999999999999999", "\xd9\xa1",
	};
	int64_t n = 7;

	(void)state;
	for (size_t i = 0; i < LEN(texts); i++)
		assert_false(fs_num_i64(fs_bytes_of(texts[i]), INT64_MIN,
		    INT64_MAX, &n));
	assert_int_equal(n, 7);
}

static double
f64(const char *text)
{
	double d = NAN;

	assert_true(fs_num_f64(fs_bytes_of(text), &d));
	return d;
}

static void
test_f64(void **state)
{
	char long_text[2000];
	double d;

	(void)state;
	assert_true(f64("92.4") == 92.4);
	assert_true(f64("-1e3") == -1000);
	assert_true(f64("+1.5E+2") == 150);
	assert_true(f64(".5") == 0.5);
	assert_true(f64("5.") == 5);
	assert_true(signbit(f64("-0")));
	assert_true(f64("1e-400") == 0);
	assert_true(f64("4.9e-324") == 4.9406564584124654e-324);
	assert_true(f64("1.7976931348623157e308") == DBL_MAX);
	assert_true(fs_num_f64(fs_bytes("1.55", 3), &d));
	assert_true(d == 1.5);
	memset(long_text, '3', sizeof(long_text));
	memcpy(long_text, "0.", 2);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_true(f64(long_text) == 1.0 / 3);
	memset(long_text, '0', sizeof(long_text));
	memcpy(long_text + sizeof(long_text) - 3, "25", 3);
	assert_true(f64(long_text) == 25);
}

static void
test_no_f64(void **state)
{
	static const char *const texts[] = {
		"", ".", "-", "+", "-.", "e5", ".e5", "1e", "1e+", "1e5.0",
		"1.2.3", "--1", "+-1", " 1", "1 ", "1,5", "0x1p3", "0x10",
		"nan", "NaN", "nan(1)", "inf", "-inf", "infinity", "1e400",
		"-1e400", "1e999999999999999999999", "1f", "1_000",
	};
	double d = 7;

	(void)state;
	for (size_t i = 0; i < LEN(texts); i++)
		assert_false(fs_num_f64(fs_bytes_of(texts[i]), &d));
	assert_false(fs_num_f64(fs_bytes("1\0", 2), &d));
	assert_false(fs_num_f64(fs_bytes(NULL, 0), &d));
	assert_true(d == 7);
}

static int64_t
duration(const char *text)
{
	int64_t ms = -1;

	if (!fs_num_duration(fs_bytes_of(text), &ms))
		assert_int_equal(ms, -1);
	return ms;
}

static void
test_duration(void **state)
{
	static const char *const none[] = {
		"", "s", "ms", "-5s", "+5s", " 5s", "5 s", "5s ", "1.5h",
		"5S", "5M", "1h30m", "5sec", "5us", "5w", "5m5", "0x5s", "-0",
		"70368744177665", "70368744177664001ms", "1172812402962m",
		"814453058d", "9223372036854775807", "99999999999999999999d",
	};

	(void)state;
	assert_int_equal(duration("90"), 90000);
	assert_int_equal(duration("500ms"), 500);
	assert_int_equal(duration("90s"), 90000);
	assert_int_equal(duration("5m"), 300000);
	assert_int_equal(duration("24h"), 86400000);
	assert_int_equal(duration("2d"), 172800000);
	assert_int_equal(duration("0"), 0);
	assert_int_equal(duration("70368744177664"),
	    INT64_C(70368744177664000));
	assert_int_equal(duration("814453057d"),
	    INT64_C(814453057) * 86400000);
	for (size_t i = 0; i < LEN(none); i++)
		assert_int_equal(duration(none[i]), -1);
}

static char *
shown(int64_t ms, bool exact)
{
	static char buf[32];

	return fs_num_show_duration(buf, sizeof(buf), ms, exact);
}

static void
test_show_duration(void **state)
{
	(void)state;
	assert_string_equal(shown(299000, false), "4m59s");
	assert_string_equal(shown(299999, true), "4m59s");
	assert_string_equal(shown(300000, false), "5m");
	assert_string_equal(shown(85260000, false), "23h41m");
	assert_string_equal(shown(86399999, false), "23h59m");
	assert_string_equal(shown(86400000, false), "1d");
	assert_string_equal(shown(183600000, false), "2d3h");
	assert_string_equal(shown(90061000, false), "1d1h");
	assert_string_equal(shown(86460000, false), "1d");
	assert_string_equal(shown(3630000, false), "1h");
	assert_string_equal(shown(4700, false), "4s");
	assert_string_equal(shown(4700, true), "4s");
	assert_string_equal(shown(1000, true), "1s");
	assert_string_equal(shown(850, false), "0s");
	assert_string_equal(shown(850, true), "850ms");
	assert_string_equal(shown(0, true), "0s");
	assert_string_equal(shown(-1, true), "0s");
	assert_string_equal(shown(INT64_MIN, false), "0s");
	assert_string_equal(shown(INT64_MAX, false), "106751991167d7h");
}

static void
test_show_exact(void **state)
{
	static const char *const texts[] = {
		"0s", "500ms", "1500ms", "1s", "90s", "5m", "90m", "1h",
		"24h", "25h", "2d", "86401s", "1ms", "70368744177664s",
	};
	char	buf[32];
	int64_t	ms;

	(void)state;
	for (size_t i = 0; i < LEN(texts); i++) {
		assert_true(fs_num_duration(fs_bytes_of(texts[i]), &ms));
		assert_string_equal(fs_num_show_exact(buf, sizeof(buf), ms),
		    texts[i]);
	}
	assert_string_equal(fs_num_show_exact(buf, sizeof(buf), -5), "0s");
	for (ms = 1; ms < INT64_C(1) << 40; ms += ms / 3 + 1) {
		int64_t back;

		fs_num_show_exact(buf, sizeof(buf), ms);
		assert_true(fs_num_duration(fs_bytes_of(buf), &back));
		assert_int_equal(back, ms);
	}
}

static void
test_show_ms(void **state)
{
	static const struct {
		int64_t		 us;
		const char	*text;
	} cases[] = {
		{ 0, "0.00 ms" }, { -5, "0.00 ms" }, { 310, "0.31 ms" },
		{ 999, "1.00 ms" }, { 9994, "9.99 ms" }, { 9995, "10.0 ms" },
		{ 12400, "12.4 ms" }, { 99949, "99.9 ms" },
		{ 99950, "100 ms" }, { 999499, "999 ms" },
		{ 999500, "1.00 s" }, { 1240000, "1.24 s" },
		{ 12000000, "12.0 s" }, { 3600000000, "3600 s" },
		{ INT64_MAX, "9223372036855 s" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		assert_string_equal(fs_num_show_ms(buf, sizeof(buf),
		    cases[i].us), cases[i].text);
}

static void
test_show_count(void **state)
{
	char buf[32];

	(void)state;
#define COUNT(n)	fs_num_show_count(buf, sizeof(buf), n)
	assert_string_equal(COUNT(0), "0");
	assert_string_equal(COUNT(999), "999");
	assert_string_equal(COUNT(1000), "1,000");
	assert_string_equal(COUNT(-100), "-100");
	assert_string_equal(COUNT(-100000), "-100,000");
	assert_string_equal(COUNT(12400311), "12,400,311");
	assert_string_equal(COUNT(INT64_MAX), "9,223,372,036,854,775,807");
	assert_string_equal(COUNT(INT64_MIN), "-9,223,372,036,854,775,808");
#undef COUNT
}

static void
test_show_short(void **state)
{
	static const struct {
		double		 n;
		const char	*text;
	} cases[] = {
		{ 0, "0" }, { 0.4, "0.4" }, { 2.55, "2.6" }, { 9.96, "10" },
		{ 25.4, "25" }, { 950, "950" }, { 999.4, "999" },
		{ 999.5, "1.0k" }, { 12400, "12.4k" }, { 99949, "99.9k" },
		{ 99951, "100k" }, { 999499, "999k" }, { 999500, "1.0M" },
		{ 12.4e6, "12.4M" }, { 3.1e9, "3.1G" }, { 2e12, "2.0T" },
		{ 5e18, "5.0E" }, { -12400, "-12.4k" }, { -3, "-3" },
		{ NAN, "nan" }, { INFINITY, "999999999999999E" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		assert_string_equal(fs_num_show_short(buf, sizeof(buf),
		    cases[i].n), cases[i].text);
}

static void
test_show_range(void **state)
{
	static const struct {
		double		 low, high;
		const char	*text;
	} cases[] = {
		{ 0, 100, "0-100" }, { 98.71, 100, "98.7-100" },
		{ 65.5, 82.25, "65.5-82.3" }, { 82.3, 82.4, "82.3-82.4" },
		{ 0.04, 0.04, "0-0.1" }, { 7.99, 8.01, "7.9-8.1" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		assert_string_equal(fs_num_show_range(buf, sizeof(buf),
		    cases[i].low, cases[i].high), cases[i].text);
	assert_string_equal(fs_num_show_range(buf, 6, 98.71, 100), "98.7-");
}

static void
test_show_size(void **state)
{
	static const struct {
		int64_t		 bytes;
		const char	*text;
	} cases[] = {
		{ 0, "0 B" }, { 312, "312 B" }, { 1023, "1023 B" },
		{ 1024, "1.0 KB" }, { 1500, "1.5 KB" }, { 1022976, "999 KB" },
		{ 1023999, "1.0 MB" }, { 1048576, "1.0 MB" },
		{ 3328599654, "3.1 GB" }, { INT64_MAX, "8.0 EB" },
		{ INT64_MIN, "-8.0 EB" }, { -312, "-312 B" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		assert_string_equal(fs_num_show_size(buf, sizeof(buf),
		    cases[i].bytes), cases[i].text);
}

static void
test_show_f64(void **state)
{
	static const struct {
		double		 d;
		const char	*text;
	} cases[] = {
		{ 92, "92.0" }, { 92.4, "92.4" }, { 0, "0.0" },
		{ -0.0, "-0.0" }, { 0.1, "0.1" }, { -7.25, "-7.25" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 1e-5, "0.00001" }, { 1.5e-5, "0.000015" },
		{ 1.2345678901234568e-05, "0.000012345678901234568" },
		{ 9.9e-6, "9.9e-6" }, { 1e-6, "1e-6" },
		{ 1e14, "100000000000000.0" }, { 1e15, "1000000000000000.0" },
		{ -1e15, "-1000000000000000.0" }, { 1e16, "1e16" },
		{ 1000000000000001, "1.000000000000001e15" },
		{ 123456789012345.67, "123456789012345.67" },
		{ 999999999999999.9, "999999999999999.9" },
		{ DBL_MAX, "1.7976931348623157e308" },
		{ DBL_MIN, "2.2250738585072014e-308" },
		{ 4.9406564584124654e-324, "5e-324" },
		{ NAN, "nan" }, { INFINITY, "inf" }, { -INFINITY, "-inf" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		assert_string_equal(fs_num_show_f64(buf, sizeof(buf),
		    cases[i].d), cases[i].text);
}

/* What is shown reads back, and no fewer digits would. */
static void
check_round_trip(double d)
{
	char	buf[32], fewer[40];
	double	back;
	size_t	digits = 0;

	fs_num_show_f64(buf, sizeof(buf), d);
	assert_true(fs_num_f64(fs_bytes_of(buf), &back));
	assert_true(back == d && signbit(back) == signbit(d));
	for (size_t i = 0; buf[i] != '\0' && buf[i] != 'e'; i++)
		if (buf[i] >= '1' || (buf[i] == '0' && digits > 0))
			digits++;
	if (digits < 16 || strstr(buf, ".0") != NULL)
		return;
	snprintf(fewer, sizeof(fewer), "%.*e", (int)digits - 2, d);
	assert_true(strtod(fewer, NULL) != d);
}

static void
test_round_trip(void **state)
{
	struct fs_rng rng;

	(void)state;
	fs_rng_seed(&rng, 1);
	for (int i = rounds(100000); i > 0; i--) {
		union { uint64_t bits; double d; } any;
		double power = 1;

		any.bits = fs_rng_next(&rng);
		if (isfinite(any.d))
			check_round_trip(any.d);
		for (uint64_t n = fs_rng_below(&rng, 15); n > 0; n--)
			power *= 10;
		check_round_trip((double)fs_rng_range(&rng, -999999, 999999) /
		    power);
		check_round_trip(fs_rng_unit(&rng) * power);
	}
}

/* The same where the decimal point is a comma. */
static void
test_locale(void **state)
{
	static const char *const names[] = {
		"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "es_ES.UTF-8",
	};
	bool found = false;

	for (size_t i = 0; i < LEN(names) && !found; i++)
		found = setlocale(LC_ALL, names[i]) != NULL;
	if (!found)
		skip();
	assert_string_equal(localeconv()->decimal_point, ",");
	test_f64(state);
	test_no_f64(state);
	test_show_f64(state);
	test_show_ms(state);
	test_show_count(state);
	test_show_short(state);
	test_show_range(state);
	test_show_size(state);
	assert_string_equal(localeconv()->decimal_point, ",");
	setlocale(LC_ALL, "C");
}

/* Nothing is written beyond the buffer, and it always ends in a NUL. */
static void
test_small_buffers(void **state)
{
	char *buf;

	(void)state;
	for (size_t size = 1; size < 12; size++) {
		buf = malloc(size);
		assert_non_null(buf);
#define CHECK(f, ...)	assert_in_range(strlen(f(buf, size, __VA_ARGS__)), \
			    0, size - 1)
		CHECK(fs_num_show_duration, 90061000, false);
		CHECK(fs_num_show_exact, 90061001);
		CHECK(fs_num_show_ms, 12400);
		CHECK(fs_num_show_count, 12400311);
		CHECK(fs_num_show_short, 12400311);
		CHECK(fs_num_show_size, 12400311);
		CHECK(fs_num_show_range, 98.7, 100);
		CHECK(fs_num_show_f64, 92.4);
		CHECK(fs_num_show_f64, 1.0 / 3);
		CHECK(fs_num_show_f64, 1e300);
		CHECK(fs_num_show_f64, NAN);
#undef CHECK
		free(buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_i64),
		cmocka_unit_test(test_no_i64),
		cmocka_unit_test(test_f64),
		cmocka_unit_test(test_no_f64),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_show_duration),
		cmocka_unit_test(test_show_exact),
		cmocka_unit_test(test_show_ms),
		cmocka_unit_test(test_show_count),
		cmocka_unit_test(test_show_short),
		cmocka_unit_test(test_show_range),
		cmocka_unit_test(test_show_size),
		cmocka_unit_test(test_show_f64),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_locale),
		cmocka_unit_test(test_small_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
