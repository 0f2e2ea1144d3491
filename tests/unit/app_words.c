#include "app/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The words joined by '|', or "!" when there is a fault. */
static void
is(const char *line, const char *expected)
{
	struct fs_err err = { 0 };
	char out[200] = "", **argv;
	int argc;

	if (!fs_words_split(line, &argc, &argv, &err)) {
		assert_string_equal("!", expected);
		assert_int_equal(err.code, FS_EUSAGE);
		assert_null(argv);
		return;
	}
	for (int i = 0; i < argc; i++) {
		if (i > 0)
			strcat(out, "|");
		strcat(out, argv[i]);
	}
	assert_null(argv[argc]);
	free(argv);
	assert_string_equal(out, expected);
}

static void
test_words(void **state)
{
	(void)state;
	is("", "");
	is("  \t ", "");
	is("a", "a");
	is("read u1 a b", "read|u1|a|b");
	is("  a   b\t", "a|b");
	is("a b c d e f g h i j", "a|b|c|d|e|f|g|h|i|j");
}

static void
test_quotes(void **state)
{
	(void)state;
	is("'a b' c", "a b|c");
	is("\"a b\" c", "a b|c");
	is("x'a b'y", "xa by");
	is("'' \"\" a", "||a");
	is("set u1 n='it\"s'", "set|u1|n=it\"s");
	is("a\\ b", "a b");
	is("'a\\b'", "a\\b");
	is("\"a\\\"b\"", "a\"b");
	is("$HOME * ~", "$HOME|*|~");
}

static void
test_open(void **state)
{
	(void)state;
	is("'a", "!");
	is("a \"b c", "!");
	is("a\\", "!");
	is("\"a\\", "!");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
