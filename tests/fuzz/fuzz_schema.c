/* The schema file: what is read is written, and read again as the same. */
#include "fuzz.h"

#include "base/rng.h"
#include "source/schema_file.h"
#include "source/stream.h"

static void
check_schema(const struct fs_schema *schema)
{
	FUZZ_CHECK(schema->prefix[0] != '\0');
	FUZZ_CHECK(schema->nfeatures <= FS_FEATURES_MAX);
	for (size_t i = 0; i < schema->nfeatures; i++) {
		const struct fs_feature *f = &schema->features[i];

		FUZZ_CHECK(f->name[0] != '\0');
		FUZZ_CHECK(fs_schema_find(schema, fs_bytes_of(f->name)) ==
		    (int)i);
		FUZZ_CHECK(f->ttl_ms >= 0 && f->ttl_ms <= FS_FIELD_TTL_MAX_MS);
	}
}

/* Values that are made up are values of their type. */
static void
draw(const struct fs_schema *schema)
{
	struct fs_rng	rng;
	struct fs_str	text = { 0 };

	fs_rng_seed(&rng, 1);
	for (size_t i = 0; i < schema->nfeatures; i++) {
		for (int n = 0; n < 3; n++) {
			fs_str_clear(&text);
			fs_draw_value(&schema->features[i], &rng,
			    1700000000000, &text);
			FUZZ_CHECK(fs_type_accepts(schema->features[i].type,
			    fs_str_bytes(&text)));
		}
	}
	fs_str_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fs_str	  first = { 0 }, second = { 0 };
	struct fs_schema *schema, *again;
	struct fs_err	  err = { 0 };

	schema = fs_schema_file_parse(fuzz_bytes(data, size), "schema", &err);
	if (schema == NULL) {
		FUZZ_CHECK(err.code != FS_OK);
		FUZZ_CHECK(strncmp(err.msg, "schema:", 7) == 0);
		return 0;
	}
	check_schema(schema);
	draw(schema);
	fs_schema_file_write(schema, &first);
	again = fs_schema_file_parse(fs_str_bytes(&first), "again", &err);
	FUZZ_CHECK(again != NULL);
	fs_schema_file_write(again, &second);
	FUZZ_CHECK(fs_bytes_eq(fs_str_bytes(&first), fs_str_bytes(&second)));
	fs_str_free(&first);
	fs_str_free(&second);
	fs_schema_free(schema);
	fs_schema_free(again);
	return 0;
}
