#include "source_feed.h"
#include "sample_schema.h"

#include <locale.h>

#include "base/rng.h"
#include "source/record.h"

static void
check_bytes(struct fs_source_options opt, struct fs_bytes text,
    const char *expected)
{
	struct fs_str out = { 0 };

	opt.schema = schema;
	feed_run(fs_source_ndjson, &opt, text, &out);
	assert_string_equal(fs_str_bytes(&out).data, expected);
	fs_str_free(&out);
}

static void
check(const char *text, const char *expected)
{
	check_bytes((struct fs_source_options){ 0 }, fs_bytes_of(text),
	    expected);
}

static void
test_nested(void **state)
{
	(void)state;
	check("{\"entity\":\"u1\",\"features\":{\"tx_count_7d\":5,"
	    "\"avg_amount_30d\":92.40,\"country_iso\":\"US\"}}\n"
	    " { \"features\" : {\"avg_amount_30d\":92, \"x\" : null, "
	    "\"extra\":\"v\"}\t, \"entity\" : \"u2\" } \r\n"
	    "{\"entity\":17,\"features\":{\"a\":true,\"b\":-3,\"c\":2.50}}",
	    "1: u1 tx_count_7d=5 avg_amount_30d=92.4 country_iso=US\n"
	    "2: u2 avg_amount_30d=92.0 extra~v\n"
	    "3: 17 a~true b~-3 c~2.5\n");
}

static void
test_flat(void **state)
{
	struct fs_source_options opt = { .id_column = "user" };

	(void)state;
	check_bytes(opt, fs_bytes_of(
	    "{\"user\":\"u1\",\"tx_count_7d\":5,\"ttl\":\"x\"}\n"
	    "{\"tx_count_7d\":5}\n"
	    "{\"user\":\"u3\"}\n"
	    "{\"user\":\"u4\",\"tx_count_7d\":null}\n"
	    "{\"user\":\"u5\",\"features\":{\"tx_count_7d\":1}}\n"
	    "{\"user\":\"u6\",\"features\":1}\n"
	    "{\"user\":\"u7\",\"features\":{},\"tx_count_7d\":1}\n"),
	    "1: u1 tx_count_7d=5 ttl~x\n"
	    "2! no entity: there is no 'user'\n"
	    "3! no values\n"
	    "4! no values\n"
	    "5: u5 tx_count_7d=1\n"
	    "6: u6 features~1\n"
	    "7! unknown member 'tx_count_7d'\n");
}

static void
test_bad_rows(void **state)
{
	(void)state;
	check("{\"features\":{\"a\":1}}\n"
	    "{\"entity\":\"\",\"features\":{\"a\":1}}\n"
	    "{\"entity\":true,\"features\":{\"a\":1}}\n"
	    "{\"entity\":[1],\"features\":{\"a\":1}}\n"
	    "{\"entity\":\"u\"}\n"
	    "{\"entity\":\"u\",\"features\":[1]}\n"
	    "{\"entity\":\"u\",\"features\":{}}\n"
	    "{\"entity\":\"u\",\"features\":{\"a\":1},\"when\":2}\n"
	    "{\"entity\":\"u\",\"features\":{\"a\":1},\"ttl\":2}\n"
	    "{\"entity\":\"u\",\"features\":{\"\":1}}\n"
	    "[1]\n",
	    "1! no entity: there is no 'entity'\n"
	    "2! no entity: 'entity' is empty\n"
	    "3! no entity: 'entity' is a bool\n"
	    "4! no entity: 'entity' is an array\n"
	    "5! no 'features': a flat row needs the name of its id\n"
	    "6! features: an array is not an object\n"
	    "7! no values\n"
	    "8! unknown member 'when'\n"
	    "9! 'ttl' is for events alone\n"
	    "10! a feature without a name\n"
	    "11! an array is not an object\n");
}

static void
test_syntax(void **state)
{
	struct fs_str	out = { 0 };
	struct fs_source_options opt = { .schema = schema };
	static const char *const broken[] = {
		"{", "}", "17", "{}x", "{\"entity\":\"u\",\"fea", "{\"entity\":\"u\",}", "nul", "\"a\"",
		"{\"entity\":\"u\",\"features\":{\"a\":1}", "{\"a\":01}",
		"{\"a\":1.}", "{\"a\":+1}", "{\"a\":NaN}", "{\"a\":1e999}",
		"{\"a\":9223372036854775808}", "{'a':1}", "{\"a\":\"\t\"}",
		"{\"a\":\"\xff\"}", "{\"a\":\"\xc0\x80\"}",
		"{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\x\"}", "{\"\\u0000\":1}", "{\"a\":1}{\"b\":1}",
		"{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\":-}", "/**/{}",
		"{\"entity\":\"u\",\"entity\":\"v\",\"features\":{\"a\":1}}",
		"{\"entity\":\"u\",\"features\":{\"a\":1,\"a\":2}}",
		"{\"entity\":\"u\",\"features\":{\"a\":1,\"\\u0061\":2}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct fs_str text = { 0 };

		fs_str_addf(&text, "%s\n{\"entity\":\"good\",\"features\":"
		    "{\"a\":1}}\n", broken[i]);
		feed_run(fs_source_ndjson, &opt, fs_str_bytes(&text), &out);
		assert_memory_equal(out.data, "1! column ", 10);
		assert_non_null(strstr(out.data, " good a~1\n"));
		assert_null(strstr(out.data, "\n3"));
		fs_str_free(&text);
	}
	fs_str_free(&out);
}

/* Each value with each type of feature. */
static void
test_types(void **state)
{
	static const char *const features[] = {
		"country_iso", "flag", "tx_count_7d", "avg_amount_30d",
	};
	static const struct {
		const char *json, *text[4];	/* NULL: refused */
	} cases[] = {
		{ "\"x\"",	{ "x", NULL, NULL, NULL } },
		{ "\"\"",	{ "", NULL, NULL, NULL } },
		{ "\"5\"",	{ "5", NULL, NULL, NULL } },
		{ "true",	{ NULL, "true", NULL, NULL } },
		{ "false",	{ NULL, "false", NULL, NULL } },
		{ "0",		{ NULL, NULL, "0", "0.0" } },
		{ "-0",		{ NULL, NULL, "0", "0.0" } },
		{ "-12",	{ NULL, NULL, "-12", "-12.0" } },
		{ "9223372036854775807",
		    { NULL, NULL, "9223372036854775807",
		    "9.223372036854776e18" } },
		{ "-9223372036854775808",
		    { NULL, NULL, "-9223372036854775808",
		    "-9.223372036854776e18" } },
		{ "1.0",	{ NULL, NULL, NULL, "1.0" } },
		{ "-0.0",	{ NULL, NULL, NULL, "-0.0" } },
		{ "92.40",	{ NULL, NULL, NULL, "92.4" } },
		{ "1e2",	{ NULL, NULL, NULL, "100.0" } },
		{ "0.00001",	{ NULL, NULL, NULL, "0.00001" } },
		{ "0.000001",	{ NULL, NULL, NULL, "1e-6" } },
		{ "0.0000000",	{ NULL, NULL, NULL, "0.0" } },
		{ "0.1000000000000000055511151231257827",
		    { NULL, NULL, NULL, "0.1" } },
		{ "1e-400",	{ NULL, NULL, NULL, "0.0" } },
		{ "[]",		{ NULL, NULL, NULL, NULL } },
		{ "{\"a\":1}",	{ NULL, NULL, NULL, NULL } },
	};
	struct fs_feature	flag = { .type = FS_TYPE_BOOL };
	struct fs_source_options opt = { 0 };
	struct fs_str		 text = { 0 }, out = { 0 }, wanted = { 0 };

	(void)state;
	flag.name = strdup("flag");
	assert_true(fs_schema_add(schema, &flag, NULL));
	opt.schema = schema;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int f = 0; f < 4; f++) {
			const char *expected = cases[i].text[f];

			fs_str_clear(&text);
			fs_str_addf(&text, "{\"entity\":\"u\",\"features\":"
			    "{\"%s\":%s}}", features[f], cases[i].json);
			feed_run(fs_source_ndjson, &opt, fs_str_bytes(&text),
			    &out);
			fs_str_clear(&wanted);
			fs_str_addf(&wanted, "1: u %s=%s\n", features[f],
			    expected != NULL ? expected : "");
			if (expected != NULL)
				assert_string_equal(out.data, wanted.data);
			else
				assert_non_null(strstr(out.data, " is not a"));
		}
	fs_str_free(&text);
	fs_str_free(&out);
	fs_str_free(&wanted);
}

static void
test_reasons(void **state)
{
	(void)state;
	check("{\"entity\":\"u\",\"features\":{\"tx_count_7d\":\"abc\"}}\n"
	    "{\"entity\":\"u\",\"features\":{\"tx_count_7d\":1.5}}\n"
	    "{\"entity\":\"u\",\"features\":{\"avg_amount_30d\":{\"a\":{}}}}\n"
	    "{\"entity\":\"u\",\"features\":{\"country_iso\":7}}\n"
	    "{\"entity\":\"u\",\"features\":{\"extra\":[[[[]]]]}}\n"
	    "{\"entity\":\"u\",\"features\":{\"tx_count_7d\":"
	    "\"a\\u0000b\\u001b[31m\"}}\n",
	    "1! tx_count_7d: 'abc' is not an int64\n"
	    "2! tx_count_7d: '1.5' is not an int64\n"
	    "3! avg_amount_30d: an object is not a float64\n"
	    "4! country_iso: '7' is not a string\n"
	    "5! extra: an array is not a value\n"
	    "6! tx_count_7d: 'a?b\x1b[31m' is not an int64\n");
}

/* Reasons about text of any size fit, and are cut between characters. */
static void
test_long_reason(void **state)
{
	struct fs_str text = { 0 };

	(void)state;
	fs_str_add_text(&text, "{\"entity\":\"u\",\"features\":"
	    "{\"tx_count_7d\":\"");
	for (int i = 0; i < 100; i++)
		fs_str_add_text(&text, "\xe2\x82\xac");
	fs_str_add_text(&text, "\"}}");
	check(text.data, "1! tx_count_7d: '"
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "...' is not an int64\n");
	fs_str_free(&text);
}

/* What is escaped takes the long way, and comes out the same. */
static void
test_escapes(void **state)
{
	(void)state;
	check("{\"entity\":\"\\u0075\\u20ac\",\"features\":"
	    "{\"country\\u005fiso\":\"a\\\"b\\n\\/\\ud83d\\ude00\"}}\n",
	    "1: u\xe2\x82\xac country_iso=a\"b\n/\xf0\x9f\x98\x80\n");
	check("{\"entity\":\"\xf0\x9f\x98\x80\",\"features\":"
	    "{\"country_iso\":\"\x7f\"}}\n",
	    "1: \xf0\x9f\x98\x80 country_iso=\x7f\n");
}

static void
test_events(void **state)
{
	struct fs_source_options opt = { .events = true };

	(void)state;
#define EVENT(ttl) "{\"entity\":\"u\",\"features\":{\"a\":1},\"ttl\":" ttl "}\n"
	check_bytes(opt, fs_bytes_of(EVENT("\"30s\"") EVENT("90")
	    EVENT("0.5") EVENT("\"500ms\"") EVENT("null") EVENT("2e1")
	    EVENT("0") EVENT("-1") EVENT("\"\"") EVENT("\"5x\"")
	    EVENT("true") EVENT("[1]") EVENT("1e300") EVENT("0.0001")
	    "{\"entity\":\"u\",\"features\":{\"ttl\":1}}\n"),
	    "1: u a~1 ttl 30000\n"
	    "2: u a~1 ttl 90000\n"
	    "3: u a~1 ttl 500\n"
	    "4: u a~1 ttl 500\n"
	    "5: u a~1\n"
	    "6: u a~1 ttl 20000\n"
	    "7! ttl: '0' is not a time to live\n"
	    "8! ttl: '-1' is not a time to live\n"
	    "9! ttl: '' is not a time to live\n"
	    "10! ttl: '5x' is not a time to live\n"
	    "11! ttl: 'true' is not a time to live\n"
	    "12! ttl: an array is not a time to live\n"
	    "13! ttl: '1e300' is not a time to live\n"
	    "14! ttl: '0.0001' is not a time to live\n"
	    "15: u ttl~1\n");
	opt.id_column = "id";
	check_bytes(opt, fs_bytes_of("{\"id\":\"u\",\"a\":1,\"ttl\":2}\n"),
	    "1: u a~1 ttl 2000\n");
}

static void
test_ids(void **state)
{
	struct fs_source_options opt = { .schema = schema, .ids = true };

	(void)state;
	check_bytes(opt, fs_bytes_of("{\"entity\":\"u1\"}\n"
	    "{\"entity\":\"u2\",\"features\":{}}\n{}\n"),
	    "1: u1\n2: u2\n3! no entity: there is no 'entity'\n");
	/* A value that is not taken need not be one. */
	check_bytes(opt, fs_bytes_of(
	    "{\"entity\":\"u1\",\"features\":{\"tx_count_7d\":\"x\"}}\n"
	    "{\"entity\":\"u2\",\"tx_count_7d\":[]}\n"
	    "{\"entity\":\"u3\",\"features\":3}\n"),
	    "1: u1\n2: u2\n3: u3\n");
	opt.id_column = "id";
	check_bytes(opt, fs_bytes_of("{\"id\":\"u1\",\"tx_count_7d\":null,"
	    "\"tx_count_5m\":\"x\"}\n"), "1: u1\n");
}

static void
test_lines(void **state)
{
	(void)state;
	check("", "");
	check("\n\r\n \t\n", "");
	check("\xef\xbb\xbf\n{\"entity\":\"u\",\"features\":{\"a\":1}}\r",
	    "2: u a~1\n");
	check("\xef\xbb\xbf{\"entity\":\"u\",\"features\":{\"a\":1}}\n",
	    "1: u a~1\n");
}

static void
test_nul(void **state)
{
	static const char text[] = "{\"entity\":\"u\0\",\"features\":{\"a\":1}}"
	    "\n{\"entity\":\"u\",\"features\":{\"a\":1}}\0\n\0\n"
	    "{\"entity\":\"u\",\"features\":{\"a\":1\0}}";
	struct fs_source_options opt = { .schema = schema };
	struct fs_str out = { 0 };

	(void)state;
	feed_run(fs_source_ndjson, &opt, fs_bytes(text, sizeof(text) - 1),
	    &out);
	assert_string_equal(out.data,
	    "1! a NUL byte\n2! a NUL byte\n3! a NUL byte\n4! a NUL byte\n");
	fs_str_free(&out);
}

static void
test_too_long(void **state)
{
	struct fs_source_options opt = { .line_max = 50 };
	struct fs_str text = { 0 };

	(void)state;
	for (int n = 49; n <= 51; n++) {
		size_t start = text.len;

		fs_str_add_text(&text, "{\"entity\":\"u\",\"features\":"
		    "{\"a\":\"");
		while (text.len < start + (size_t)n - 3)
			fs_str_add_char(&text, 'x');
		fs_str_add_text(&text, "\"}}\n");
	}
	fs_str_add_text(&text, "{\"entity\":\"u\",\"features\":{\"b\":1}}");
	check_bytes(opt, fs_str_bytes(&text),
	    "1: u a~xxxxxxxxxxxxxxx\n2: u a~xxxxxxxxxxxxxxxx\n"
	    "3! too long a row\n4: u b~1\n");
	fs_str_clear(&text);
	for (int i = 0; i < 300000; i++)
		fs_str_add_text(&text, "0123456789");
	fs_str_add_text(&text, "\n{\"entity\":\"u\",\"features\":{\"b\":1}}");
	check(text.data, "1! too long a row\n2: u b~1\n");
	fs_str_free(&text);
}

static void
test_deep(void **state)
{
	struct fs_source_options opt = { .schema = schema };
	struct fs_str text = { 0 }, out = { 0 };

	(void)state;
	fs_str_add_text(&text, "{\"entity\":\"u\",\"features\":{\"a\":");
	for (int i = 0; i < 500000; i++)
		fs_str_add_char(&text, i % 2 ? '[' : ' ');
	fs_str_add_text(&text, "\n{\"entity\":\"u\",\"features\":{\"b\":1}}");
	feed_run(fs_source_ndjson, &opt, fs_str_bytes(&text), &out);
	assert_memory_equal(out.data, "1! column ", 10);
	assert_non_null(strstr(out.data, "\n2: u b~1\n"));
	fs_str_free(&text);
	fs_str_free(&out);
}

/* More members than are scanned, and the same features in another order. */
static void
test_many_members(void **state)
{
	struct fs_source_options opt = { .schema = schema };
	struct fs_str text = { 0 }, out = { 0 };

	(void)state;
	for (int line = 0; line < 2; line++) {
		fs_str_add_text(&text, "{\"entity\":\"u\",\"features\":{");
		for (int i = 0; i < 1000; i++)
			fs_str_addf(&text, "\"f%d\":%d,",
			    line ? 999 - i : i, i);
		fs_str_add_text(&text, "\"tx_count_7d\":7}}\n");
	}
	fs_str_add_text(&text, "{\"entity\":\"u\",\"features\":"
	    "{\"tx_count_7d\":8,\"f1\":1}}\n");
	feed_run(fs_source_ndjson, &opt, fs_str_bytes(&text), &out);
	assert_non_null(strstr(out.data, " f998~998 f999~999 tx_count_7d=7\n"));
	assert_non_null(strstr(out.data, " f1~998 f0~999 tx_count_7d=7\n"));
	assert_non_null(strstr(out.data, " u tx_count_7d=8 f1~1\n"));
	fs_str_free(&text);
	fs_str_free(&out);
}

static void
test_split(void **state)
{
	static const char text[] = "\xef\xbb\xbf{\"entity\":\"u1\","
	    "\"features\":{\"a\":1.50}}\r\n\n{]\n{\"entity\":\"u2\","
	    "\"features\":{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}}\n"
	    "{\"entity\":\"u3\",\"features\":{\"a\":3}}";
	struct fs_source_options opt = { .schema = schema, .line_max = 50 };
	struct fs_bytes	bytes = fs_bytes(text, sizeof(text) - 1);
	struct fs_str	whole = { 0 }, split = { 0 };

	(void)state;
	feed_run(fs_source_ndjson, &opt, bytes, &whole);
	assert_non_null(strstr(whole.data, "5: u3 a~3\n"));
	opt.wait = true;
	for (size_t i = 0; i <= bytes.len; i++) {
		feed_run_split(fs_source_ndjson, &opt, bytes, i, &split);
		assert_string_equal(split.data, whole.data);
	}
	fs_str_free(&whole);
	fs_str_free(&split);
}

/* Numbers in a locale with a decimal comma. */
static void
test_locale(void **state)
{
	(void)state;
	if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL &&
	    setlocale(LC_ALL, "de_DE") == NULL)
		skip();
	check("{\"entity\":\"u\",\"features\":{\"avg_amount_30d\":1.5}}\n"
	    "{\"entity\":\"u\",\"features\":{\"avg_amount_30d\":25e-1}}\n",
	    "1: u avg_amount_30d=1.5\n2: u avg_amount_30d=2.5\n");
	setlocale(LC_ALL, "C");
}

/*
 * Scanned and parsed
 */

static void
assert_same(const struct fs_object *a, const struct fs_object *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert_true(fs_bytes_eq(a->members[i].name,
		    b->members[i].name));
		assert_int_equal(a->members[i].value, b->members[i].value);
		assert_true(fs_bytes_eq(a->members[i].text,
		    b->members[i].text));
	}
}

static void
damage(struct fs_rng *rng, struct fs_str *text)
{
	static const char bytes[] = "{}[]\",:\\ 0123456789.-+eEtrufalsn\t\xc3";
	size_t at = (size_t)fs_rng_below(rng, text->len);

	switch (fs_rng_below(rng, 3)) {
	case 0:
		text->data[at] = bytes[fs_rng_below(rng, sizeof(bytes))];
		break;
	case 1:
		memmove(text->data + at, text->data + at + 1,
		    text->len - at - 1);
		fs_str_cut(text, text->len - 1);
		break;
	default:
		fs_str_add_char(text, ' ');
		memmove(text->data + at + 1, text->data + at,
		    text->len - at - 1);
		text->data[at] = bytes[fs_rng_below(rng, sizeof(bytes))];
	}
}

/* Whatever the scan takes, the parser takes, and reads the same in it. */
static void
test_scan_agrees(void **state)
{
	static const char *const seeds[] = {
		"{\"entity\":\"u1\",\"features\":{\"a\":0.001,\"b\":10.50}}",
		"{\"e\":-0.0000,\"features\":{},\"f\":-10,\"g\":null}",
		"{\"entity\" : \"\xc3\xa9\", \"x\" : true , \"y\":false}",
		"{\"a\":123456789012345678,\"b\":1234567890.12345,\"a2\":0}",
	};
	struct fs_record scanned = { 0 }, loaded = { 0 };
	struct fs_str	 text = { 0 };
	struct fs_rng	 rng;
	int		 taken = 0;

	(void)state;
	fs_rng_seed(&rng, 7);
	for (int i = 0; i < 200000; i++) {
		json_t *root;

		fs_str_clear(&text);
		fs_str_add_text(&text, seeds[i % 4]);
		for (uint64_t n = fs_rng_below(&rng, 4); n > 0; n--)
			damage(&rng, &text);
		if (!fs_record_scan(&scanned, fs_str_bytes(&text)))
			continue;
		taken++;
		root = json_loadb(text.data, text.len,
		    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
		if (root == NULL)
			fail_msg("%s", text.data);
		fs_record_load(&loaded, root);
		assert_same(&scanned.top, &loaded.top);
		assert_same(&scanned.features, &loaded.features);
		json_decref(root);
	}
	assert_true(taken > 50000);
	fs_record_free(&scanned);
	fs_record_free(&loaded);
	fs_str_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_flat),
		cmocka_unit_test(test_bad_rows),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_long_reason),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_locale),
		cmocka_unit_test(test_scan_agrees),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
