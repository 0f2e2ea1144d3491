#include "redis/info.h"

#include "redis_said.h"

static void
test_info(void **state)
{
	struct fs_bytes	info = fs_bytes_of("# Server\r\nredis_version:8.0.2\r\n"
			    "used_memory:123\r\nused_memory_human:1K\r\n"
			    "maxmemory:0\nempty:\r\nbad:12x\r\nlast:7");
	struct fs_bytes	text;
	int64_t		n;

	(void)state;
	assert_true(fs_info_text(info, "redis_version", &text));
	assert_true(fs_bytes_eq(text, fs_bytes_of("8.0.2")));
	assert_true(fs_info_i64(info, "used_memory", &n));
	assert_int_equal(n, 123);
	assert_true(fs_info_i64(info, "maxmemory", &n));
	assert_int_equal(n, 0);
	assert_true(fs_info_i64(info, "last", &n));
	assert_true(fs_info_text(info, "empty", &text));
	assert_int_equal(text.len, 0);
	assert_false(fs_info_i64(info, "empty", &n));
	assert_false(fs_info_i64(info, "bad", &n));
	assert_false(fs_info_text(info, "used", &text));
	assert_false(fs_info_text(info, "version", &text));
	assert_false(fs_info_text(fs_bytes(NULL, 0), "x", &text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_info),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
