#include "ui/prompt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/command.h"

/* Type each byte of keys. */
static void
type(struct fs_prompt *prompt, const char *keys)
{
	for (; *keys != '\0'; keys++)
		assert_int_equal(fs_prompt_key(prompt, (unsigned char)*keys),
		    FS_PROMPT_EDITING);
}

static void
is(const struct fs_prompt *prompt, const char *expected)
{
	assert_string_equal(prompt->text.data, expected);
}

static void
test_default(void **state)
{
	struct fs_prompt prompt = { 0 };

	(void)state;
	fs_prompt_open(&prompt, "How many?", fs_bytes_of("200"), NULL);
	assert_int_equal(fs_prompt_key(&prompt, FS_KEY_ENTER),
	    FS_PROMPT_ACCEPTED);
	is(&prompt, "200");
	/* Typing takes its place, editing does not. */
	fs_prompt_open(&prompt, "How many?", fs_bytes_of("200"), NULL);
	type(&prompt, "50");
	is(&prompt, "50");
	fs_prompt_open(&prompt, "How many?", fs_bytes_of("200"), NULL);
	fs_prompt_key(&prompt, FS_KEY_BACKSPACE);
	type(&prompt, "5");
	is(&prompt, "205");
	fs_prompt_open(&prompt, "How many?", fs_bytes_of("200"), NULL);
	fs_prompt_key(&prompt, FS_KEY_CTRL_U);
	is(&prompt, "");
	assert_int_equal(fs_prompt_key(&prompt, FS_KEY_ESC), FS_PROMPT_LEFT);
	fs_prompt_free(&prompt);
}

static void
test_edit(void **state)
{
	struct fs_prompt prompt = { 0 };

	(void)state;
	fs_prompt_open(&prompt, ":", fs_bytes_of(""), NULL);
	type(&prompt, "ac");
	fs_prompt_key(&prompt, FS_KEY_LEFT);
	fs_prompt_key(&prompt, 0xe9);
	fs_prompt_key(&prompt, 0x1f600);
	is(&prompt, "aé😀c");
	fs_prompt_key(&prompt, FS_KEY_BACKSPACE);
	is(&prompt, "aéc");
	fs_prompt_key(&prompt, FS_KEY_HOME);
	fs_prompt_key(&prompt, FS_KEY_LEFT);
	fs_prompt_key(&prompt, FS_KEY_DELETE);
	is(&prompt, "éc");
	fs_prompt_key(&prompt, FS_KEY_END);
	fs_prompt_key(&prompt, FS_KEY_RIGHT);
	fs_prompt_key(&prompt, FS_KEY_DELETE);
	is(&prompt, "éc");
	fs_prompt_key(&prompt, FS_KEY_BACKSPACE);
	fs_prompt_key(&prompt, FS_KEY_BACKSPACE);
	is(&prompt, "");
	assert_int_equal(fs_prompt_key(&prompt, FS_KEY_BACKSPACE),
	    FS_PROMPT_LEFT);
	fs_prompt_free(&prompt);
}

static void
test_keys_that_type_nothing(void **state)
{
	struct fs_prompt prompt = { 0 };

	(void)state;
	fs_prompt_open(&prompt, ":", fs_bytes_of("x"), NULL);
	fs_prompt_key(&prompt, FS_KEY_END);
	fs_prompt_key(&prompt, FS_KEY_PGUP);
	fs_prompt_key(&prompt, FS_KEY_F5);
	fs_prompt_key(&prompt, 1);
	fs_prompt_key(&prompt, FS_KEY_CTRL_L);
	is(&prompt, "x");
	assert_int_equal(fs_prompt_key(&prompt, FS_KEY_TAB),
	    FS_PROMPT_COMPLETE);
	fs_prompt_free(&prompt);
}

static void
test_history(void **state)
{
	struct fs_history history = { 0 };
	struct fs_prompt prompt = { 0 };

	(void)state;
	fs_history_add(&history, fs_bytes_of("one"));
	fs_history_add(&history, fs_bytes_of("two"));
	fs_history_add(&history, fs_bytes_of("two"));
	fs_history_add(&history, fs_bytes_of(""));
	assert_int_equal(history.lines.count, 2);
	fs_prompt_open(&prompt, ":", fs_bytes_of(""), &history);
	type(&prompt, "dr");
	fs_prompt_key(&prompt, FS_KEY_DOWN);
	is(&prompt, "dr");
	fs_prompt_key(&prompt, FS_KEY_UP);
	is(&prompt, "two");
	fs_prompt_key(&prompt, FS_KEY_UP);
	fs_prompt_key(&prompt, FS_KEY_UP);
	is(&prompt, "one");
	type(&prompt, "s");
	is(&prompt, "ones");
	fs_prompt_key(&prompt, FS_KEY_DOWN);
	fs_prompt_key(&prompt, FS_KEY_DOWN);
	is(&prompt, "dr");
	fs_prompt_free(&prompt);
	fs_history_free(&history);
}

static void
test_history_is_bounded(void **state)
{
	struct fs_history history = { 0 };
	char line[2] = "a";

	(void)state;
	for (int i = 0; i < 500; i++) {
		line[0] = (char)('a' + i % 26);
		fs_history_add(&history, fs_bytes_of(line));
	}
	assert_int_equal(history.lines.count, 100);
	fs_history_free(&history);
}

static void
test_paste(void **state)
{
	struct fs_prompt prompt = { 0 };
	char big[3000];

	(void)state;
	fs_prompt_open(&prompt, ":", fs_bytes_of("200"), NULL);
	fs_prompt_paste(&prompt, fs_bytes("a\rb\033[31m\n\xff\0é\xc2\x85", 16));
	is(&prompt, "ab[31mé");
	memset(big, 'x', sizeof(big));
	fs_prompt_paste(&prompt, fs_bytes(big, sizeof(big)));
	assert_in_range(prompt.text.len, 900, FS_PROMPT_MAX);
	fs_prompt_free(&prompt);
}

/* The cursor stays in sight in a line that is longer than the screen. */
static void
test_draw(void **state)
{
	struct fs_canvas *cv = fs_canvas_new(1, 20, true);
	struct fs_prompt prompt = { 0 };
	struct fs_str text = { 0 };

	(void)state;
	fs_prompt_open(&prompt, "Find", fs_bytes_of("abc"), NULL);
	assert_int_equal(fs_prompt_draw(&prompt, cv, 0), 9);
	assert_true(fs_canvas_cell(cv, 0, 6)->reverse);
	type(&prompt, "0123456789012345678901234567890123456789");
	fs_canvas_clear(cv);
	assert_in_range(fs_prompt_draw(&prompt, cv, 0), 7, 19);
	fs_canvas_dump(cv, &text);
	assert_string_equal(text.data, " Find 890123456789\n");
	fs_prompt_key(&prompt, FS_KEY_HOME);
	fs_canvas_clear(cv);
	assert_int_equal(fs_prompt_draw(&prompt, cv, 0), 6);
	fs_str_clear(&text);
	fs_canvas_dump(cv, &text);
	assert_string_equal(text.data, " Find 0123456789012…\n");
	fs_str_free(&text);
	fs_prompt_free(&prompt);
	fs_canvas_free(cv);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_keys_that_type_nothing),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_history_is_bounded),
		cmocka_unit_test(test_paste),
		cmocka_unit_test(test_draw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
