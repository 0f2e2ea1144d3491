/* Random and damaged input: the readers end, and count every line. */
#include "source_feed.h"
#include "sample_schema.h"

#include "base/rng.h"
#include "rounds.h"

#define ROUNDS	4000

static void
random_text(struct fs_rng *rng, const char *bytes, size_t n,
    struct fs_str *text)
{
	fs_str_clear(text);
	for (uint64_t i = fs_rng_below(rng, 400); i > 0; i--)
		fs_str_add_char(text, bytes[fs_rng_below(rng, n)]);
}

static void
damage(struct fs_rng *rng, const char *bytes, size_t n, struct fs_str *text)
{
	for (uint64_t i = fs_rng_below(rng, 6); i > 0; i--)
		text->data[fs_rng_below(rng, text->len)] =
		    bytes[fs_rng_below(rng, n)];
}

/* In one piece and in two the same comes out, with limits or without. */
static void
run(feed_open open_it, struct fs_rng *rng, struct fs_bytes text)
{
	struct fs_source_options opt = {
		.schema = schema,
		.events = fs_rng_below(rng, 2),
		.id_column = fs_rng_below(rng, 2) ? "id" : NULL,
		.line_max = fs_rng_below(rng, 2) ? 0 : 30,
	};
	struct fs_str whole = { 0 }, split = { 0 };

	feed_run(open_it, &opt, text, &whole);
	opt.wait = true;
	feed_run_split(open_it, &opt, text,
	    (size_t)fs_rng_below(rng, text.len + 1), &split);
	/* What is bad may be known before the rest is there. */
	if (strncmp(fs_str_bytes(&whole).data, "not opened", 10) != 0)
		assert_string_equal(fs_str_bytes(&split).data,
		    fs_str_bytes(&whole).data);
	fs_str_free(&whole);
	fs_str_free(&split);
}

static void
fuzz(feed_open open_it, const char *seed, const char *bytes, size_t n)
{
	struct fs_str	text = { 0 };
	struct fs_rng	rng;

	fs_rng_seed(&rng, 11);
	for (int i = rounds(ROUNDS); i > 0; i--) {
		random_text(&rng, bytes, n, &text);
		run(open_it, &rng, fs_str_bytes(&text));
		fs_str_clear(&text);
		fs_str_add_text(&text, seed);
		damage(&rng, bytes, n, &text);
		run(open_it, &rng, fs_str_bytes(&text));
	}
	fs_str_free(&text);
}

static void
test_csv(void **state)
{
	static const char bytes[] = "a1,,\"\"\n\n\r\xef\xbb\xbf\xff\0 -.";

	(void)state;
	fuzz(fs_source_csv, "id,country_iso,tx_count_7d,ttl\n"
	    "u1,US,1,5s\r\nu2,\"a \"\"quoted\"\" one\",2,\n"
	    "u3,\"two\nlines\",3,\nu4,,,\n\nu5,\"\",5,1\n",
	    bytes, sizeof(bytes) - 1);
}

static void
test_ndjson(void **state)
{
	static const char bytes[] = "{}[]\":,\\u0 19-.eE\n\r\xef\xbb\xbf\xff\0tn";

	(void)state;
	fuzz(fs_source_ndjson, "{\"entity\":\"u1\",\"features\":"
	    "{\"tx_count_7d\":1,\"avg_amount_30d\":2.50}}\n"
	    "{\"id\":\"u2\",\"country_iso\":\"\\u20ac\",\"x\":null}\r\n\n"
	    "{\"id\":7,\"features\":{\"a\":true},\"ttl\":\"5s\"}",
	    bytes, sizeof(bytes) - 1);
}

/* All bytes there are. */
static void
test_noise(void **state)
{
	struct fs_str	text = { 0 };
	struct fs_rng	rng;

	(void)state;
	fs_rng_seed(&rng, 12);
	for (int i = rounds(ROUNDS); i > 0; i--) {
		fs_str_clear(&text);
		for (uint64_t n = fs_rng_below(&rng, 300); n > 0; n--)
			fs_str_add_char(&text, (char)fs_rng_below(&rng, 256));
		run(fs_source_csv, &rng, fs_str_bytes(&text));
		run(fs_source_ndjson, &rng, fs_str_bytes(&text));
	}
	fs_str_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_ndjson),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
