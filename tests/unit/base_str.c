#include "base/str.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
test_views(void **state)
{
	struct fs_bytes none = { 0 }, abc = fs_bytes_of("abc");
	struct fs_bytes nul = fs_bytes("a\0c", 3);

	(void)state;
	assert_true(fs_bytes_eq(none, fs_bytes_of("")));
	assert_true(fs_bytes_eq(abc, fs_bytes("abcd", 3)));
	assert_false(fs_bytes_eq(abc, nul));
	assert_false(fs_bytes_eq(abc, none));
	assert_false(fs_bytes_eq(abc, fs_bytes_of("abcd")));
	assert_true(fs_bytes_starts(abc, none));
	assert_true(fs_bytes_starts(none, none));
	assert_true(fs_bytes_starts(nul, fs_bytes("a\0", 2)));
	assert_false(fs_bytes_starts(fs_bytes_of("ab"), abc));
	assert_false(fs_bytes_starts(none, abc));
}

static void
test_order(void **state)
{
	static const char *const sorted[] = {
		"", "a", "ab", "abc", "b", "\x7f", "\x80", "\xff",
	};
	const int n = sizeof(sorted) / sizeof(sorted[0]);

	(void)state;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			int order = fs_bytes_cmp(fs_bytes_of(sorted[i]),
			    fs_bytes_of(sorted[j]));

			assert_int_equal((order > 0) - (order < 0),
			    (i > j) - (i < j));
		}
	assert_int_equal(fs_bytes_cmp(fs_bytes(NULL, 0), fs_bytes(NULL, 0)),
	    0);
}

static void
test_add(void **state)
{
	struct fs_str str = { 0 };

	(void)state;
	fs_str_add(&str, NULL, 0);
	assert_string_equal(str.data, "");
	fs_str_add(&str, "a\0b", 3);
	fs_str_add_bytes(&str, fs_bytes_of("cd"));
	fs_str_add_text(&str, "ef");
	fs_str_add_char(&str, '\0');
	assert_int_equal(str.len, 8);
	assert_memory_equal(str.data, "a\0bcdef\0", 9);
	assert_true(fs_bytes_eq(fs_str_bytes(&str),
	    fs_bytes("a\0bcdef\0", 8)));
	fs_str_free(&str);
	assert_null(str.data);
	assert_int_equal(fs_str_bytes(&str).len, 0);
	assert_non_null(fs_str_bytes(&str).data);
}

/* Every length of the string meets every way to outgrow it. */
static void
test_growth(void **state)
{
	char data[300];

	(void)state;
	memset(data, 'x', sizeof(data));
	for (size_t first = 0; first < 200; first++)
		for (size_t second = 0; second < 200; second += 7) {
			struct fs_str str = { 0 };

			fs_str_add(&str, data, first);
			fs_str_add(&str, data, second);
			fs_str_addf(&str, "%.*s", (int)first, data);
			assert_int_equal(str.len, 2 * first + second);
			assert_true(str.len < str.size);
			assert_int_equal(strlen(str.data), str.len);
			fs_str_free(&str);
		}
}

static void
test_room(void **state)
{
	struct fs_str str = { 0 };
	const char *data;

	(void)state;
	fs_str_room(&str, 1000);
	assert_string_equal(str.data, "");
	data = str.data;
	for (int i = 0; i < 1000; i++)
		fs_str_add_char(&str, 'x');
	assert_ptr_equal(str.data, data);
	fs_str_clear(&str);
	assert_string_equal(str.data, "");
	assert_ptr_equal(str.data, data);
	fs_str_free(&str);
	fs_str_clear(&str);
	assert_null(str.data);
}

static void
check_number(long long i)
{
	struct fs_str	 str = { 0 };
	char		 text[80];

	snprintf(text, sizeof(text), "%lld %llu", i, (unsigned long long)i);
	fs_str_add_i64(&str, i);
	fs_str_add_char(&str, ' ');
	fs_str_add_u64(&str, (unsigned long long)i);
	assert_string_equal(str.data, text);
	fs_str_free(&str);
}

static void
test_numbers(void **state)
{
	(void)state;
	for (long long i = -1010; i <= 1010; i++)
		check_number(i);
	for (long long i = 1; i < LLONG_MAX / 10; i *= 10)
		for (int d = -1; d <= 1; d++) {
			check_number(i + d);
			check_number(-i - d);
		}
	check_number(LLONG_MAX);
	check_number(LLONG_MIN);
	check_number(1234567890123456789);
}

static void
test_cut_and_drop(void **state)
{
	struct fs_str str = { 0 };

	(void)state;
	fs_str_cut(&str, 0);
	fs_str_drop(&str, 5);
	assert_null(str.data);
	fs_str_add_text(&str, "abcdef");
	fs_str_cut(&str, 9);
	fs_str_drop(&str, 0);
	assert_string_equal(str.data, "abcdef");
	fs_str_cut(&str, 5);
	assert_string_equal(str.data, "abcde");
	fs_str_drop(&str, 2);
	assert_string_equal(str.data, "cde");
	assert_int_equal(str.len, 3);
	fs_str_drop(&str, 4);
	assert_string_equal(str.data, "");
	assert_int_equal(str.len, 0);
	fs_str_free(&str);
}

static void
test_take(void **state)
{
	struct fs_str	 str = { 0 };
	char		*text = fs_str_take(&str);

	(void)state;
	assert_string_equal(text, "");
	free(text);
	fs_str_add_text(&str, "abc");
	text = fs_str_take(&str);
	assert_string_equal(text, "abc");
	assert_null(str.data);
	assert_int_equal(str.len, 0);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_cut_and_drop),
		cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
