#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/key.h"

static void
check_pattern(const char *prefix, const char *glob, const char *want)
{
	struct fs_str out = { 0 };

	fs_key_pattern(&out, fs_bytes_of(prefix), glob);
	assert_string_equal(out.data, want);
	fs_str_free(&out);
}

static void
test_pattern(void **state)
{
	(void)state;
	check_pattern("fs:user:", NULL, "fs:user:*");
	check_pattern("fs:user:", "u00[0-4]?", "fs:user:u00[0-4]?");
	check_pattern("a*?[b]\\:", NULL, "a\\*\\?\\[b\\]\\\\:*");
	check_pattern("{t}:^-", NULL, "{t}:^-*");
}

static void
test_pattern_of_any_bytes(void **state)
{
	static const char prefix[] = "a\0*";
	struct fs_str out = { 0 };

	(void)state;
	fs_key_pattern(&out, fs_bytes(prefix, 3), NULL);
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.data, "a\0\\**", 5);
	fs_str_free(&out);
}

static void
test_key_and_back(void **state)
{
	struct fs_bytes prefix = fs_bytes_of("fs:user:"), id;
	struct fs_str	out = { 0 };

	(void)state;
	fs_key_make(&out, prefix, fs_bytes("u\0 1", 4));
	assert_int_equal(out.len, 12);
	assert_true(fs_key_id(fs_str_bytes(&out), prefix, &id));
	assert_int_equal(id.len, 4);
	assert_memory_equal(id.data, "u\0 1", 4);
	fs_str_free(&out);
}

static void
test_what_is_no_key(void **state)
{
	struct fs_bytes prefix = fs_bytes_of("fs:user:"), id;

	(void)state;
	assert_false(fs_key_id(fs_bytes_of("fs:user:"), prefix, &id));
	assert_false(fs_key_id(fs_bytes_of("fs:use"), prefix, &id));
	assert_false(fs_key_id(fs_bytes_of("fs:User:u1"), prefix, &id));
	assert_false(fs_key_id(fs_bytes("", 0), prefix, &id));
	assert_true(fs_key_id(fs_bytes_of("fs:user::"), prefix, &id));
}

static void
test_id(void **state)
{
	struct fs_err err = { 0 };

	(void)state;
	assert_true(fs_key_check_id(fs_bytes_of("*"), &err));
	assert_int_equal(err.code, FS_OK);
	assert_false(fs_key_check_id(fs_bytes_of(""), &err));
	assert_int_equal(err.code, FS_EINPUT);
}

/* As the cluster specification says: the first { and the first } behind it. */
static void
test_tagged(void **state)
{
	(void)state;
	assert_true(fs_key_tagged(fs_bytes_of("{a}:")));
	assert_true(fs_key_tagged(fs_bytes_of("x{a}}{}:")));
	assert_true(fs_key_tagged(fs_bytes_of("{{}")));
	assert_false(fs_key_tagged(fs_bytes_of("")));
	assert_false(fs_key_tagged(fs_bytes_of("fs:user:")));
	assert_false(fs_key_tagged(fs_bytes_of("{}:")));
	assert_false(fs_key_tagged(fs_bytes_of("{}{a}:")));
	assert_false(fs_key_tagged(fs_bytes_of("{a")));
	assert_false(fs_key_tagged(fs_bytes_of("a}{")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_pattern_of_any_bytes),
		cmocka_unit_test(test_key_and_back),
		cmocka_unit_test(test_what_is_no_key),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_tagged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
