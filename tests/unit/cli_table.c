#include "cli/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct fs_out out;

static int
set_up(void **state)
{
	(void)state;
	out = (struct fs_out){ .fd = -1, .utf8 = true };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	fs_out_free(&out);
	return 0;
}

static void
row(struct fs_table *table, const char *name, const char *value, int n)
{
	fs_table_text(table, FS_LOOK_PLAIN, name);
	fs_table_bytes(table, FS_LOOK_PLAIN, fs_bytes_of(value));
	fs_table_printf(table, FS_LOOK_BAD, "%d", n);
}

static void
print(struct fs_table *table)
{
	fs_table_print(table, &out);
	fs_table_free(table);
}

static void
test_alignment(void **state)
{
	struct fs_table table = { .columns = "lsr" };

	(void)state;
	row(&table, "a", "short", 1);
	row(&table, "long name", "\xe4\xb8\xad\xe6\x96\x87", 1000);
	print(&table);
	assert_string_equal(out.text.data,
	    "a          short     1\n"
	    "long name  \xe4\xb8\xad\xe6\x96\x87   1000\n");
}

static void
test_foreign_bytes(void **state)
{
	struct fs_table table = { .columns = "lsr" };

	(void)state;
	row(&table, "a", "x\x1b[31m\n\xff", 1);
	row(&table, "b", "", 2);
	print(&table);
	assert_string_equal(out.text.data,
	    "a  x\\e[31m\\n\\xFF  1\n"
	    "b                 2\n");
}

static void
test_width(void **state)
{
	struct fs_table table = { .columns = "lsr" };

	(void)state;
	out.width = 20;
	row(&table, "name", "a value that is far too long", 7);
	row(&table, "n", "short", 12);
	print(&table);
	assert_string_equal(out.text.data,
	    "name  a value t\xe2\x80\xa6   7\n"
	    "n     short       12\n");
}

/* A value of any size moves nothing but its own row. */
static void
test_long_without_width(void **state)
{
	struct fs_table table = { .columns = "lsr" };
	char value[101];

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[100] = '\0';
	row(&table, "a", value, 1);
	row(&table, "b", "w", 2);
	print(&table);
	assert_int_equal(out.text.len, strlen("a  ") + 100 + strlen("  1\n") +
	    strlen("b  ") + 60 + strlen("  2\n"));
	assert_non_null(strstr(out.text.data, value));
}

static void
test_color(void **state)
{
	struct fs_table table = { .columns = "lr" };

	(void)state;
	out.color = true;
	fs_table_text(&table, FS_LOOK_PLAIN, "a");
	fs_table_text(&table, FS_LOOK_BAD, "LEAK");
	print(&table);
	assert_string_equal(out.text.data, "a  \033[31mLEAK\033[0m\n");
}

static void
test_no_blanks_at_the_end(void **state)
{
	struct fs_table table = { .columns = "ll" };

	(void)state;
	fs_table_text(&table, FS_LOOK_PLAIN, "a");
	fs_table_text(&table, FS_LOOK_PLAIN, "");
	fs_table_text(&table, FS_LOOK_PLAIN, "abc");
	fs_table_text(&table, FS_LOOK_PLAIN, "d");
	print(&table);
	assert_string_equal(out.text.data, "a\nabc  d\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_alignment, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_foreign_bytes, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_width, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_long_without_width,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_color, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_no_blanks_at_the_end,
		    set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
