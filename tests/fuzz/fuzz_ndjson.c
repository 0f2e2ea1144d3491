/* NDJSON; and what the fast scan takes of a line against what jansson does. */
#include "feed.h"

#include "source/record.h"

static void
check_same_objects(const struct fs_object *a, const struct fs_object *b)
{
	FUZZ_CHECK(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct fs_member *m = &a->members[i];
		const struct fs_member *n = &b->members[i];

		FUZZ_CHECK(fs_bytes_eq(m->name, n->name));
		FUZZ_CHECK(m->value == n->value);
		FUZZ_CHECK(fs_bytes_eq(m->text, n->text));
	}
}

static void
scan(struct fs_bytes line)
{
	struct fs_record scanned = { 0 }, loaded = { 0 };
	json_error_t	 error;
	json_t		*root;

	if (fs_record_scan(&scanned, line)) {
		root = json_loadb(line.data, line.len,
		    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
		FUZZ_CHECK(json_is_object(root));
		fs_record_load(&loaded, root);
		check_same_objects(&scanned.top, &loaded.top);
		check_same_objects(&scanned.features, &loaded.features);
		json_decref(root);
	}
	fs_record_free(&scanned);
	fs_record_free(&loaded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fs_schema	*schema;
	struct fs_bytes		 text = fuzz_bytes(data, size);
	struct fs_source_options opt = { 0 };

	if (schema == NULL)
		schema = fs_schema_sample();
	fuzz_lines(text, scan);
	opt.schema = schema;
	feed(fs_source_ndjson, opt, text);
	opt.events = true;
	opt.id_column = "id";
	feed(fs_source_ndjson, opt, text);
	if (fuzz_is("n_"))
		return 0;	/* too long a line is no fault of its JSON */
	opt.ids = true;
	opt.line_max = 60;
	feed(fs_source_ndjson, opt, text);
	return 0;
}
