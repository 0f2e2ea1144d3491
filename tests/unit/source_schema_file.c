#include "source/schema_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "rounds.h"

static struct fs_schema *
parse(const char *json, struct fs_err *err)
{
	return fs_schema_file_parse(fs_bytes_of(json), "s.json", err);
}

static void
test_full(void **state)
{
	struct fs_schema *schema = parse("{\"prefix\": \"x:\","
	    " \"batch_ttl\": \"2d\", \"streaming_ttl\": 90, \"features\": [\n"
	    "{\"name\": \"b\", \"class\": \"batch\", \"type\": \"bool\","
	    " \"interval\": \"1h\", \"generate\": {\"values\": [true]}},\n"
	    "{\"name\": \"a\", \"class\": \"streaming\", \"type\": \"float64\","
	    " \"ttl\": \"500ms\", \"interval\": 10, \"generate\": {\"min\": -1,"
	    " \"max\": 2.5, \"decimals\": 3}},\n"
	    "{\"name\": \"c\", \"class\": \"streaming\", \"type\": \"int64\","
	    " \"generate\": {\"now\": true}},\n"
	    "{\"name\": \"d\", \"class\": \"batch\", \"type\": \"string\","
	    " \"generate\": {\"values\": [\"\", \"y\"], \"weights\": [0, 3]}}"
	    "]}", NULL);
	const struct fs_feature *features;

	(void)state;
	assert_non_null(schema);
	assert_string_equal(schema->prefix, "x:");
	assert_int_equal(schema->batch_ttl_ms, 172800000);
	assert_int_equal(schema->streaming_ttl_ms, 90000);
	assert_int_equal(schema->nfeatures, 4);
	features = schema->features;
	assert_string_equal(features[0].name, "b");
	assert_int_equal(features[0].class, FS_CLASS_BATCH);
	assert_int_equal(features[0].type, FS_TYPE_BOOL);
	assert_int_equal(features[0].interval_ms, 3600000);
	assert_int_equal(features[0].draw, FS_DRAW_CHOICE);
	assert_string_equal(features[0].values[0], "true");
	assert_null(features[0].weights);
	assert_int_equal(features[1].class, FS_CLASS_STREAMING);
	assert_int_equal(features[1].ttl_ms, 500);
	assert_int_equal(features[1].interval_ms, 10000);
	assert_int_equal(features[1].draw, FS_DRAW_RANGE);
	assert_true(features[1].min == -1 && features[1].max == 2.5);
	assert_int_equal(features[1].decimals, 3);
	assert_int_equal(features[2].draw, FS_DRAW_NOW);
	assert_string_equal(features[3].values[0], "");
	assert_int_equal(features[3].weights[1], 3);
	assert_int_equal(fs_schema_find(schema, fs_bytes_of("c")), 2);
	fs_schema_free(schema);
}

static void
test_defaults(void **state)
{
	struct fs_schema *schema = parse("{\"features\": []}", NULL);

	(void)state;
	assert_string_equal(schema->prefix, "fs:user:");
	assert_int_equal(schema->batch_ttl_ms, 86400000);
	assert_int_equal(schema->streaming_ttl_ms, 300000);
	assert_int_equal(schema->nfeatures, 0);
	fs_schema_free(schema);
}

#define F(rest)	"{\"features\": [{\"name\": \"ok\", \"class\": \"batch\", " \
    "\"type\": \"int64\"}, {\"name\": \"f\"" rest "}]}"
#define G(type, generate) \
    F(", \"class\": \"batch\", \"type\": \"" type "\", \"generate\": " generate)

static const struct {
	const char *json, *why;
} faults[] = {
	{ "[]", "an array is not an object" },
	{ "{}", "no 'features'" },
	{ "{\"features\": {}}", "features: an object is not an array" },
	{ "{\"features\": [], \"ttl\": 1}", "unknown member 'ttl'" },
	{ "{\"features\": [], \"prefix\": \"\"}",
	    "the prefix is empty: that would be the whole database" },
	{ "{\"features\": [], \"prefix\": 1}",
	    "prefix: a number is not a string" },
	{ "{\"features\": [], \"prefix\": \"a\\u0000b\"}",
	    "prefix: a NUL in it" },
	{ "{\"features\": [], \"batch_ttl\": \"24x\"}",
	    "batch_ttl: '24x' is no duration above 0" },
	{ "{\"features\": [], \"batch_ttl\": 0}",
	    "batch_ttl: '0' is no duration above 0" },
	{ "{\"features\": [], \"streaming_ttl\": -1}",
	    "streaming_ttl: '-1' is no duration above 0" },
	{ "{\"features\": [], \"streaming_ttl\": []}",
	    "streaming_ttl: an array is no duration above 0" },
	{ "{\"features\": [], \"batch_ttl\": 1e300}",
	    "batch_ttl: '1e300' is no duration above 0" },
	{ "{\"features\": [], \"streaming_ttl\": \"365001d\"}",
	    "streaming_ttl: longer than 365000d" },
	{ F(", \"class\": \"streaming\", \"type\": \"bool\", "
	    "\"ttl\": \"365001d\""),
	    "feature 2, 'f': ttl: longer than 365000d" },
	{ "{\"features\": [7]}", "feature 1: a number is not an object" },
	{ "{\"features\": [{}]}", "feature 1: no 'name'" },
	{ "{\"features\": [{\"name\": \"\", \"class\": \"batch\", "
	    "\"type\": \"bool\"}]}",
	    "feature 1, '': a feature without a name" },
	{ F(""), "feature 2, 'f': no 'class'" },
	{ F(", \"class\": \"extra\""),
	    "feature 2, 'f': unknown class 'extra': batch or streaming" },
	{ F(", \"class\": \"batch\""), "feature 2, 'f': no 'type'" },
	{ F(", \"class\": \"batch\", \"type\": \"int\""), "feature 2, 'f': "
	    "unknown type 'int': string, bool, int64 or float64" },
	{ F(", \"class\": \"batch\", \"type\": 5"),
	    "feature 2, 'f': type: a number is not a string" },
	{ F(", \"klass\": 1"), "feature 2, 'f': unknown member 'klass'" },
	{ F(", \"class\": \"batch\", \"type\": \"bool\", \"ttl\": 5"),
	    "feature 2, 'f': a batch feature has no TTL of its own" },
	{ F(", \"class\": \"streaming\", \"type\": \"bool\", \"ttl\": \"\""),
	    "feature 2, 'f': ttl: '' is no duration above 0" },
	{ "{\"features\": [{\"name\": \"ok\", \"class\": \"batch\", \"type\": "
	    "\"bool\"}, {\"name\": \"ok\", \"class\": \"batch\", \"type\": "
	    "\"bool\"}]}", "feature 2, 'ok': a second feature 'ok'" },
	{ G("int64", "1"),
	    "feature 2, 'f': generate: a number is not an object" },
	{ G("int64", "{}"), "feature 2, 'f': generate: no 'min'" },
	{ G("int64", "{\"min\": 1}"), "feature 2, 'f': generate: no 'max'" },
	{ G("int64", "{\"min\": 1, \"max\": \"2\"}"),
	    "feature 2, 'f': generate: max: a string is not a number" },
	{ G("int64", "{\"min\": 3, \"max\": 2}"),
	    "feature 2, 'f': generate: min is above max" },
	{ G("int64", "{\"min\": 1, \"max\": 2.5}"), "feature 2, 'f': "
	    "generate: min and max must be whole for an int64" },
	{ G("int64", "{\"min\": 1, \"max\": 2, \"decimals\": 1}"),
	    "feature 2, 'f': generate: an int64 has no decimals" },
	{ G("int64", "{\"min\": 1, \"max\": 1e17}"),
	    "feature 2, 'f': generate: beyond 2^53" },
	{ G("float64", "{\"min\": -1e308, \"max\": 1e308}"),
	    "feature 2, 'f': generate: too wide a range" },
	{ G("float64", "{\"min\": 1, \"max\": 2, \"decimals\": 10}"),
	    "feature 2, 'f': generate: decimals: a number from 0 to 9 is "
	    "needed" },
	{ G("bool", "{\"min\": 1, \"max\": 2}"),
	    "feature 2, 'f': generate: a range is not for a bool" },
	{ G("string", "{\"now\": true}"),
	    "feature 2, 'f': generate: now is not for a string" },
	{ G("int64", "{\"now\": 1}"),
	    "feature 2, 'f': generate: now: it can only be true" },
	{ G("int64", "{\"now\": true, \"min\": 1}"),
	    "feature 2, 'f': unknown member 'min'" },
	{ G("float64", "{\"min\": 1, \"max\": 2, \"decimals\": -1}"),
	    "feature 2, 'f': generate: decimals: a number from 0 to 9 is "
	    "needed" },
	{ G("int64", "{\"values\": []}"), "feature 2, 'f': generate: "
	    "values: an array with values is needed" },
	{ G("int64", "{\"values\": [1, \"2\"]}"),
	    "feature 2, 'f': generate: value 2 is not an int64" },
	{ G("string", "{\"values\": [\"a\\u0000b\"]}"),
	    "feature 2, 'f': generate: value 1 is not a string" },
	{ G("int64", "{\"values\": [1, 2], \"weights\": [1]}"),
	    "feature 2, 'f': generate: a weight is needed for each of the "
	    "values" },
	{ G("int64", "{\"values\": [1, 2], \"weights\": [1, -1]}"),
	    "feature 2, 'f': generate: weight 2 is not a whole number up to "
	    "1000000" },
	{ G("int64", "{\"values\": [1, 2], \"weights\": [0, 0]}"),
	    "feature 2, 'f': generate: all weights are 0" },
};

static void
test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct fs_err err = { 0 };

		assert_null(parse(faults[i].json, &err));
		assert_int_equal(err.code, FS_EUSAGE);
		assert_memory_equal(err.msg, "s.json: ", 8);
		assert_string_equal(err.msg + 8, faults[i].why);
	}
}

/* A syntax error is told with its line and column. */
static void
test_syntax(void **state)
{
	struct fs_err err = { 0 };

	(void)state;
	assert_null(parse("{\n  \"features\": [}\n", &err));
	assert_memory_equal(err.msg, "s.json:2:16: ", 13);
	assert_null(parse("", &err));
	assert_memory_equal(err.msg, "s.json:1:0: ", 12);
	assert_null(parse("{\"features\": [], \"features\": []}", &err));
	assert_memory_equal(err.msg, "s.json:1:", 9);
	assert_null(parse("{\"features\": []} x", &err));
	assert_null(fs_schema_file_parse(fs_bytes("{\"features\": "
	    "[], \"batch_ttl\": 1\0}", 33), "s.json", &err));
	assert_string_equal(err.msg, "s.json: a NUL byte");
	assert_null(parse("{\"prefix\": \"\xff\", \"features\": []}", &err));
}

static void
assert_again(const struct fs_schema *schema)
{
	struct fs_str	  first = { 0 }, second = { 0 };
	struct fs_schema *again;
	struct fs_err	  err = { 0 };

	fs_schema_file_write(schema, &first);
	again = parse(first.data, &err);
	if (again == NULL)
		fail_msg("%s in %s", err.msg, first.data);
	fs_schema_file_write(again, &second);
	assert_string_equal(first.data, second.data);
	assert_int_equal(again->nfeatures, schema->nfeatures);
	fs_schema_free(again);
	fs_str_free(&first);
	fs_str_free(&second);
}

static void
test_write(void **state)
{
	struct fs_schema *schema = parse("{\"features\": ["
	    "{\"name\": \"a \\\"b\\\\\\n\\u007f\xe2\x82\xac\xc2\x9b\xe2\x80\xae\", "
	    "\"class\": \"streaming\", \"type\": \"float64\", \"ttl\": 1.5, "
	    "\"interval\": \"2d\", \"generate\": {\"min\": -0.25, \"max\": "
	    "1e20, \"decimals\": 2}}, {\"name\": \"c\", \"class\": \"batch\","
	    "\"type\": \"float64\", \"generate\": {\"values\": [1, 2.50]}}]}",
	    NULL);
	struct fs_str out = { 0 };

	(void)state;
	assert_non_null(schema);
	fs_schema_file_write(schema, &out);
	assert_string_equal(out.data, "{\n"
	    "  \"prefix\": \"fs:user:\",\n"
	    "  \"batch_ttl\": \"24h\",\n"
	    "  \"streaming_ttl\": \"5m\",\n"
	    "  \"features\": [\n"
	    "    {\"name\": \"a \\\"b\\\\\\n\\u007f\xe2\x82\xac\\u009b\\u202e\", "
	    "\"class\": \"streaming\", \"type\": \"float64\", "
	    "\"ttl\": \"1500ms\", \"interval\": \"2d\",\n"
	    "     \"generate\": {\"min\": -0.25, \"max\": 1e20, "
	    "\"decimals\": 2}},\n"
	    "    {\"name\": \"c\", \"class\": \"batch\", "
	    "\"type\": \"float64\",\n"
	    "     \"generate\": {\"values\": [1.0, 2.5]}}\n"
	    "  ]\n}\n");
	assert_again(schema);
	fs_str_free(&out);
	fs_schema_free(schema);
	schema = fs_schema_sample();
	assert_again(schema);
	fs_schema_free(schema);
	schema = fs_schema_new();
	assert_again(schema);
	/* Bytes that JSON cannot carry. */
	assert_true(fs_schema_set_prefix(schema, "x\xff\x01", NULL));
	assert_again(schema);
	fs_schema_free(schema);
}

static void
test_load(void **state)
{
	char		  path[] = "/tmp/fsconsole-schema-XXXXXX";
	struct fs_schema *schema = fs_schema_sample(), *loaded;
	struct fs_str	  text = { 0 };
	struct fs_err	  err = { 0 };
	int		  fd = mkstemp(path);

	(void)state;
	fs_schema_file_write(schema, &text);
	assert_int_equal(write(fd, text.data, text.len), text.len);
	loaded = fs_schema_file_load(path, &err);
	assert_int_equal(loaded->nfeatures, 11);
	assert_int_equal(loaded->features[1].weights[0], 70);
	fs_schema_free(loaded);
	assert_int_equal(ftruncate(fd, 30), 0);
	assert_null(fs_schema_file_load(path, &err));
	assert_int_equal(err.code, FS_EUSAGE);
	assert_memory_equal(err.msg, path, strlen(path));
	assert_int_equal(ftruncate(fd, 20 << 20), 0);
	assert_null(fs_schema_file_load(path, &err));
	assert_non_null(strstr(err.msg, ": more than 16 MiB"));
	close(fd);
	unlink(path);
	assert_null(fs_schema_file_load(path, &err));
	assert_int_equal(err.code, FS_EIO);
	assert_non_null(strstr(err.msg, ": No such file"));
	assert_null(fs_schema_file_load("/", &err));
	assert_string_equal(err.msg, "/: Is a directory");
	fs_schema_free(schema);
	fs_str_free(&text);
}

/* Damaged files are refused or understood, and nothing worse. */
static void
test_damage(void **state)
{
	struct fs_schema *schema = fs_schema_sample(), *read;
	struct fs_str	  whole = { 0 }, text = { 0 };
	struct fs_rng	  rng;
	struct fs_err	  err = { 0 };

	(void)state;
	fs_schema_file_write(schema, &whole);
	fs_rng_seed(&rng, 9);
	for (int i = rounds(20000); i > 0; i--) {
		fs_str_clear(&text);
		fs_str_add_bytes(&text, fs_str_bytes(&whole));
		for (uint64_t n = fs_rng_below(&rng, 4); n > 0; n--)
			text.data[fs_rng_below(&rng, text.len)] =
			    "\"{}[]:,0a9-.e\\ \0\xff"[fs_rng_below(&rng, 17)];
		read = fs_schema_file_parse(fs_str_bytes(&text), "x", &err);
		if (read != NULL)
			assert_again(read);
		fs_schema_free(read);
	}
	fs_schema_free(schema);
	fs_str_free(&whole);
	fs_str_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
