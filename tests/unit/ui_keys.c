#include "ui/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define START	(INT64_C(1000) * FS_SEC)

/* The keys that the bytes are when they come at once, then time passes. */
static const char *
typed(struct fs_keys *keys, const char *bytes, size_t len, int64_t now)
{
	static char	text[512];
	size_t		used = 0;
	int		key;

	text[0] = '\0';
	for (size_t i = 0; i <= len; i++) {
		key = i < len ? fs_keys_byte(keys, (unsigned char)bytes[i],
		    now) : fs_keys_idle(keys, now + 30 * FS_MS);
		if (key != FS_KEY_NONE)
			used += (size_t)snprintf(text + used,
			    sizeof(text) - used, "%s%x",
			    used > 0 ? " " : "", (unsigned)key);
	}
	return text;
}

static void
check(const char *bytes, size_t len, const char *expected)
{
	struct fs_keys keys = { 0 };

	assert_string_equal(typed(&keys, bytes, len, START), expected);
	fs_keys_free(&keys);
}

#define CHECK(bytes, expected)	check(bytes, sizeof(bytes) - 1, expected)

static void
test_characters(void **state)
{
	(void)state;
	CHECK("q?G", "71 3f 47");
	CHECK("\r\n\t", "d d 9");
	CHECK("\b\x7f", "110009 110009");
	CHECK("\x0c\x15\x1a", "c 15 1a");
	CHECK("é日😀", "e9 65e5 1f600");
	CHECK("a\0b", "61 62");
}

static void
test_broken_utf8(void **state)
{
	(void)state;
	CHECK("\xff\x80\xc0q", "71");
	CHECK("\xc3q", "71");		/* the rest never came */
	CHECK("\xe6\x97\033[A", "110000");
	CHECK("\xed\xa0\x80x", "78");	/* a surrogate */
}

static void
test_known_sequences(void **state)
{
	(void)state;
	CHECK("\033[A\033[B\033[C\033[D", "110000 110001 110003 110002");
	CHECK("\033OA\033OB\033OH\033OF", "110000 110001 110004 110005");
	CHECK("\033[H\033[1~\033[7~", "110004 110004 110004");
	CHECK("\033[F\033[4~\033[8~", "110005 110005 110005");
	CHECK("\033[5~\033[6~\033[3~", "110006 110007 11000a");
	CHECK("\033[Z\033[15~\033OP\033[11~", "110008 11000c 11000b 11000b");
	CHECK("\033[1;2A", "110000");
	CHECK("\033OM", "d");
}

/* None of them may be taken for the characters in it. */
static void
test_unknown_sequences(void **state)
{
	(void)state;
	CHECK("\033[99q\033[1;5p\033[?1;2c", "");
	CHECK("\033[>0;276;0c\033[27;5;113~\033[113;5u", "");
	CHECK("\033[[Aq", "71");		/* F1 of Linux */
	CHECK("\033Oq", "");
	CHECK("\033q\033x", "");		/* Alt */
	CHECK("\033é", "");
	CHECK("\033\033[A", "");
	CHECK("\033]52;c;cXF4\a", "");
	CHECK("\033]0;qxb\033\\p", "70");
	CHECK("\033Pq#0;1;2\033\\", "");
	CHECK("\033[I\033[O", "");
	CHECK("\033[111111111111111111111111111111111111111111~q", "71");
	CHECK("\033[5\rq", "d 71");
}

static void
test_mouse(void **state)
{
	struct fs_keys keys = { .mouse = true };

	(void)state;
	CHECK("\033[<0;12;5M\033[<0;12;5mq", "71");
	CHECK("\033[M qxq", "71");
	assert_string_equal(typed(&keys, "\033[<64;12;5M\033[<0;1;2m", 20,
	    START), "11000e");
	assert_int_equal(keys.mouse_button, 64);
	assert_int_equal(keys.mouse_col, 11);
	assert_int_equal(keys.mouse_row, 4);
	assert_string_equal(typed(&keys, "\033[<0;99999999999999;5M\033[<M",
	    26, START), "");
	fs_keys_free(&keys);
}

static void
test_escape_key(void **state)
{
	struct fs_keys keys = { 0 };

	(void)state;
	assert_int_equal(fs_keys_byte(&keys, 0x1b, START), FS_KEY_NONE);
	assert_int_equal(fs_keys_deadline(&keys), START + 25 * FS_MS);
	assert_int_equal(fs_keys_idle(&keys, START + 20 * FS_MS), FS_KEY_NONE);
	assert_int_equal(fs_keys_idle(&keys, START + 25 * FS_MS), FS_KEY_ESC);
	assert_int_equal(fs_keys_byte(&keys, 'q', START + 90 * FS_MS), 'q');
	assert_int_equal(fs_keys_deadline(&keys), FS_NEVER);
	fs_keys_free(&keys);
}

/* The line is slow: what comes behind its Esc is no key of its own. */
static void
test_split_sequence(void **state)
{
	struct fs_keys keys = { 0 };
	int64_t now = START;

	(void)state;
	fs_keys_byte(&keys, 0x1b, now);
	assert_int_equal(fs_keys_idle(&keys, now += 40 * FS_MS), FS_KEY_ESC);
	assert_int_equal(fs_keys_byte(&keys, '[', now += 99 * FS_MS),
	    FS_KEY_NONE);
	assert_int_equal(fs_keys_byte(&keys, '1', now += 99 * FS_MS),
	    FS_KEY_NONE);
	assert_int_equal(fs_keys_byte(&keys, 'q', now += 99 * FS_MS),
	    FS_KEY_NONE);
	assert_int_equal(fs_keys_byte(&keys, 'q', now += 99 * FS_MS), 'q');
	/* But the keyboard is not dead for it for long. */
	fs_keys_byte(&keys, 0x1b, now);
	fs_keys_byte(&keys, ']', now);
	assert_int_equal(fs_keys_byte(&keys, 'q', now), FS_KEY_NONE);
	assert_int_equal(fs_keys_idle(&keys, now += FS_SEC), FS_KEY_NONE);
	assert_int_equal(fs_keys_byte(&keys, 'q', now), 'q');
	fs_keys_free(&keys);
}

/* Alt with P, ], X, ^ or _ looks like the start of a string. */
static void
test_escape_from_a_string(void **state)
{
	static const char starts[] = "P]X^_";
	struct fs_keys keys = { 0 };
	int64_t now = START;

	(void)state;
	for (const char *c = starts; *c != '\0'; c++, now += FS_SEC) {
		fs_keys_byte(&keys, 0x1b, now);
		fs_keys_byte(&keys, (unsigned char)*c, now);
		assert_int_equal(fs_keys_byte(&keys, 'j', now), FS_KEY_NONE);
		/* Esc, and it is over. */
		fs_keys_byte(&keys, 0x1b, now += 300 * FS_MS);
		assert_int_equal(fs_keys_deadline(&keys), now + 25 * FS_MS);
		assert_int_equal(fs_keys_idle(&keys, now += 25 * FS_MS),
		    FS_KEY_ESC);
		assert_int_equal(fs_keys_byte(&keys, 'j', now += FS_MS), 'j');
	}
	/* An arrow does the same, at once. */
	CHECK("\033Pq\033[Aj", "110000 6a");
	CHECK("\033]0;q\033]0;x\aj", "6a");
	fs_keys_free(&keys);
}

static void
test_bracketed_paste(void **state)
{
	static const char text[] = "\033[200~q\rx\033[31m\033[201~j";
	struct fs_keys keys = { 0 };

	(void)state;
	assert_string_equal(typed(&keys, text, sizeof(text) - 1, START),
	    "11000f 6a");
	assert_string_equal(keys.paste.data, "q\rx\033[31m");
	fs_keys_free(&keys);
}

static void
test_endless_paste(void **state)
{
	struct fs_keys keys = { 0 };

	(void)state;
	typed(&keys, "\033[200~", 6, START);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(fs_keys_byte(&keys, 'q', START), FS_KEY_NONE);
	assert_int_equal(keys.paste.len, FS_PASTE_MAX);
	fs_keys_free(&keys);
}

/* It pauses, however long and wherever: what follows is of it. */
static void
test_slow_paste(void **state)
{
	static const char text[] = "\033[200~a\rq\003\033[20\003\033[3~x";
	struct fs_keys keys = { 0 };
	int64_t now = START;

	(void)state;
	typed(&keys, text, 8, now);
	assert_int_equal(fs_keys_deadline(&keys), FS_NEVER);
	assert_int_equal(fs_keys_idle(&keys, now += 3600 * FS_SEC),
	    FS_KEY_NONE);
	for (size_t i = 8; i < sizeof(text) - 1; i++) {
		assert_int_equal(fs_keys_byte(&keys, (unsigned char)text[i],
		    now), FS_KEY_NONE);
		assert_int_equal(fs_keys_idle(&keys, now += 900 * FS_MS),
		    FS_KEY_NONE);
	}
	/* Silence before an Esc, but something behind it, or the reverse. */
	assert_string_equal(typed(&keys, "\033:q\003:q", 6,
	    now += 5 * FS_SEC), "");
	assert_string_equal(typed(&keys, ":q\033", 3, now += 5 * FS_SEC), "");
	assert_int_equal(fs_keys_idle(&keys, now + FS_SEC), FS_KEY_NONE);
	assert_string_equal(typed(&keys, "\033[201~j", 7, now), "11000f 6a");
	fs_keys_free(&keys);
}

/* The terminal never sends the end. */
static void
test_paste_without_end(void **state)
{
	struct fs_keys keys = { 0 };
	int64_t now = START;

	(void)state;
	typed(&keys, "\033[200~abc", 9, now);
	assert_int_equal(fs_keys_byte(&keys, 0x1b, now += FS_SEC),
	    FS_KEY_NONE);
	assert_int_equal(fs_keys_idle(&keys, now + 900 * FS_MS), FS_KEY_NONE);
	assert_int_equal(fs_keys_idle(&keys, now += FS_SEC), FS_KEY_PASTE);
	assert_string_equal(keys.paste.data, "abc");
	assert_int_equal(fs_keys_byte(&keys, 'q', now), 'q');
	typed(&keys, "\033[200~abc", 9, now);
	assert_int_equal(fs_keys_byte(&keys, 0x03, now += FS_SEC),
	    FS_KEY_NONE);
	assert_int_equal(fs_keys_idle(&keys, now += FS_SEC), FS_KEY_BREAK);
	assert_int_equal(fs_keys_byte(&keys, 'q', now), 'q');
	fs_keys_free(&keys);
}

/* It ends the program also in the middle of something; pasted it is text. */
static void
test_break(void **state)
{
	static const char *const begun[] = { "", "\033", "\033[1;", "\033O",
	    "\033]0;x", "\033[M !", "\xe6\x97", "\033\033" };
	static const char pasted[] = "\033[200~\003a\003\r\003\033[201~q";

	(void)state;
	for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++) {
		struct fs_keys keys = { 0 };

		typed(&keys, begun[i], strlen(begun[i]), START);
		assert_int_equal(fs_keys_byte(&keys, 0x03, START), 0x03);
		assert_int_equal(fs_keys_byte(&keys, 'q', START), 'q');
		fs_keys_free(&keys);
	}
	check(pasted, sizeof(pasted) - 1, "11000f 71");
}

static struct fs_bytes
many(const char *unit, char *buf, size_t size)
{
	for (size_t i = 0; i < size; i++)
		buf[i] = unit[i % strlen(unit)];
	return fs_bytes(buf, size);
}

/* Where the terminal does not bracket it. */
static void
test_burst(void **state)
{
	struct fs_keys keys = { 0 };
	char buf[600];

	(void)state;
	assert_false(fs_keys_is_burst(&keys, many("q", buf, 100), START));
	assert_false(fs_keys_is_burst(&keys, many("\033[A", buf, 600),
	    START));
	assert_true(fs_keys_is_burst(&keys, many("qx\r", buf, 600), START));
	assert_int_equal(fs_keys_burst(&keys, fs_bytes(buf, 600), START),
	    FS_KEY_PASTE);
	assert_int_equal(keys.paste.len, 600);
	/* Its tail is of it, what comes later is not. */
	assert_true(fs_keys_is_burst(&keys, fs_bytes_of("q"), START + FS_MS));
	assert_false(fs_keys_is_burst(&keys, fs_bytes_of("q"),
	    START + 260 * FS_MS));
	assert_int_equal(fs_keys_byte(&keys, 'q', START + 260 * FS_MS), 'q');
	fs_keys_free(&keys);
}

/* Nothing that comes can make more of it than it is. */
static void
test_noise(void **state)
{
	static const char alphabet[] =
	    "\033\033\033[[O]P<;019~MAqx\\\a\x80\xe6";
	struct fs_keys keys = { .mouse = true };
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		int64_t now = START + i * INT64_C(100);

		seed = seed * 1664525 + 1013904223;
		fs_keys_byte(&keys, (unsigned char)alphabet[(seed >> 16) %
		    (sizeof(alphabet) - 1)], now);
		if (seed >> 27 == 0)
			fs_keys_idle(&keys, now + 2 * FS_SEC);
	}
	assert_in_range(keys.len, 0, sizeof(keys.seq) - 1);
	fs_keys_free(&keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_broken_utf8),
		cmocka_unit_test(test_known_sequences),
		cmocka_unit_test(test_unknown_sequences),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_escape_key),
		cmocka_unit_test(test_split_sequence),
		cmocka_unit_test(test_escape_from_a_string),
		cmocka_unit_test(test_bracketed_paste),
		cmocka_unit_test(test_endless_paste),
		cmocka_unit_test(test_slow_paste),
		cmocka_unit_test(test_paste_without_end),
		cmocka_unit_test(test_break),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
