#include "source/schema_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/num.h"
#include "source/bad.h"
#include "source/json.h"

#define SIZE_LIMIT	((size_t)16 << 20)
#define WHOLE_MAX	9007199254740992.0	/* 2^53: exact in a double */
#define DECIMALS_MAX	9

/*
 * Reading
 */

/* Only these members may be there; the list ends with NULL. */
static bool
check_members(const json_t *object, const char *const *known,
    struct fs_err *err)
{
	const char	*key;
	json_t		*value;
	char		 what[FS_EXCERPT];

	json_object_foreach((json_t *)object, key, value) {
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], key) != 0)
			i++;
		if (known[i] == NULL)
			return fs_fail(err, FS_EUSAGE, "unknown member %s",
			    fs_excerpt(what, fs_bytes_of(key)));
	}
	return true;
}

/* A string without NUL; its bytes belong to the value. */
static bool
get_string(const json_t *object, const char *key, struct fs_bytes *out,
    struct fs_err *err)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL)
		return fs_fail(err, FS_EUSAGE, "no '%s'", key);
	if (!json_is_string(value))
		return fs_fail(err, FS_EUSAGE, "%s: %s is not a string", key,
		    fs_json_phrase(value));
	*out = fs_bytes(json_string_value(value), json_string_length(value));
	if (memchr(out->data, '\0', out->len) != NULL)
		return fs_fail(err, FS_EUSAGE, "%s: a NUL in it", key);
	return true;
}

/* A time above 0, if the member is there. */
static bool
get_time(const json_t *object, const char *key, int64_t max, int64_t *ms,
    struct fs_err *err)
{
	const json_t	*value = json_object_get(object, key);
	char		 buf[FS_JSON_TEXT], what[FS_EXCERPT], most[32];
	struct fs_bytes	 text;

	if (value == NULL)
		return true;
	if (fs_json_duration(value, ms) && *ms > 0)
		return *ms <= max || fs_fail(err, FS_EUSAGE,
		    "%s: longer than %s", key, fs_num_show_exact(most,
		    sizeof(most), max));
	if (!fs_json_text(value, buf, &text))
		return fs_fail(err, FS_EUSAGE, "%s: %s is no duration above 0",
		    key, fs_json_phrase(value));
	return fs_fail(err, FS_EUSAGE, "%s: %s is no duration above 0", key,
	    fs_excerpt(what, text));
}

static bool
get_number(const json_t *object, const char *key, double *out,
    struct fs_err *err)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL)
		return fs_fail(err, FS_EUSAGE, "generate: no '%s'", key);
	if (!json_is_number(value))
		return fs_fail(err, FS_EUSAGE,
		    "generate: %s: %s is not a number", key,
		    fs_json_phrase(value));
	*out = json_number_value(value);
	return true;
}

static bool
get_values(const json_t *values, struct fs_feature *feature,
    struct fs_err *err)
{
	size_t	n = json_array_size(values);
	char	buf[FS_JSON_TEXT];

	if (n == 0)
		return fs_fail(err, FS_EUSAGE,
		    "generate: values: an array with values is needed");
	feature->values = fs_xcalloc(n, sizeof(*feature->values));
	for (size_t i = 0; i < n; i++) {
		struct fs_bytes text;

		if (!fs_json_typed(json_array_get(values, i), feature->type,
		    buf, &text) || memchr(text.data, '\0', text.len) != NULL)
			return fs_fail(err, FS_EUSAGE,
			    "generate: value %zu is not %s", i + 1,
			    fs_type_phrase(feature->type));
		feature->values[i] = fs_xmemdup0(text.data, text.len);
		feature->nvalues++;
	}
	return true;
}

static bool
get_weights(const json_t *weights, struct fs_feature *feature,
    struct fs_err *err)
{
	size_t		n = feature->nvalues;
	json_int_t	sum = 0;

	if (weights == NULL)
		return true;
	if (json_array_size(weights) != n)
		return fs_fail(err, FS_EUSAGE,
		    "generate: a weight is needed for each of the values");
	feature->weights = fs_xcalloc(n, sizeof(*feature->weights));
	for (size_t i = 0; i < n; i++) {
		const json_t	*value = json_array_get(weights, i);
		json_int_t	 weight = json_integer_value(value);

		if (!json_is_integer(value) || weight < 0 ||
		    weight > 1000000)
			return fs_fail(err, FS_EUSAGE, "generate: weight %zu "
			    "is not a whole number up to 1000000", i + 1);
		feature->weights[i] = (unsigned)weight;
		sum += weight;
	}
	if (sum == 0)
		return fs_fail(err, FS_EUSAGE, "generate: all weights are 0");
	return true;
}

static bool
get_choice(const json_t *generate, struct fs_feature *feature,
    struct fs_err *err)
{
	static const char *const known[] = { "values", "weights", NULL };

	feature->draw = FS_DRAW_CHOICE;
	return check_members(generate, known, err) &&
	    get_values(json_object_get(generate, "values"), feature, err) &&
	    get_weights(json_object_get(generate, "weights"), feature, err);
}

static bool
check_whole(const struct fs_feature *feature, struct fs_err *err)
{
	if (feature->decimals != 0)
		return fs_fail(err, FS_EUSAGE,
		    "generate: an int64 has no decimals");
	if (fabs(feature->min) > WHOLE_MAX || fabs(feature->max) > WHOLE_MAX)
		return fs_fail(err, FS_EUSAGE, "generate: beyond 2^53");
	if (feature->min != (double)(int64_t)feature->min ||
	    feature->max != (double)(int64_t)feature->max)
		return fs_fail(err, FS_EUSAGE,
		    "generate: min and max must be whole for an int64");
	return true;
}

static bool
get_decimals(const json_t *generate, struct fs_feature *feature,
    struct fs_err *err)
{
	const json_t	*value = json_object_get(generate, "decimals");
	json_int_t	 n = json_integer_value(value);

	if (value != NULL && (!json_is_integer(value) || n < 0 ||
	    n > DECIMALS_MAX))
		return fs_fail(err, FS_EUSAGE,
		    "generate: decimals: a number from 0 to %d is needed",
		    DECIMALS_MAX);
	feature->decimals = (int)n;
	return true;
}

static bool
get_range(const json_t *generate, struct fs_feature *feature,
    struct fs_err *err)
{
	static const char *const known[] = { "min", "max", "decimals", NULL };

	feature->draw = FS_DRAW_RANGE;
	if (feature->type != FS_TYPE_INT64 &&
	    feature->type != FS_TYPE_FLOAT64)
		return fs_fail(err, FS_EUSAGE, "generate: a range is not for "
		    "%s", fs_type_phrase(feature->type));
	if (!check_members(generate, known, err) ||
	    !get_number(generate, "min", &feature->min, err) ||
	    !get_number(generate, "max", &feature->max, err) ||
	    !get_decimals(generate, feature, err))
		return false;
	if (feature->min > feature->max)
		return fs_fail(err, FS_EUSAGE, "generate: min is above max");
	if (!isfinite(feature->max - feature->min))
		return fs_fail(err, FS_EUSAGE, "generate: too wide a range");
	return feature->type != FS_TYPE_INT64 || check_whole(feature, err);
}

static bool
get_now(const json_t *generate, struct fs_feature *feature,
    struct fs_err *err)
{
	static const char *const known[] = { "now", NULL };

	feature->draw = FS_DRAW_NOW;
	if (!check_members(generate, known, err))
		return false;
	if (!json_is_true(json_object_get(generate, "now")))
		return fs_fail(err, FS_EUSAGE,
		    "generate: now: it can only be true");
	if (feature->type != FS_TYPE_INT64)
		return fs_fail(err, FS_EUSAGE, "generate: now is not for %s",
		    fs_type_phrase(feature->type));
	return true;
}

static bool
get_generate(const json_t *object, struct fs_feature *feature,
    struct fs_err *err)
{
	const json_t *generate = json_object_get(object, "generate");

	if (generate == NULL)
		return true;
	if (!json_is_object(generate))
		return fs_fail(err, FS_EUSAGE,
		    "generate: %s is not an object",
		    fs_json_phrase(generate));
	if (json_object_get(generate, "values") != NULL)
		return get_choice(generate, feature, err);
	if (json_object_get(generate, "now") != NULL)
		return get_now(generate, feature, err);
	return get_range(generate, feature, err);
}

static bool
get_kind(const json_t *object, struct fs_feature *feature,
    struct fs_err *err)
{
	struct fs_bytes	text;
	char		what[FS_EXCERPT];

	if (!get_string(object, "class", &text, err))
		return false;
	if (!fs_class_parse(text, &feature->class) ||
	    feature->class == FS_CLASS_EXTRA)
		return fs_fail(err, FS_EUSAGE,
		    "unknown class %s: batch or streaming",
		    fs_excerpt(what, text));
	if (!get_string(object, "type", &text, err))
		return false;
	if (!fs_type_parse(text, &feature->type))
		return fs_fail(err, FS_EUSAGE,
		    "unknown type %s: string, bool, int64 or float64",
		    fs_excerpt(what, text));
	return true;
}

static bool
fill_feature(const json_t *object, struct fs_feature *feature,
    struct fs_err *err)
{
	static const char *const known[] = {
		"name", "class", "type", "ttl", "interval", "generate", NULL,
	};
	struct fs_bytes name;

	if (!json_is_object(object))
		return fs_fail(err, FS_EUSAGE, "%s is not an object",
		    fs_json_phrase(object));
	if (!get_string(object, "name", &name, err))
		return false;
	feature->name = fs_xmemdup0(name.data, name.len);
	return check_members(object, known, err) &&
	    get_kind(object, feature, err) &&
	    get_time(object, "ttl", FS_FIELD_TTL_MAX_MS, &feature->ttl_ms,
	    err) &&
	    get_time(object, "interval", FS_TTL_MAX_MS,
	    &feature->interval_ms, err) &&
	    get_generate(object, feature, err);
}

/* i from 0; the message counts from 1. */
static bool
add_feature(struct fs_schema *schema, const json_t *object, size_t i,
    struct fs_err *err)
{
	struct fs_feature feature = { 0 };
	struct fs_bytes	  name;
	char		  what[FS_EXCERPT];

	if (fill_feature(object, &feature, err) &&
	    fs_schema_add(schema, &feature, err))
		return true;
	fs_feature_clear(&feature);
	if (!get_string(object, "name", &name, NULL))
		return fs_fail_in(err, "feature %zu", i + 1);
	return fs_fail_in(err, "feature %zu, %s", i + 1,
	    fs_excerpt(what, name));
}

static bool
get_features(struct fs_schema *schema, const json_t *root, struct fs_err *err)
{
	const json_t *features = json_object_get(root, "features");

	if (features == NULL)
		return fs_fail(err, FS_EUSAGE, "no 'features'");
	if (!json_is_array(features))
		return fs_fail(err, FS_EUSAGE, "features: %s is not an array",
		    fs_json_phrase(features));
	for (size_t i = 0; i < json_array_size(features); i++) {
		if (!add_feature(schema, json_array_get(features, i), i, err))
			return false;
	}
	return true;
}

static bool
get_prefix(struct fs_schema *schema, const json_t *root, struct fs_err *err)
{
	struct fs_bytes text;

	if (json_object_get(root, "prefix") == NULL)
		return true;
	return get_string(root, "prefix", &text, err) &&
	    fs_schema_set_prefix(schema, text.data, err);
}

static bool
fill(struct fs_schema *schema, const json_t *root, struct fs_err *err)
{
	static const char *const known[] = {
		"prefix", "batch_ttl", "streaming_ttl", "features", NULL,
	};

	if (!json_is_object(root))
		return fs_fail(err, FS_EUSAGE, "%s is not an object",
		    fs_json_phrase(root));
	return check_members(root, known, err) &&
	    get_prefix(schema, root, err) &&
	    get_time(root, "batch_ttl", FS_TTL_MAX_MS,
	    &schema->batch_ttl_ms, err) &&
	    get_time(root, "streaming_ttl", FS_FIELD_TTL_MAX_MS,
	    &schema->streaming_ttl_ms, err) &&
	    get_features(schema, root, err);
}

static bool
read_all(int fd, struct fs_str *text, struct fs_err *err)
{
	ssize_t n;

	do {
		fs_str_room(text, 1 << 14);
		n = read(fd, text->data + text->len,
		    text->size - text->len - 1);
		if (n > 0)
			text->len += (size_t)n;
		if (text->len > SIZE_LIMIT)
			return fs_fail(err, FS_EUSAGE, "more than %zu MiB",
			    SIZE_LIMIT >> 20);
	} while (n > 0 || (n == -1 && errno == EINTR));
	if (n == -1)
		return fs_fail(err, FS_EIO, "%s", strerror(errno));
	return true;
}

struct fs_schema *
fs_schema_file_parse(struct fs_bytes json, const char *name,
    struct fs_err *err)
{
	struct fs_schema *schema;
	json_error_t	  error;
	json_t		 *root;

	/* jansson passes over one behind a number. */
	if (memchr(json.data, '\0', json.len) != NULL) {
		fs_fail(err, FS_EUSAGE, "%s: a NUL byte", name);
		return NULL;
	}
	root = json_loadb(json.data, json.len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (root == NULL) {
		fs_fail(err, FS_EUSAGE, "%s:%d:%d: %s", name, error.line,
		    error.column, error.text);
		return NULL;
	}
	schema = fs_schema_new();
	if (!fill(schema, root, err)) {
		fs_fail_in(err, "%s", name);
		fs_schema_free(schema);
		schema = NULL;
	}
	json_decref(root);
	return schema;
}

struct fs_schema *
fs_schema_file_load(const char *path, struct fs_err *err)
{
	struct fs_schema *schema = NULL;
	struct fs_str	  text = { 0 };
	int		  fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd == -1) {
		fs_fail(err, FS_EIO, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (read_all(fd, &text, err))
		schema = fs_schema_file_parse(fs_str_bytes(&text), path, err);
	else
		fs_fail_in(err, "%s", path);
	close(fd);
	fs_str_free(&text);
	return schema;
}

/*
 * Writing
 */

static void
add_string(struct fs_str *out, struct fs_bytes text)
{
	fs_str_add_char(out, '"');
	fs_escape_json(out, text);
	fs_str_add_char(out, '"');
}

static void
add_member(struct fs_str *out, const char *key, const char *text)
{
	fs_str_addf(out, "\"%s\": ", key);
	add_string(out, fs_bytes_of(text));
}

static void
add_time(struct fs_str *out, const char *key, int64_t ms)
{
	char buf[40];

	add_member(out, key, fs_num_show_exact(buf, sizeof(buf), ms));
}

/* A number in the spelling of JSON, which knows no 007. */
static void
add_value(struct fs_str *out, enum fs_type type, struct fs_bytes text)
{
	char	buf[40];
	int64_t	whole;
	double	real;

	if (type == FS_TYPE_INT64 &&
	    fs_num_i64(text, INT64_MIN, INT64_MAX, &whole))
		fs_str_add_i64(out, whole);
	else if (type == FS_TYPE_FLOAT64 && fs_num_f64(text, &real))
		fs_str_add_text(out, fs_num_show_f64(buf, sizeof(buf), real));
	else if (type == FS_TYPE_BOOL)
		fs_str_add_bytes(out, text);
	else
		add_string(out, text);
}

static void
add_choice(struct fs_str *out, const struct fs_feature *feature)
{
	fs_str_add_text(out, "\"values\": [");
	for (size_t i = 0; i < feature->nvalues; i++) {
		struct fs_bytes text = fs_bytes_of(feature->values[i]);

		if (i != 0)
			fs_str_add_text(out, ", ");
		add_value(out, feature->type, text);
	}
	fs_str_add_char(out, ']');
	if (feature->weights == NULL)
		return;
	fs_str_add_text(out, ", \"weights\": [");
	for (size_t i = 0; i < feature->nvalues; i++)
		fs_str_addf(out, i != 0 ? ", %u" : "%u", feature->weights[i]);
	fs_str_add_char(out, ']');
}

static void
add_bound(struct fs_str *out, const struct fs_feature *feature,
    const char *key, double d)
{
	char buf[40];

	fs_str_addf(out, "\"%s\": ", key);
	if (feature->type == FS_TYPE_INT64)
		fs_str_add_i64(out, (long long)d);
	else
		fs_str_add_text(out, fs_num_show_f64(buf, sizeof(buf), d));
}

static void
add_generate(struct fs_str *out, const struct fs_feature *feature)
{
	if (feature->draw == FS_DRAW_TYPE)
		return;
	fs_str_add_text(out, ",\n     \"generate\": {");
	if (feature->draw == FS_DRAW_CHOICE)
		add_choice(out, feature);
	if (feature->draw == FS_DRAW_NOW)
		fs_str_add_text(out, "\"now\": true");
	if (feature->draw == FS_DRAW_RANGE) {
		add_bound(out, feature, "min", feature->min);
		fs_str_add_text(out, ", ");
		add_bound(out, feature, "max", feature->max);
		if (feature->decimals != 0)
			fs_str_addf(out, ", \"decimals\": %d",
			    feature->decimals);
	}
	fs_str_add_char(out, '}');
}

static void
write_feature(struct fs_str *out, const struct fs_feature *feature)
{
	fs_str_add_text(out, "    {");
	add_member(out, "name", feature->name);
	fs_str_add_text(out, ", ");
	add_member(out, "class", fs_class_name(feature->class));
	fs_str_add_text(out, ", ");
	add_member(out, "type", fs_type_name(feature->type));
	if (feature->ttl_ms != 0) {
		fs_str_add_text(out, ", ");
		add_time(out, "ttl", feature->ttl_ms);
	}
	if (feature->interval_ms != 0) {
		fs_str_add_text(out, ", ");
		add_time(out, "interval", feature->interval_ms);
	}
	add_generate(out, feature);
	fs_str_add_char(out, '}');
}

void
fs_schema_file_write(const struct fs_schema *schema, struct fs_str *out)
{
	fs_str_add_text(out, "{\n  ");
	add_member(out, "prefix", schema->prefix);
	fs_str_add_text(out, ",\n  ");
	add_time(out, "batch_ttl", schema->batch_ttl_ms);
	fs_str_add_text(out, ",\n  ");
	add_time(out, "streaming_ttl", schema->streaming_ttl_ms);
	fs_str_add_text(out, ",\n  \"features\": [");
	for (size_t i = 0; i < schema->nfeatures; i++) {
		fs_str_add_text(out, i != 0 ? ",\n" : "\n");
		write_feature(out, &schema->features[i]);
	}
	fs_str_add_text(out, schema->nfeatures != 0 ? "\n  ]\n}\n" :
	    "]\n}\n");
}
