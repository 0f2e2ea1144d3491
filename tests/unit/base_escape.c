#include "base/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define BYTES(s)	fs_bytes(s, sizeof(s) - 1)

static size_t
encode(char *buf, uint32_t cp)
{
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, cp >>= 6)
		buf[i] = (char)(0x80 | (cp & 0x3f));
	buf[0] = (char)(first[n] | cp);
	return n;
}

static void
check(struct fs_bytes in, bool utf8, const char *expected, size_t width)
{
	struct fs_str out = { 0 };

	fs_escape(&out, in, utf8);
	assert_string_equal(fs_str_bytes(&out).data, expected);
	assert_int_equal(fs_escape_width(in, utf8), width);
	assert_true(fs_escape_fits(in, width, utf8));
	assert_false(width > 0 && fs_escape_fits(in, width - 1, utf8));
	fs_str_free(&out);
}

static void
test_plain(void **state)
{
	(void)state;
	check(BYTES(""), true, "", 0);
	check(fs_bytes(NULL, 0), true, "", 0);
	check(BYTES("plain ~text"), true, "plain ~text", 11);
	check(BYTES("gr\xc3\xbc\xc3\x9f"), true, "gr\xc3\xbc\xc3\x9f", 4);
	check(BYTES("\xe4\xb8\xad\xe6\x96\x87"), true,
	    "\xe4\xb8\xad\xe6\x96\x87", 4);
	check(BYTES("\xf0\x9f\x98\x80"), true, "\xf0\x9f\x98\x80", 2);
	check(BYTES("\xef\xbc\xa1\xef\xbd\xb1"), true,
	    "\xef\xbc\xa1\xef\xbd\xb1", 3);
	check(BYTES("\xc2\xa0\xef\xbf\xbd"), true, "\xc2\xa0\xef\xbf\xbd", 2);
	check(BYTES("\xed\x95\x9c"), true, "\xed\x95\x9c", 2);
}

static void
test_controls(void **state)
{
	(void)state;
	check(BYTES("a\n\r\t\033b"), true, "a\\n\\r\\t\\eb", 10);
	check(BYTES("\0\x01\b\x1f\x7f"), true, "\\x00\\x01\\x08\\x1F\\x7F",
	    20);
	check(BYTES("C:\\n"), true, "C:\\\\n", 5);
	check(BYTES("\033]52;c;eA==\a"), true, "\\e]52;c;eA==\\x07", 16);
	check(BYTES("\xc2\x9b" "31m"), true, "\\u{9B}31m", 9);
	check(BYTES("\xc2\x80\xc2\x85"), true, "\\u{80}\\u{85}", 12);
	check(BYTES("\x9b" "31m"), true, "\\x9B31m", 7);
}

static void
test_broken(void **state)
{
	(void)state;
	check(BYTES("\xc0\xaf"), true, "\\xC0\\xAF", 8);
	check(BYTES("\xe0\x80\xaf"), true, "\\xE0\\x80\\xAF", 12);
	check(BYTES("\xed\xa0\x80"), true, "\\xED\\xA0\\x80", 12);
	check(BYTES("\xf4\x90\x80\x80"), true, "\\xF4\\x90\\x80\\x80", 16);
	check(BYTES("\xf8\x88\x80\x80\x80"), true,
	    "\\xF8\\x88\\x80\\x80\\x80", 20);
	check(BYTES("\xe4\xb8"), true, "\\xE4\\xB8", 8);
	check(BYTES("\xe4\xb8z"), true, "\\xE4\\xB8z", 9);
	check(BYTES("\xc3\xc3\xbc"), true, "\\xC3\xc3\xbc", 5);
	check(BYTES("\xfe\xff"), true, "\\xFE\\xFF", 8);
}

/* What has no picture of its own, or lies about where it stands. */
static void
test_invisible(void **state)
{
	static const uint32_t cps[] = {
		0xad, 0x34f, 0x600, 0x61c, 0x115f, 0x1160, 0x17b4, 0x180b,
		0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028,
		0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0x206f,
		0x3164, 0xe000, 0xfdd0, 0xfe0f, 0xfeff, 0xffa0, 0xfff9,
		0xfffe, 0xffff, 0x378, 0x1d173, 0x1fffe, 0xe0001, 0xe0020,
		0xe0100, 0xf0000, 0x10fffd, 0x10ffff,
	};
	char text[8], expected[16];

	(void)state;
	for (size_t i = 0; i < LEN(cps); i++) {
		size_t len = encode(text, cps[i]);
		int width = snprintf(expected, sizeof(expected), "\\u{%X}",
		    cps[i]);

		assert_int_equal(fs_utf8_width(cps[i]), -1);
		check(fs_bytes(text, len), true, expected, (size_t)width);
		check(fs_bytes(text, len), false, expected, (size_t)width);
	}
}

static void
test_marks(void **state)
{
	(void)state;
	check(BYTES("e\xcc\x81x"), true, "e\xcc\x81x", 2);
	check(BYTES("xe\xcc\x81\xcc\x82"), true, "xe\xcc\x81\xcc\x82", 2);
	check(BYTES("e\xcc\x81\xcc\x82\xcc\x83\xcc\x84"), true,
	    "e\xcc\x81\xcc\x82\\u{303}\\u{304}", 15);
	check(BYTES("\xcc\x81"), true, "\\u{301}", 7);
	check(BYTES("\n\xcc\x81"), true, "\\n\\u{301}", 9);
	check(BYTES("\\\xcc\x81"), true, "\\\\\\u{301}", 9);
	check(BYTES("\xff\xcc\x81"), true, "\\xFF\\u{301}", 11);
	check(BYTES("\xe4\xb8\xad\xcc\x81"), true, "\xe4\xb8\xad\xcc\x81", 2);
	/* A Hangul syllable of three letters is one character. */
	check(BYTES("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), true,
	    "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2);
}

static void
test_ascii(void **state)
{
	(void)state;
	check(BYTES("a\\b\n"), false, "a\\\\b\\n", 6);
	check(BYTES("gr\xc3\xbcn"), false, "gr\\u{FC}n", 9);
	check(BYTES("e\xcc\x81"), false, "e\\u{301}", 8);
	check(BYTES("\xf0\x9f\x98\x80"), false, "\\u{1F600}", 9);
	check(BYTES("\xff"), false, "\\xFF", 4);
}

static void
check_fit(const char *in, size_t width, bool utf8, const char *expected,
    size_t used)
{
	struct fs_str out = { 0 };

	fs_str_add_text(&out, ">");
	assert_int_equal(fs_escape_fit(&out, fs_bytes_of(in), width, utf8),
	    used);
	assert_string_equal(out.data + 1, expected);
	fs_str_free(&out);
}

static void
test_fit(void **state)
{
	(void)state;
	check_fit("abc", 4, true, "abc", 3);
	check_fit("abc", 3, true, "abc", 3);
	check_fit("abc", 2, true, "a\xe2\x80\xa6", 2);
	check_fit("abc", 1, true, "\xe2\x80\xa6", 1);
	check_fit("abc", 0, true, "", 0);
	check_fit("", 0, true, "", 0);
	check_fit("", 5, true, "", 0);
	check_fit("abc", 2, false, "a~", 2);
	check_fit("a\nb", 4, true, "a\\nb", 4);
	check_fit("a\nb", 3, true, "a\xe2\x80\xa6", 2);
	check_fit("a\n\n", 4, true, "a\\n\xe2\x80\xa6", 4);
	check_fit("ae\xcc\x81", 2, true, "ae\xcc\x81", 2);
	check_fit("e\xcc\x81" "ab", 2, true, "e\xcc\x81\xe2\x80\xa6", 2);
}

/* A wide one that would stick out makes room for the ellipsis. */
static void
test_fit_wide(void **state)
{
	const char *in = "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad";

	(void)state;
	check_fit(in, 6, true, in, 6);
	check_fit(in, 5, true, "\xe4\xb8\xad\xe4\xb8\xad\xe2\x80\xa6", 5);
	check_fit(in, 4, true, "\xe4\xb8\xad\xe2\x80\xa6", 3);
	check_fit(in, 2, true, "\xe2\x80\xa6", 1);
	check_fit(in, 1, true, "\xe2\x80\xa6", 1);
}

/* Behind the first page, ten bytes behind what fits, nothing can be read. */
static void
test_fit_reads_little(void **state)
{
	size_t	page = (size_t)sysconf(_SC_PAGESIZE);
	char   *data = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct fs_str out = { 0 };

	(void)state;
	assert_ptr_not_equal(data, MAP_FAILED);
	memset(data, 'x', page);
	assert_int_equal(mprotect(data + page, page, PROT_NONE), 0);
	assert_int_equal(fs_escape_fit(&out,
	    fs_bytes(data + page - 90, SIZE_MAX / 2), 79, true), 79);
	assert_int_equal(out.len, 81);
	assert_false(fs_escape_fits(fs_bytes(data + page - 90, SIZE_MAX / 2),
	    79, true));
	fs_str_free(&out);
	munmap(data, 2 * page);
}

static void
test_next(void **state)
{
	struct fs_bytes in = BYTES("ae\xcc\x81\n\xe4\xb8\xad");
	static const struct {
		const char	*text;
		size_t		 width, pos;
	} units[] = {
		{ "a", 1, 1 }, { "e\xcc\x81", 1, 4 }, { "\\n", 2, 5 },
		{ "\xe4\xb8\xad", 2, 8 },
	};
	char	buf[64];
	size_t	pos = 0, width, n;

	(void)state;
	for (size_t i = 0; i < LEN(units); i++) {
		n = fs_escape_next(in, &pos, true, buf, &width);
		assert_int_equal(n, strlen(units[i].text));
		assert_memory_equal(buf, units[i].text, n);
		assert_int_equal(width, units[i].width);
		assert_int_equal(pos, units[i].pos);
	}
	assert_int_equal(fs_escape_next(in, &pos, true, buf, &width), 0);
	assert_int_equal(width, 0);
	assert_int_equal(pos, in.len);
}

static void
test_decode(void **state)
{
	char buf[4];
	uint32_t cp;

	(void)state;
	for (uint32_t i = 0; i < 0x110000; i++) {
		size_t n = encode(buf, i);
		bool good = i < 0xd800 || i > 0xdfff;

		cp = UINT32_MAX;
		if (fs_utf8_decode(fs_bytes(buf, n), 0, &cp) !=
		    (good ? n : 0) || (good && cp != i))
			fail_msg("U+%04X", i);
		if (fs_utf8_decode(fs_bytes(buf, n - 1), 0, &cp) != 0)
			fail_msg("U+%04X cut off", i);
	}
	assert_int_equal(fs_utf8_decode(BYTES("a"), 1, &cp), 0);
	assert_int_equal(fs_utf8_decode(fs_bytes(NULL, 0), 0, &cp), 0);
}

/* Of all pairs and some longer strings, those that RFC 3629 allows. */
static void
test_valid(void **state)
{
	char pair[2];

	(void)state;
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			bool valid = (a < 0x80 && b < 0x80) ||
			    (a >= 0xc2 && a < 0xe0 && b >= 0x80 && b < 0xc0);

			pair[0] = (char)a;
			pair[1] = (char)b;
			assert_int_equal(fs_utf8_valid(fs_bytes(pair, 2)),
			    valid);
		}
	assert_true(fs_utf8_valid(fs_bytes(NULL, 0)));
	assert_true(fs_utf8_valid(BYTES("a\0\033\xc2\x9b\xe2\x80\xae")));
	assert_true(fs_utf8_valid(BYTES("\xf4\x8f\xbf\xbf")));
	assert_false(fs_utf8_valid(BYTES("\xf4\x90\x80\x80")));
	assert_false(fs_utf8_valid(BYTES("\xf0\x8f\xbf\xbf")));
	assert_false(fs_utf8_valid(BYTES("\xe0\x9f\xbf")));
	assert_false(fs_utf8_valid(BYTES("\xed\xa0\x80")));
	assert_false(fs_utf8_valid(BYTES("abc\xe4\xb8")));
}

static void
test_width(void **state)
{
	static const struct {
		uint32_t	cp;
		int		width;
	} cases[] = {
		{ 0, -1 }, { 0x1f, -1 }, { ' ', 1 }, { '~', 1 }, { 0x7f, -1 },
		{ 0x80, -1 }, { 0x9f, -1 }, { 0xa0, 1 }, { 0xe9, 1 },
		{ 0x300, 0 }, { 0x20dd, 0 }, { 0x10ff, 1 }, { 0x1100, 2 },
		{ 0x1161, 0 }, { 0x11ff, 0 }, { 0x231a, 2 }, { 0x2588, 1 },
		{ 0x2764, 1 }, { 0x3000, 2 }, { 0x4dc0, 2 }, { 0x4e00, 2 },
		{ 0xac00, 2 }, { 0xd7a3, 2 }, { 0xd7b0, 0 }, { 0xd800, -1 },
		{ 0xff01, 2 }, { 0xff61, 1 }, { 0x1f1e6, 1 }, { 0x1f3fb, 2 },
		{ 0x1f600, 2 }, { 0x20000, 2 }, { 0x3134a, 2 },
		{ 0x3134b, -1 }, { 0x10ffff, -1 }, { 0x110000, -1 },
		{ UINT32_MAX, -1 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		if (fs_utf8_width(cases[i].cp) != cases[i].width)
			fail_msg("U+%04X", cases[i].cp);
}

/* Random bytes, with much of what means something among them. */
static void
add_hostile(struct fs_str *str, struct fs_rng *rng)
{
	static const char *const parts[] = {
		"\033[2J", "\033]0;x\a", "\033P", "\xc2\x9b", "\x9b", "\\",
		"\xcc\x81", "\xe2\x80\xae", "\xe2\x80\x8d", "\xef\xbb\xbf",
		"\xe4\xb8\xad", "\xe4\xb8", "\xf0\x9f\x98\x80", "\xf0\x9f",
		"\xed\xa0\x80", "\xc0\x9b", "abc", "\r\n", "\xe1\x85\xa1",
	};
	char buf[4];

	switch (fs_rng_below(rng, 5)) {
	case 0:
		fs_str_add_char(str, (char)fs_rng_next(rng));
		break;
	case 1:
		fs_str_add(str, buf, encode(buf,
		    (uint32_t)fs_rng_below(rng, 0x110000)));
		break;
	case 2:
		fs_str_add(str, buf, encode(buf,
		    (uint32_t)fs_rng_below(rng, 0x3000)));
		break;
	default:
		fs_str_add_text(str, parts[fs_rng_below(rng, LEN(parts))]);
	}
}

/* Columns of safe text, counted by a second rule; fails if it is not safe. */
static size_t
safe_columns(struct fs_bytes text, bool utf8)
{
	size_t	 columns = 0, n;
	uint32_t cp;
	int	 marks = 2;		/* none may come first */

	for (size_t pos = 0; pos < text.len; pos += n) {
		n = fs_utf8_decode(text, pos, &cp);
		assert_int_not_equal(n, 0);
		assert_true(cp >= 0x20 && cp != 0x7f);
		assert_true(cp < 0x80 || cp >= 0xa0);
		assert_true(utf8 || cp < 0x80);
		assert_int_not_equal(fs_utf8_width(cp), -1);
		marks = fs_utf8_width(cp) == 0 ? marks + 1 : 0;
		assert_true(marks <= 2);
		columns += (size_t)fs_utf8_width(cp);
	}
	return columns;
}

/* The way back: that there is one means that nothing looks like another. */
static void
unescape(struct fs_str *out, const char *text)
{
	static const char from[] = "nrte\\", to[] = "\n\r\t\033\\";
	char	 buf[4], *end;
	uint32_t value;

	while (*text != '\0') {
		if (*text != '\\') {
			fs_str_add_char(out, *text++);
			continue;
		}
		text++;
		if (*text == 'x') {
			memcpy(buf, text + 1, 2);
			buf[2] = '\0';
			fs_str_add_char(out, (char)strtoul(buf, NULL, 16));
			text += 3;
		} else if (*text == 'u') {
			value = (uint32_t)strtoul(text + 2, &end, 16);
			fs_str_add(out, buf, encode(buf, value));
			text = end + 1;
		} else {
			const char *which = strchr(from, *text++);

			assert_non_null(which);
			fs_str_add_char(out, to[which - from]);
		}
	}
}

static void
check_fits(struct fs_bytes in, struct fs_bytes full, size_t columns,
    bool utf8)
{
	struct fs_bytes	more = fs_bytes_of(utf8 ? "\xe2\x80\xa6" : "~");
	struct fs_str	out = { 0 };

	for (size_t width = 0; width <= columns + 1; width++) {
		size_t used = fs_escape_fit(&out, in, width, utf8);
		struct fs_bytes fit = fs_str_bytes(&out);

		assert_true(used <= width);
		assert_int_equal(safe_columns(fit, utf8), used);
		if (width >= columns) {
			assert_true(fs_bytes_eq(fit, full));
		} else if (width > 0) {
			fit.len -= more.len;
			assert_memory_equal(fit.data + fit.len, more.data,
			    more.len);
			assert_true(fs_bytes_starts(full, fit));
			assert_true(used + 10 > width);
		}
		fs_str_clear(&out);
	}
	fs_str_free(&out);
}

static void
check_hostile(struct fs_bytes in, bool utf8)
{
	struct fs_str	out = { 0 }, back = { 0 };
	size_t		columns;

	fs_escape(&out, in, utf8);
	columns = safe_columns(fs_str_bytes(&out), utf8);
	assert_int_equal(fs_escape_width(in, utf8), columns);
	assert_true(out.len >= in.len);
	unescape(&back, fs_str_bytes(&out).data);
	assert_true(fs_bytes_eq(fs_str_bytes(&back), in));
	check_fits(in, fs_str_bytes(&out), columns, utf8);
	fs_str_free(&out);
	fs_str_free(&back);
}

static void
test_hostile(void **state)
{
	struct fs_rng rng;

	(void)state;
	fs_rng_seed(&rng, 1);
	for (int i = 0; i < 3000; i++) {
		struct fs_str	 in = { 0 };
		uint64_t	 parts = fs_rng_below(&rng, 20);
		char		*exact;

		while (parts-- > 0)
			add_hostile(&in, &rng);
		/* To the byte, so that a sanitizer sees a look behind it. */
		exact = malloc(in.len);
		if (in.len != 0)
			memcpy(exact, in.data, in.len);
		check_hostile(fs_bytes(exact, in.len), true);
		check_hostile(fs_bytes(exact, in.len), false);
		free(exact);
		fs_str_free(&in);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_controls),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_invisible),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_fit_wide),
		cmocka_unit_test(test_fit_reads_little),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
