#include "ui/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_moves(void **state)
{
	struct fs_cursor c = { 0 };

	(void)state;
	assert_true(fs_cursor_command(&c, FS_CMD_UP, 10, 4));
	assert_int_equal(c.at, 0);
	fs_cursor_command(&c, FS_CMD_DOWN, 10, 4);
	assert_int_equal(c.at, 1);
	fs_cursor_command(&c, FS_CMD_PAGE_DOWN, 10, 4);
	assert_int_equal(c.at, 4);
	assert_int_equal(c.top, 1);
	fs_cursor_command(&c, FS_CMD_BOTTOM, 10, 4);
	assert_int_equal(c.at, 9);
	assert_int_equal(c.top, 6);
	fs_cursor_command(&c, FS_CMD_DOWN, 10, 4);
	assert_int_equal(c.at, 9);
	fs_cursor_command(&c, FS_CMD_PAGE_UP, 10, 4);
	assert_int_equal(c.at, 6);
	assert_int_equal(c.top, 6);
	fs_cursor_command(&c, FS_CMD_TOP, 10, 4);
	assert_int_equal(c.at, 0);
	assert_int_equal(c.top, 0);
	assert_false(fs_cursor_command(&c, FS_CMD_QUIT, 10, 4));
}

static void
test_nothing_there(void **state)
{
	static const enum fs_cmd_id all[] = { FS_CMD_DOWN, FS_CMD_UP,
	    FS_CMD_PAGE_DOWN, FS_CMD_PAGE_UP, FS_CMD_TOP, FS_CMD_BOTTOM };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct fs_cursor c = { 3, 2 };

		assert_true(fs_cursor_command(&c, all[i], 0, 0));
		assert_int_equal(c.at, 0);
		assert_int_equal(c.top, 0);
	}
}

/* The list became shorter, the pane larger or smaller. */
static void
test_top(void **state)
{
	struct fs_cursor c = { 50, 45 };

	(void)state;
	assert_int_equal(fs_cursor_top(&c, 100, 10), 45);
	assert_int_equal(fs_cursor_top(&c, 100, 3), 48);
	assert_int_equal(fs_cursor_top(&c, 52, 10), 42);
	assert_int_equal(fs_cursor_top(&c, 20, 10), 10);
	assert_int_equal(fs_cursor_top(&c, 5, 10), 0);
	assert_int_equal(fs_cursor_top(&c, 0, 10), 0);
	assert_int_equal(fs_cursor_top(&c, 100, -1), 50);
	fs_cursor_to(&c, 2, 100, 10);
	assert_int_equal(c.top, 2);
	fs_cursor_to(&c, SIZE_MAX, 100, 10);
	assert_int_equal(c.at, 99);
}

static void
test_scroll(void **state)
{
	struct fs_cursor c = { 0 };

	(void)state;
	fs_cursor_scroll(&c, FS_CMD_DOWN, 20, 8);
	assert_int_equal(c.top, 1);
	fs_cursor_scroll(&c, FS_CMD_BOTTOM, 20, 8);
	assert_int_equal(c.top, 12);
	fs_cursor_scroll(&c, FS_CMD_PAGE_UP, 20, 8);
	assert_int_equal(c.top, 5);
	fs_cursor_scroll(&c, FS_CMD_DOWN, 3, 8);
	assert_int_equal(c.top, 0);
	assert_false(fs_cursor_scroll(&c, FS_CMD_READ, 20, 8));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_scroll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
