/* What is JSON and what is not, case by case: as a feature's value, a row. */
#include "source_feed.h"

#include "json_suite.h"
#include "source/record.h"

/* Valid JSON that is no row: names that repeat, or cannot be a field's. */
static const char *const refused[] = {
	"y_object_duplicated_key",
	"y_object_duplicated_key_and_value",
	"y_object_escaped_null_in_key",
};

static bool
must_be_taken(const char *name)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(refused[i], name) == 0)
			return false;
	}
	return name[0] == 'y';
}

static void
wrap(struct fs_str *out, struct fs_bytes text)
{
	fs_str_clear(out);
	fs_str_add_text(out, "{\"entity\":\"u\",\"features\":{\"a\":");
	fs_str_add_bytes(out, text);
	fs_str_add_text(out, "}}");
}

/* What the reader says of it in a line. */
static void
check_line(const char *name, struct fs_bytes line)
{
	struct fs_source_options opt = { 0 };
	struct fs_str	out = { 0 };
	bool		broken;

	opt.schema = fs_schema_sample();
	feed_run(fs_source_ndjson, &opt, line, &out);
	broken = strncmp(out.data, "1! column ", 10) == 0 ||
	    strcmp(out.data, "1! a NUL byte\n") == 0;
	if (must_be_taken(name) && broken)
		fail_msg("%s: %s", name, out.data);
	if (name[0] == 'n' && !broken)
		fail_msg("%s: %s", name, out.data);
	fs_schema_free((struct fs_schema *)opt.schema);
	fs_str_free(&out);
}

static void
test_suite(void **state)
{
	struct fs_record record = { 0 };
	struct fs_str	 text = { 0 };
	size_t		 n = sizeof(json_suite) / sizeof(json_suite[0]);

	(void)state;
	assert_int_equal(n, 316);
	for (size_t i = 0; i < n; i++) {
		const char *name = json_suite[i].name;

		wrap(&text, json_suite[i].text);
		if (name[0] == 'n' &&
		    fs_record_scan(&record, fs_str_bytes(&text)))
			fail_msg("%s was scanned", name);
		/* A line has no newline; in good JSON one is but a blank. */
		for (size_t c = 0; name[0] == 'y' && c < text.len; c++)
			if (text.data[c] == '\n')
				text.data[c] = ' ';
		if (memchr(text.data, '\n', text.len) == NULL)
			check_line(name, fs_str_bytes(&text));
	}
	fs_record_free(&record);
	fs_str_free(&text);
}

/* None of it is a row: no line of it is taken, whatever it is called. */
static void
check_row(const char *name, struct fs_bytes text)
{
	struct fs_source_options opt = { 0 };
	struct fs_record record = { 0 };
	struct fs_str	 out = { 0 };

	if (name[0] == 'n' && fs_record_scan(&record, text))
		fail_msg("%s was scanned", name);
	opt.schema = fs_schema_sample();
	feed_run(fs_source_ndjson, &opt, text, &out);
	for (char *line = out.len != 0 ? strtok(out.data, "\n") : NULL;
	    line != NULL; line = strtok(NULL, "\n")) {
		if (line[strspn(line, "0123456789")] != '!')
			fail_msg("%s: %s", name, line);
	}
	fs_schema_free((struct fs_schema *)opt.schema);
	fs_record_free(&record);
	fs_str_free(&out);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(json_suite) / sizeof(json_suite[0]); i++)
		check_row(json_suite[i].name, json_suite[i].text);
}

/* 100,000 open brackets, and 50,000 open objects in them. */
static void
test_large(void **state)
{
	struct fs_str text = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		fs_str_add_char(&text, '[');
	check_line("n_structure_100000_opening_arrays", fs_str_bytes(&text));
	check_row("n_structure_100000_opening_arrays", fs_str_bytes(&text));
	fs_str_clear(&text);
	for (int i = 0; i < 50000; i++)
		fs_str_add_text(&text, "[{\"\":");
	check_line("n_structure_open_array_object", fs_str_bytes(&text));
	check_row("n_structure_open_array_object", fs_str_bytes(&text));
	fs_str_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suite),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
