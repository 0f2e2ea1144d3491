#include "cli/emit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Everything stays in its text. */
static struct fs_out out = { .fd = -1 };

static void
assert_out(const char *text)
{
	assert_string_equal(out.text.data, text);
	fs_str_clear(&out.text);
}

static void
assert_bytes(const char *data, size_t len, const char *json)
{
	struct fs_emit js = { .out = &out };

	fs_emit_bytes(&js, NULL, fs_bytes(data, len));
	assert_out(json);
}

#define ASSERT_BYTES(literal, json) \
	assert_bytes(literal, sizeof(literal) - 1, json)

static void
test_nesting(void **state)
{
	struct fs_emit js = { .out = &out };

	(void)state;
	fs_emit_object(&js, NULL);
	fs_emit_array(&js, "a");
	fs_emit_close(&js);
	fs_emit_array(&js, "b");
	fs_emit_u64(&js, NULL, 1);
	fs_emit_object(&js, NULL);
	fs_emit_close(&js);
	fs_emit_object(&js, NULL);
	fs_emit_key(&js, fs_bytes_of("x"));
	fs_emit_null(&js, NULL);
	fs_emit_bool(&js, "y", true);
	fs_emit_end(&js);
	assert_out("{\"a\":[],\"b\":[1,{},{\"x\":null,\"y\":true}]}\n");

	/* The next document begins anew. */
	fs_emit_array(&js, NULL);
	fs_emit_text(&js, NULL, "a");
	fs_emit_text(&js, NULL, "b");
	fs_emit_end(&js);
	assert_out("[\"a\",\"b\"]\n");
}

static void
test_strings(void **state)
{
	(void)state;
	ASSERT_BYTES("", "\"\"");
	ASSERT_BYTES("plain", "\"plain\"");
	ASSERT_BYTES("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	ASSERT_BYTES("\n\r\t", "\"\\n\\r\\t\"");
	ASSERT_BYTES("\0\x1b[2J\x7f", "\"\\u0000\\u001b[2J\\u007f\"");
	ASSERT_BYTES("\xc3\xa9 \xe4\xb8\xad", "\"\xc3\xa9 \xe4\xb8\xad\"");
	/* What a terminal may obey: C1, bidi, and a tag beyond 16 bits. */
	ASSERT_BYTES("\xc2\x9b", "\"\\u009b\"");
	ASSERT_BYTES("a\xe2\x80\xae" "b", "\"a\\u202eb\"");
	ASSERT_BYTES("\xf3\xa0\x80\x81", "\"\\udb40\\udc01\"");
}

static void
test_not_utf8(void **state)
{
	(void)state;
	ASSERT_BYTES("\xff", "{\"base64\":\"/w==\"}");
	ASSERT_BYTES("\xff\xfe", "{\"base64\":\"//4=\"}");
	ASSERT_BYTES("\0\xff\x10", "{\"base64\":\"AP8Q\"}");
	ASSERT_BYTES("abc\xc3", "{\"base64\":\"YWJjww==\"}");
	/* Overlong, and half of a pair of surrogates. */
	ASSERT_BYTES("\xc0\xaf", "{\"base64\":\"wK8=\"}");
	ASSERT_BYTES("\xed\xa0\x80", "{\"base64\":\"7aCA\"}");
}

static void
test_keys(void **state)
{
	struct fs_emit js = { .out = &out };

	(void)state;
	fs_emit_object(&js, NULL);
	fs_emit_key(&js, fs_bytes("a\0b", 3));
	fs_emit_i64(&js, NULL, -1);
	fs_emit_key(&js, fs_bytes_of("\xff\\\n"));
	fs_emit_bytes(&js, NULL, fs_bytes_of("\xff"));
	fs_emit_key(&js, fs_bytes_of(""));
	fs_emit_array(&js, NULL);
	fs_emit_end(&js);
	assert_out("{\"a\\u0000b\":-1,\"\\\\xFF\\\\\\\\\\\\n\":"
	    "{\"base64\":\"/w==\"},\"\":[]}\n");
}

static void
assert_number(double d, int decimals, const char *json)
{
	struct fs_emit js = { .out = &out };

	fs_emit_f64(&js, NULL, d, decimals);
	assert_out(json);
}

static void
test_numbers(void **state)
{
	struct fs_emit js = { .out = &out };

	(void)state;
	assert_number(0.1234567, 3, "0.123");
	assert_number(92, 1, "92.0");
	assert_number(-0.0001, 3, "0.0");
	assert_number(1e300, 3, "1e300");
	assert_number(NAN, 3, "null");
	assert_number(INFINITY, 3, "null");
	fs_emit_array(&js, NULL);
	fs_emit_u64(&js, NULL, UINT64_MAX);
	fs_emit_i64(&js, NULL, INT64_MIN);
	fs_emit_ms(&js, NULL, 312);
	fs_emit_seconds(&js, NULL, 300000);
	fs_emit_seconds(&js, NULL, 500);
	fs_emit_end(&js);
	assert_out("[18446744073709551615,-9223372036854775808,0.312,300,"
	    "0.5]\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_not_utf8),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_numbers),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	fs_out_free(&out);
	return failed;
}
