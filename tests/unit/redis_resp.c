#include "redis/resp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "rounds.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * Requests
 */

static void
test_requests(void **state)
{
	struct fs_str	out = { 0 };
	size_t		end;

	(void)state;
	fs_resp_head(&out, FS_VERB_HSET, 3);
	fs_resp_arg_two(&out, fs_bytes_of("fs:"), fs_bytes_of("u1"));
	fs_resp_arg(&out, fs_bytes("\0\r\n", 3));
	fs_resp_arg(&out, fs_bytes(NULL, 0));
	assert_int_equal(out.len, 40);
	assert_memory_equal(out.data, "*4\r\n$4\r\nHSET\r\n$5\r\nfs:u1\r\n"
	    "$3\r\n\0\r\n\r\n$0\r\n\r\n", 40);
	end = out.len;
	fs_resp_head(&out, FS_VERB_CLIENT_SETNAME, 1);
	fs_resp_arg_text(&out, "x");
	assert_string_equal(out.data + end,
	    "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$1\r\nx\r\n");
	assert_int_equal(fs_resp_skip(fs_str_bytes(&out), 0), end);
	assert_int_equal(fs_resp_skip(fs_str_bytes(&out), end), out.len);
	fs_str_free(&out);
}

static void
is_number(const char *expected, struct fs_str *out)
{
	assert_string_equal(out->data, expected);
	fs_str_clear(out);
}

static void
test_numbers(void **state)
{
	struct fs_str out = { 0 };

	(void)state;
	fs_resp_arg_i64(&out, 0);
	is_number("$1\r\n0\r\n", &out);
	fs_resp_arg_i64(&out, -7);
	is_number("$2\r\n-7\r\n", &out);
	fs_resp_arg_i64(&out, INT64_MIN);
	is_number("$20\r\n-9223372036854775808\r\n", &out);
	fs_resp_arg_i64(&out, INT64_MAX);
	is_number("$19\r\n9223372036854775807\r\n", &out);
	fs_resp_arg_u64(&out, UINT64_MAX);
	is_number("$20\r\n18446744073709551615\r\n", &out);
	fs_str_free(&out);
}

/*
 * The arena
 */

static void
test_arena(void **state)
{
	struct fs_arena	 arena = { 0 };
	char		*parts[2000];
	size_t		 sizes[2000];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < LEN(parts); i++) {
			size_t align = (size_t)1 << i % 5;

			sizes[i] = i * 7 % 300;
			parts[i] = fs_arena_take(&arena, sizes[i], align);
			assert_int_equal((uintptr_t)parts[i] % align, 0);
			memset(parts[i], (int)(i & 0xff), sizes[i]);
		}
		/* Nothing moved, nothing overlaps. */
		for (size_t i = 0; i < LEN(parts); i++) {
			for (size_t j = 0; j < sizes[i]; j++)
				assert_int_equal((unsigned char)parts[i][j],
				    i & 0xff);
		}
		fs_arena_reset(&arena);
		assert_true(arena.total <= 4096);
	}
	fs_arena_free(&arena);
	assert_int_equal(arena.total, 0);
}

/*
 * Replies
 */

static void
show(struct fs_str *out, const struct fs_reply *reply)
{
	switch (reply->type) {
	case FS_REPLY_NIL:
		fs_str_add_text(out, "nil");
		break;
	case FS_REPLY_STATUS:
		fs_str_addf(out, "+%s", reply->text);
		break;
	case FS_REPLY_ERROR:
		fs_str_addf(out, "-%s", reply->text);
		break;
	case FS_REPLY_STRING:
		fs_str_addf(out, "'%s'%u", reply->text, reply->len);
		assert_int_equal(reply->text[reply->len], '\0');
		break;
	case FS_REPLY_INTEGER:
		fs_str_addf(out, "%lld", (long long)reply->integer);
		break;
	case FS_REPLY_ARRAY:
		fs_str_add_char(out, '[');
		for (uint32_t i = 0; i < reply->len; i++) {
			fs_str_add_text(out, i != 0 ? " " : "");
			show(out, &reply->item[i]);
		}
		fs_str_add_char(out, ']');
		break;
	default:
		fail_msg("type %u", reply->type);
	}
}

/* All replies of some bytes, fed so many at a time; then what went wrong. */
static char *
parse(struct fs_bytes in, size_t step)
{
	struct fs_resp		*rs = fs_resp_new();
	struct fs_arena		 arena = { 0 };
	struct fs_reply		 root;
	struct fs_str		 out = { 0 };
	struct fs_err		 err = { 0 };
	enum fs_resp_got	 got = FS_RESP_MORE;

	for (size_t at = 0; at < in.len && got != FS_RESP_BAD; at += step) {
		size_t	 len = in.len - at < step ? in.len - at : step;
		/* Its own memory, so that looking behind it is noticed. */
		char	*copy = fs_xmemdup0(in.data + at, len);

		fs_resp_feed(rs, copy, len);
		while ((got = fs_resp_next(rs, &arena, &root, &err)) ==
		    FS_RESP_REPLY) {
			show(&out, &root);
			fs_str_add_char(&out, ';');
			fs_arena_reset(&arena);
		}
		free(copy);
	}
	if (got == FS_RESP_BAD) {
		assert_int_equal(err.code, FS_EPROTO);
		fs_str_addf(&out, "! %s", err.msg);
	} else if (fs_resp_left(rs)) {
		fs_str_add_text(&out, "...");
	}
	fs_arena_free(&arena);
	fs_resp_free(rs);
	return fs_str_take(&out);
}

static void
parses_by(size_t step, struct fs_bytes in, const char *expected)
{
	char		*got = parse(in, step);
	const char	*bang = strchr(expected, '!');

	/* "! x": fails, and says so somewhere. */
	if (bang != NULL ? strncmp(got, expected, (size_t)(bang -
	    expected) + 1) != 0 || strstr(got, bang + 2) == NULL :
	    strcmp(got, expected) != 0)
		fail_msg("'%.60s' by %zu: %.200s, not %s", in.data, step, got,
		    expected);
	free(got);
}

static void
parses(struct fs_bytes in, const char *expected)
{
	static const size_t steps[] = { 1, 2, 3, 7, 8191, SIZE_MAX / 2 };

	for (size_t i = 0; i < LEN(steps); i++)
		parses_by(steps[i], in, expected);
}

static void
test_replies(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "+OK\r\n", "+OK;" },
		{ "+\r\n-\r\n", "+;-;" },
		{ "-ERR x y\r\n:5\r\n:-3\r\n", "-ERR x y;5;-3;" },
		{ "$0\r\n\r\n$5\r\nhello\r\n$-1\r\n", "''0;'hello'5;nil;" },
		{ "*-1\r\n*0\r\n", "nil;[];" },
		{ "*2\r\n:1\r\n:2\r\n", "[1 2];" },
		{ "*3\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n-E\r\n",
		    "['a'1 [1 nil] -E];" },
		{ "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
		    "[[[[[[[[1]]]]]]]];" },
		{ "*0\r\n*1\r\n*0\r\n+x\r\n", "[];[[]];+x;" },
		{ "+a\rb\r\n", "! " },
		{ "$3\r\nab", "..." },
		{ "*2\r\n:1\r\n", "" },
		{ ":9223372036854775807\r\n:-9223372036854775808\r\n",
		    "9223372036854775807;-9223372036854775808;" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		parses(fs_bytes_of(cases[i].in), cases[i].out);
	parses(fs_bytes("$3\r\na\0b\r\n", 9), "'a'3;");
}

/* Kinds 26 to 36 and 43 of the catalogue. */
static void
test_hostile(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "?\r\n", "! not an answer of Redis: ?" },
		{ "+OK\r\n?\r\n", "+OK;! " },
		{ "*1\r\n?\r\n", "! reply type byte" },
		{ "HTTP/1.1 400 Bad Request\r\n", "! not an answer of Redis" },
		{ "\r\n", "! not an answer" },
		{ "*x\r\n", "! " }, { "*\r\n", "! " }, { "*-2\r\n", "! " },
		{ "$x\r\n", "! " }, { "$\r\n", "! " }, { "$-2\r\n", "! " },
		{ "$ 1\r\n", "! " },
		{ ":x\r\n", "! " }, { ":\r\n", "! " }, { ":1.5\r\n", "! " },
		{ ":9223372036854775808\r\n", "! " },
		{ "*9223372036854775808\r\n", "! " },
		{ "*2000000000\r\n", "! " },
		{ "*1048577\r\n", "! " },
		{ "*2\r\n*1048576\r\n", "! too many" },
		{ "$9000000000000000000\r\nx", "! too long" },
		{ "$9223372036854775807\r\nx", "! too long" },
		{ "$99999999999999999999\r\nx", "! " },
		{ "$536870912\r\n", "! too long" },
		{ "$16777217\r\n", "! too long" },
		{ "$00000000000000000000000000000000000000000", "! too long" },
		{ "$3\r\nabcde", "! line end" },
		{ "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
		    "! too deep" },
		{ "%1\r\n+a\r\n:1\r\n", "! not asked for" },
		{ "~1\r\n:1\r\n", "! not asked for" },
		{ ">2\r\n+a\r\n:1\r\n", "! not asked for" },
		{ ",1.5\r\n", "! not asked for" },
		{ "#t\r\n", "! not asked for" },
		{ "_\r\n", "! not asked for" },
		{ "(123\r\n", "! not asked for" },
		{ "=7\r\ntxt:abc\r\n", "! not asked for" },
		{ "*1\r\n_\r\n", "! not asked for" },
		{ "*1\r\n,1.5\r\n", "! not asked for" },
		{ "*1\r\n#t\r\n", "! not asked for" },
		{ "*1\r\n(12\r\n", "! not asked for" },
		{ "*1\r\n%1\r\n:1\r\n:1\r\n", "! not asked for" },
		{ "*1\r\n=7\r\ntxt:abc\r\n", "! not asked for" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		parses(fs_bytes_of(cases[i].in), cases[i].out);
	/* TLS says so in binary; with one byte alone it is just strange. */
	{
		char *got = parse(fs_bytes("\x15\x03\x01\x00", 4), 4);

		assert_non_null(strstr(got, "TLS"));
		free(got);
	}
}

static struct fs_bytes
filled(struct fs_str *out, const char *head, size_t n, const char *tail)
{
	fs_str_clear(out);
	fs_str_add_text(out, head);
	fs_str_room(out, n);
	memset(out->data + out->len, 'x', n);
	out->len += n;
	fs_str_add_text(out, tail);
	return fs_str_bytes(out);
}

/* Up to the limits, and not a byte beyond. By single bytes it would take long:
 * the reader looks for the end of the line from its start each time. */
static void
test_limits(void **state)
{
	const size_t	 step = 8191;
	struct fs_str	 in = { 0 };
	char		*got;

	(void)state;
	got = parse(filled(&in, "+", FS_REPLY_LINE, "\r\n"), 4096);
	assert_int_equal(strlen(got), FS_REPLY_LINE + 2);
	free(got);
	parses_by(step, filled(&in, "+", FS_REPLY_LINE + 1, "\r\n"), "! too long");
	parses_by(step, filled(&in, "-", 1000 * 1000, ""), "! too long");
	parses_by(step, filled(&in, ":", 1000 * 1000, ""), "! too long");
	parses_by(step, filled(&in, "*", 1000 * 1000, ""), "! too long");
	got = parse(filled(&in, "$16777216\r\n", FS_REPLY_BULK, "\r\n"), 65536);
	assert_int_equal(strlen(got), FS_REPLY_BULK + 11);
	free(got);
	fs_str_free(&in);
}

/* Strings that are short enough each, and too much together. */
static void
test_total(void **state)
{
	struct fs_str	 one = { 0 }, in = { 0 };
	char		*got;

	(void)state;
	filled(&one, "$16777216\r\n", FS_REPLY_BULK, "\r\n");
	fs_str_add_text(&in, "*6\r\n");
	for (int i = 0; i < 5; i++)
		fs_str_add_bytes(&in, fs_str_bytes(&one));
	got = parse(fs_str_bytes(&in), 65536);
	assert_non_null(strstr(got, "too long"));
	assert_int_equal(got[0], '!');
	free(got);
	fs_str_free(&one);
	fs_str_free(&in);
}

/* 300,000 nested arrays; a reader that recursed to free would overflow. */
static void
test_nested(void **state)
{
	struct fs_str	 in = { 0 };
	char		*got;

	(void)state;
	for (int i = 0; i < 300000; i++)
		fs_str_add_text(&in, "*1\r\n");
	got = parse(fs_str_bytes(&in), 65536);
	assert_non_null(strstr(got, "too deep"));
	free(got);
	fs_str_free(&in);
}

/* Random bytes of RESP's own letters: whatever comes of it, no harm. */
static void
test_noise(void **state)
{
	static const char letters[] = "+-:$*\r\n\r\n0123456789a";
	uint64_t seed = 42;
	int	n = rounds(20000);

	(void)state;
	for (int i = 0; i < n; i++) {
		char	 text[48];
		size_t	 len;

		for (len = 0; len < sizeof(text); len++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			text[len] = letters[(seed >> 33) %
			    (sizeof(letters) - 1)];
		}
		free(parse(fs_bytes(text, len), 1 + (size_t)i % 9));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
