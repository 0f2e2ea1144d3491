#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
test_fail(void **state)
{
	struct fs_err err = { 0 };

	(void)state;
	assert_false(fs_fail(&err, FS_ENOENT, "no entity '%s'", "u1"));
	assert_int_equal(err.code, FS_ENOENT);
	assert_string_equal(err.msg, "no entity 'u1'");
	assert_false(fs_fail(NULL, FS_EIO, "nobody listens"));
}

static void
test_fail_in(void **state)
{
	struct fs_err err = { 0 };

	(void)state;
	fs_fail(&err, FS_EIO, "disk full");
	assert_false(fs_fail_in(&err, "line %d of %s", 7, "rows"));
	assert_int_equal(err.code, FS_EIO);
	assert_string_equal(err.msg, "line 7 of rows: disk full");
	assert_false(fs_fail_in(NULL, "nobody listens"));
}

/* A message may be made from the one that it replaces. */
static void
test_own_message(void **state)
{
	struct fs_err err = { 0 };

	(void)state;
	fs_fail(&err, FS_EIO, "disk full");
	fs_fail(&err, FS_EPARTIAL, "half done, %s", err.msg);
	assert_string_equal(err.msg, "half done, disk full");
	fs_fail_in(&err, "again %s", err.msg);
	assert_string_equal(err.msg,
	    "again half done, disk full: half done, disk full");
}

static void
test_too_long(void **state)
{
	char long_text[2 * sizeof(((struct fs_err *)0)->msg)];
	struct fs_err err = { 0 };

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	fs_fail(&err, FS_EIO, "%s", long_text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	fs_fail_in(&err, "in");
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_memory_equal(err.msg, "in: xxx", 7);
	fs_fail_in(&err, "%s", long_text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
}

/* No half of a character stays at the end, and no whole one is lost. */
static void
test_cut_at_character(void **state)
{
	const size_t room = sizeof(((struct fs_err *)0)->msg) - 1;
	struct fs_err err = { 0 };

	(void)state;
	for (size_t half = 1; half <= 3; half++) {
		int pad = (int)(room - half);

		fs_fail(&err, FS_EIO, "%*s\xf0\x9f\x98\x80tail", pad, "");
		assert_int_equal(strlen(err.msg), pad);
	}
	fs_fail(&err, FS_EIO, "%*s\xf0\x9f\x98\x80tail", (int)room - 4, "");
	assert_int_equal(strlen(err.msg), room);
	fs_fail(&err, FS_EIO, "%*s\x80\x80\x80\x80\x80", (int)room - 1, "");
	assert_in_range(strlen(err.msg), room - 3, room);
}

static void
test_status(void **state)
{
	(void)state;
	assert_int_equal(fs_err_status(FS_OK), 0);
	assert_int_equal(fs_err_status(FS_ENOENT), 1);
	assert_int_equal(fs_err_status(FS_ECANCEL), 1);
	assert_int_equal(fs_err_status(FS_ETYPE), 1);
	assert_int_equal(fs_err_status(FS_EUSAGE), 2);
	assert_int_equal(fs_err_status(FS_EGUARD), 2);
	for (int code = FS_ECONNECT; code <= FS_ETOOOLD; code++)
		assert_int_equal(fs_err_status((enum fs_code)code), 3);
}

static void
test_passing(void **state)
{
	(void)state;
	for (int code = FS_OK; code <= FS_ETYPE; code++)
		assert_int_equal(fs_err_passing((enum fs_code)code),
		    code == FS_ECONNECT || code == FS_ETIMEOUT ||
		    code == FS_EBUSY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_fail_in),
		cmocka_unit_test(test_own_message),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_cut_at_character),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_passing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
