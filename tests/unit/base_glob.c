#include "base/glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool
matches(const char *pattern, const char *text)
{
	return fs_glob_match(fs_bytes_of(pattern), fs_bytes_of(text));
}

static void
test_match(void **state)
{
	(void)state;
	assert_true(matches("u0009", "u0009"));
	assert_false(matches("u0009", "u00091"));
	assert_false(matches("u0009", "u000"));
	assert_true(matches("*", ""));
	assert_true(matches("u*9", "u0009"));
	assert_true(matches("*00*9*", "u0009"));
	assert_false(matches("*8", "u0009"));
	assert_true(matches("u???9", "u0009"));
	assert_false(matches("u??9", "u0009"));
	assert_true(matches("", ""));
	assert_false(matches("", "a"));
}

/* As Redis' own stringmatchlen() has them. */
static void
test_sets(void **state)
{
	(void)state;
	assert_true(matches("u[0-3]", "u2"));
	assert_true(matches("u[3-0]", "u2"));
	assert_false(matches("u[^0-3]", "u2"));
	assert_true(matches("u[^0-3]", "u7"));
	assert_true(matches("[ab]*[yz]", "b--z"));
	assert_true(matches("[\\]]", "]"));
	assert_true(matches("[abc", "c"));
	assert_true(matches("\\*", "*"));
	assert_false(matches("\\*", "a"));
	assert_true(matches("a\\", "a\\"));
	assert_true(matches("[", "[") == false);
}

static void
test_any_bytes(void **state)
{
	(void)state;
	assert_true(fs_glob_match(fs_bytes("a?b", 3), fs_bytes("a\0b", 3)));
	assert_true(fs_glob_match(fs_bytes("[\x80-\xff]", 5),
	    fs_bytes("\xfe", 1)));
}

/* Many stars take no time without end. */
static void
test_stars(void **state)
{
	char text[20000];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_false(fs_glob_match(fs_bytes_of("*a*a*a*a*a*a*a*a*b"),
	    fs_bytes(text, sizeof(text))));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_stars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
