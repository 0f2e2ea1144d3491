#include "model/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"

/* The sample store, a feature a line: draws as [min max decimals] or values. */
static const char *const expected[] = {
	"country_iso batch string US GB DE FR IN BR JP AU CA NL",
	"risk_segment batch string low:70 medium:25 high:5",
	"account_age_days batch int64 [7 2400 0]",
	"tx_count_7d batch int64 [0 80 0]",
	"avg_amount_30d batch float64 [5 350 2]",
	"chargeback_count_180d batch int64 0:85 1:10 2:4 3:1",
	"last_login_ts streaming int64 now",
	("last_device_id streaming string ios-1a4c ios-9f02 and-7b21 and-2d18"
	    " web-chr-1 web-saf-1 web-ff-2"),
	"tx_count_5m streaming int64 [0 12 0]",
	"failed_logins_15m streaming int64 0:70 1:20 2:8 5:2",
	"session_country streaming string US GB DE FR IN BR JP AU CA NL",
};

static void
describe(struct fs_str *out, const struct fs_feature *feature)
{
	fs_str_clear(out);
	fs_str_addf(out, "%s %s %s", feature->name,
	    fs_class_name(feature->class), fs_type_name(feature->type));
	if (feature->draw == FS_DRAW_NOW)
		fs_str_add_text(out, " now");
	if (feature->draw == FS_DRAW_RANGE)
		fs_str_addf(out, " [%g %g %d]", feature->min, feature->max,
		    feature->decimals);
	for (size_t i = 0; i < feature->nvalues; i++) {
		fs_str_addf(out, " %s", feature->values[i]);
		if (feature->weights != NULL)
			fs_str_addf(out, ":%u", feature->weights[i]);
	}
}

static void
test_sample(void **state)
{
	struct fs_schema *schema = fs_schema_sample();
	struct fs_str	  line = { 0 };

	(void)state;
	assert_string_equal(schema->prefix, "fs:user:");
	assert_int_equal(schema->batch_ttl_ms, 86400000);
	assert_int_equal(schema->streaming_ttl_ms, 300000);
	assert_int_equal(schema->nfeatures, 11);
	assert_int_equal(fs_schema_count(schema, FS_CLASS_BATCH), 6);
	assert_int_equal(fs_schema_count(schema, FS_CLASS_STREAMING), 5);
	assert_int_equal(fs_schema_count(schema, FS_CLASS_EXTRA), 0);
	for (size_t i = 0; i < 11; i++) {
		const struct fs_feature *feature = &schema->features[i];

		describe(&line, feature);
		assert_string_equal(line.data, expected[i]);
		assert_int_equal(feature->ttl_ms, 0);
		assert_int_equal(feature->interval_ms, 0);
		assert_int_equal(fs_feature_ttl(schema, feature),
		    i < 6 ? 0 : 300000);
		assert_int_equal(fs_schema_find(schema,
		    fs_bytes_of(feature->name)), i);
		for (size_t v = 0; v < feature->nvalues; v++)
			assert_true(fs_type_accepts(feature->type,
			    fs_bytes_of(feature->values[v])));
	}
	assert_int_equal(fs_schema_find(schema, fs_bytes_of("nope")), -1);
	assert_int_equal(fs_schema_find(schema, fs_bytes_of("")), -1);
	assert_int_equal(fs_schema_find(schema,
	    fs_bytes("tx_count_7d\0", 12)), -1);
	fs_str_free(&line);
	fs_schema_free(schema);
	fs_schema_free(NULL);
}

static struct fs_feature
feature_of(const char *name, enum fs_class class)
{
	return (struct fs_feature){
		.name = name != NULL ? fs_xstrdup(name) : NULL,
		.class = class,
	};
}

static void
refuse(struct fs_schema *schema, struct fs_feature feature, const char *why)
{
	struct fs_err	err = { 0 };
	size_t		before = schema->nfeatures;

	assert_false(fs_schema_add(schema, &feature, &err));
	assert_int_equal(err.code, FS_EUSAGE);
	assert_string_equal(err.msg, why);
	assert_int_equal(schema->nfeatures, before);
	assert_null(feature.name);
}

static void
test_add(void **state)
{
	struct fs_schema *schema = fs_schema_new();
	struct fs_feature feature = feature_of("s", FS_CLASS_STREAMING);

	(void)state;
	assert_int_equal(schema->nfeatures, 0);
	assert_int_equal(fs_schema_find(schema, fs_bytes_of("s")), -1);
	feature.ttl_ms = 1500;
	assert_true(fs_schema_add(schema, &feature, NULL));
	assert_int_equal(fs_feature_ttl(schema, &schema->features[0]), 1500);
	refuse(schema, feature_of(NULL, FS_CLASS_BATCH),
	    "a feature without a name");
	refuse(schema, feature_of("", FS_CLASS_BATCH),
	    "a feature without a name");
	refuse(schema, feature_of("s", FS_CLASS_BATCH),
	    "a second feature 's'");
	refuse(schema, feature_of("\xff", FS_CLASS_BATCH),
	    "the name is not UTF-8");
	feature = feature_of("b", FS_CLASS_BATCH);
	feature.ttl_ms = 1;
	refuse(schema, feature, "a batch feature has no TTL of its own");
	feature = feature_of("t", FS_CLASS_STREAMING);
	feature.ttl_ms = -1;
	refuse(schema, feature, "TTL out of range");
	feature = feature_of("t", FS_CLASS_STREAMING);
	feature.ttl_ms = FS_FIELD_TTL_MAX_MS + 1;
	refuse(schema, feature, "TTL out of range");
	feature = feature_of("t", FS_CLASS_BATCH);
	feature.interval_ms = -1;
	refuse(schema, feature, "interval out of range");
	fs_schema_free(schema);
}

static void
test_add_many(void **state)
{
	struct fs_schema *schema = fs_schema_new();
	struct fs_feature feature;
	char		  name[16];

	(void)state;
	for (int i = 0; i < FS_FEATURES_MAX; i++) {
		snprintf(name, sizeof(name), "f%d", i * 7919 % 4096);
		feature = feature_of(name, FS_CLASS_BATCH);
		assert_true(fs_schema_add(schema, &feature, NULL));
		assert_int_equal(fs_schema_find(schema, fs_bytes_of(name)),
		    i);
	}
	refuse(schema, feature_of("more", FS_CLASS_BATCH),
	    "more than 4096 features");
	for (size_t i = 0; i < schema->nfeatures; i++)
		assert_int_equal(fs_schema_find(schema,
		    fs_bytes_of(schema->features[i].name)), i);
	fs_schema_free(schema);
}

static void
test_prefix(void **state)
{
	struct fs_schema *schema = fs_schema_new();
	struct fs_err	  err = { 0 };

	(void)state;
	assert_false(fs_schema_set_prefix(schema, "", &err));
	assert_int_equal(err.code, FS_EUSAGE);
	assert_string_equal(schema->prefix, "fs:user:");
	assert_true(fs_schema_set_prefix(schema, "x*", &err));
	assert_string_equal(schema->prefix, "x*");
	assert_true(fs_schema_set_prefix(schema, schema->prefix, &err));
	assert_string_equal(schema->prefix, "x*");
	fs_schema_free(schema);
}

static void
test_names(void **state)
{
	enum fs_class	class;
	enum fs_type	type;

	(void)state;
	for (int i = FS_CLASS_BATCH; i <= FS_CLASS_EXTRA; i++) {
		assert_true(fs_class_parse(fs_bytes_of(
		    fs_class_name((enum fs_class)i)), &class));
		assert_int_equal(class, i);
	}
	for (int i = FS_TYPE_STRING; i <= FS_TYPE_FLOAT64; i++) {
		assert_true(fs_type_parse(fs_bytes_of(
		    fs_type_name((enum fs_type)i)), &type));
		assert_int_equal(type, i);
	}
	assert_false(fs_class_parse(fs_bytes_of("Batch"), &class));
	assert_false(fs_type_parse(fs_bytes_of("int"), &type));
	assert_false(fs_type_parse(fs_bytes_of(""), &type));
}

static bool
accepts(enum fs_type type, const char *text)
{
	return fs_type_accepts(type, fs_bytes_of(text));
}

static void
test_accepts(void **state)
{
	static const char *const reals[] = {
		"0", "92.0", "-0.0", ".5", "5.", "1e308", "1E-400", "+1",
		"123456789012345678901234567890",
	};
	static const char *const no_reals[] = {
		"", "-", ".", "-.", "1.2.3", "1e400", "nan", "inf", "0x1p3",
		"1,5", " 1", "1 ", "1e", "--1", "1-",
	};
	char long_one[1002];

	(void)state;
	for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++)
		assert_true(accepts(FS_TYPE_FLOAT64, reals[i]));
	for (size_t i = 0; i < sizeof(no_reals) / sizeof(no_reals[0]); i++)
		assert_false(accepts(FS_TYPE_FLOAT64, no_reals[i]));
	memset(long_one, '9', sizeof(long_one));
	assert_false(fs_type_accepts(FS_TYPE_FLOAT64, fs_bytes(long_one,
	    sizeof(long_one))));
	long_one[0] = '.';
	assert_true(fs_type_accepts(FS_TYPE_FLOAT64, fs_bytes(long_one,
	    sizeof(long_one))));
	assert_true(accepts(FS_TYPE_INT64, "-9223372036854775808"));
	assert_true(accepts(FS_TYPE_INT64, "9223372036854775807"));
	assert_false(accepts(FS_TYPE_INT64, "9223372036854775808"));
	assert_false(accepts(FS_TYPE_INT64, "12x"));
	assert_false(accepts(FS_TYPE_INT64, "1.0"));
	assert_false(accepts(FS_TYPE_INT64, ""));
	assert_true(accepts(FS_TYPE_BOOL, "true"));
	assert_true(accepts(FS_TYPE_BOOL, "false"));
	assert_false(accepts(FS_TYPE_BOOL, "True"));
	assert_false(accepts(FS_TYPE_BOOL, "1"));
	assert_false(accepts(FS_TYPE_BOOL, ""));
	assert_true(accepts(FS_TYPE_STRING, ""));
	assert_true(fs_type_accepts(FS_TYPE_STRING, fs_bytes("\xff\0", 2)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_many),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_accepts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
