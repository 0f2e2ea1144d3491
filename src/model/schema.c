#include "model/schema.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/num.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))

#define PREFIX		"fs:user:"
#define BATCH_TTL	(INT64_C(86400) * 1000)
#define STREAMING_TTL	(INT64_C(300) * 1000)

/* Numbers of no more digits than these need no arithmetic to be in range. */
#define I64_DIGITS	18
#define F64_DIGITS	300

#define CHOICE_MAX	10

struct sample {
	const char	*name;
	enum fs_class	 class;
	enum fs_type	 type;
	enum fs_draw	 draw;
	double		 min, max;
	int		 decimals;
	const char	*values[CHOICE_MAX];
	unsigned	 weights[CHOICE_MAX];	/* none: all alike */
};

static const char *const class_names[] = {
	[FS_CLASS_BATCH] = "batch",
	[FS_CLASS_STREAMING] = "streaming",
	[FS_CLASS_EXTRA] = "extra",
};

static const char *const type_names[] = {
	[FS_TYPE_STRING] = "string",
	[FS_TYPE_BOOL] = "bool",
	[FS_TYPE_INT64] = "int64",
	[FS_TYPE_FLOAT64] = "float64",
};

#define COUNTRIES \
	{ "US", "GB", "DE", "FR", "IN", "BR", "JP", "AU", "CA", "NL" }

static const struct sample sample[] = {
	{ .name = "country_iso", .class = FS_CLASS_BATCH,
	    .type = FS_TYPE_STRING, .draw = FS_DRAW_CHOICE,
	    .values = COUNTRIES },
	{ .name = "risk_segment", .class = FS_CLASS_BATCH,
	    .type = FS_TYPE_STRING, .draw = FS_DRAW_CHOICE,
	    .values = { "low", "medium", "high" },
	    .weights = { 70, 25, 5 } },
	{ .name = "account_age_days", .class = FS_CLASS_BATCH,
	    .type = FS_TYPE_INT64, .draw = FS_DRAW_RANGE,
	    .min = 7, .max = 2400 },
	{ .name = "tx_count_7d", .class = FS_CLASS_BATCH,
	    .type = FS_TYPE_INT64, .draw = FS_DRAW_RANGE,
	    .min = 0, .max = 80 },
	{ .name = "avg_amount_30d", .class = FS_CLASS_BATCH,
	    .type = FS_TYPE_FLOAT64, .draw = FS_DRAW_RANGE,
	    .min = 5, .max = 350, .decimals = 2 },
	{ .name = "chargeback_count_180d", .class = FS_CLASS_BATCH,
	    .type = FS_TYPE_INT64, .draw = FS_DRAW_CHOICE,
	    .values = { "0", "1", "2", "3" },
	    .weights = { 85, 10, 4, 1 } },
	{ .name = "last_login_ts", .class = FS_CLASS_STREAMING,
	    .type = FS_TYPE_INT64, .draw = FS_DRAW_NOW },
	{ .name = "last_device_id", .class = FS_CLASS_STREAMING,
	    .type = FS_TYPE_STRING, .draw = FS_DRAW_CHOICE,
	    .values = { "ios-1a4c", "ios-9f02", "and-7b21", "and-2d18",
	    "web-chr-1", "web-saf-1", "web-ff-2" } },
	{ .name = "tx_count_5m", .class = FS_CLASS_STREAMING,
	    .type = FS_TYPE_INT64, .draw = FS_DRAW_RANGE,
	    .min = 0, .max = 12 },
	{ .name = "failed_logins_15m", .class = FS_CLASS_STREAMING,
	    .type = FS_TYPE_INT64, .draw = FS_DRAW_CHOICE,
	    .values = { "0", "1", "2", "5" },
	    .weights = { 70, 20, 8, 2 } },
	{ .name = "session_country", .class = FS_CLASS_STREAMING,
	    .type = FS_TYPE_STRING, .draw = FS_DRAW_CHOICE,
	    .values = COUNTRIES },
};

static struct fs_feature
make_sample(const struct sample *from)
{
	struct fs_feature feature = {
		.name = fs_xstrdup(from->name),
		.class = from->class,
		.type = from->type,
		.draw = from->draw,
		.min = from->min,
		.max = from->max,
		.decimals = from->decimals,
	};
	size_t n = 0;

	while (n < CHOICE_MAX && from->values[n] != NULL)
		n++;
	if (n == 0)
		return feature;
	feature.nvalues = n;
	feature.values = fs_xcalloc(n, sizeof(*feature.values));
	for (size_t i = 0; i < n; i++)
		feature.values[i] = fs_xstrdup(from->values[i]);
	if (from->weights[0] == 0)
		return feature;
	feature.weights = fs_xcalloc(n, sizeof(*feature.weights));
	memcpy(feature.weights, from->weights, n * sizeof(*feature.weights));
	return feature;
}

/* Where name is in by_name, or would be. */
static size_t
place_of(const struct fs_schema *schema, struct fs_bytes name, bool *there)
{
	size_t	low = 0, high = schema->nfeatures;

	*there = false;
	while (low < high) {
		size_t	middle = low + (high - low) / 2;
		size_t	at = schema->by_name[middle];
		int	order = fs_bytes_cmp(name,
		    fs_bytes_of(schema->features[at].name));

		if (order == 0) {
			*there = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool
check_times(const struct fs_feature *feature, struct fs_err *err)
{
	if (feature->ttl_ms < 0 || feature->ttl_ms > FS_FIELD_TTL_MAX_MS)
		return fs_fail(err, FS_EUSAGE, "TTL out of range");
	if (feature->interval_ms < 0 || feature->interval_ms > FS_TTL_MAX_MS)
		return fs_fail(err, FS_EUSAGE, "interval out of range");
	if (feature->ttl_ms != 0 && feature->class != FS_CLASS_STREAMING)
		return fs_fail(err, FS_EUSAGE,
		    "a batch feature has no TTL of its own");
	return true;
}

static bool
check_feature(const struct fs_schema *schema, const struct fs_feature *feature,
    struct fs_err *err)
{
	if (schema->nfeatures == FS_FEATURES_MAX)
		return fs_fail(err, FS_EUSAGE, "more than %d features",
		    FS_FEATURES_MAX);
	if (feature->name == NULL || feature->name[0] == '\0')
		return fs_fail(err, FS_EUSAGE, "a feature without a name");
	if (!fs_utf8_valid(fs_bytes_of(feature->name)))
		return fs_fail(err, FS_EUSAGE, "the name is not UTF-8");
	return check_times(feature, err);
}

static void
insert(struct fs_schema *schema, const struct fs_feature *feature,
    size_t place)
{
	size_t n = schema->nfeatures;

	schema->features = fs_xreallocarray(schema->features, n + 1,
	    sizeof(*schema->features));
	schema->by_name = fs_xreallocarray(schema->by_name, n + 1,
	    sizeof(*schema->by_name));
	memmove(schema->by_name + place + 1, schema->by_name + place,
	    (n - place) * sizeof(*schema->by_name));
	schema->by_name[place] = n;
	schema->features[n] = *feature;
	schema->nfeatures++;
}

void
fs_feature_clear(struct fs_feature *feature)
{
	free(feature->name);
	for (size_t i = 0; i < feature->nvalues; i++)
		free(feature->values[i]);
	free(feature->values);
	free(feature->weights);
	*feature = (struct fs_feature){ 0 };
}

struct fs_schema *
fs_schema_new(void)
{
	struct fs_schema *schema = fs_xcalloc(1, sizeof(*schema));

	schema->prefix = fs_xstrdup(PREFIX);
	schema->batch_ttl_ms = BATCH_TTL;
	schema->streaming_ttl_ms = STREAMING_TTL;
	return schema;
}

struct fs_schema *
fs_schema_sample(void)
{
	struct fs_schema *schema = fs_schema_new();

	for (size_t i = 0; i < LEN(sample); i++) {
		struct fs_feature feature = make_sample(&sample[i]);

		fs_schema_add(schema, &feature, NULL);
	}
	return schema;
}

void
fs_schema_free(struct fs_schema *schema)
{
	if (schema == NULL)
		return;
	for (size_t i = 0; i < schema->nfeatures; i++)
		fs_feature_clear(&schema->features[i]);
	free(schema->features);
	free(schema->by_name);
	free(schema->prefix);
	free(schema);
}

bool
fs_schema_add(struct fs_schema *schema, struct fs_feature *feature,
    struct fs_err *err)
{
	size_t	place;
	bool	there;

	if (!check_feature(schema, feature, err)) {
		fs_feature_clear(feature);
		return false;
	}
	place = place_of(schema, fs_bytes_of(feature->name), &there);
	if (there) {
		fs_fail(err, FS_EUSAGE, "a second feature '%s'",
		    feature->name);
		fs_feature_clear(feature);
		return false;
	}
	insert(schema, feature, place);
	*feature = (struct fs_feature){ 0 };
	return true;
}

bool
fs_schema_set_prefix(struct fs_schema *schema, const char *prefix,
    struct fs_err *err)
{
	char *copy;

	if (prefix[0] == '\0')
		return fs_fail(err, FS_EUSAGE,
		    "the prefix is empty: that would be the whole database");
	copy = fs_xstrdup(prefix);
	free(schema->prefix);
	schema->prefix = copy;
	return true;
}

int
fs_schema_find(const struct fs_schema *schema, struct fs_bytes name)
{
	bool	there;
	size_t	place = place_of(schema, name, &there);

	return there ? (int)schema->by_name[place] : -1;
}

int64_t
fs_feature_ttl(const struct fs_schema *schema,
    const struct fs_feature *feature)
{
	if (feature->class != FS_CLASS_STREAMING)
		return 0;
	return feature->ttl_ms != 0 ? feature->ttl_ms :
	    schema->streaming_ttl_ms;
}

bool
fs_schema_has_interval(const struct fs_schema *schema)
{
	for (size_t i = 0; i < schema->nfeatures; i++) {
		if (schema->features[i].class == FS_CLASS_STREAMING &&
		    schema->features[i].interval_ms > 0)
			return true;
	}
	return false;
}

size_t
fs_schema_count(const struct fs_schema *schema, enum fs_class class)
{
	size_t n = 0;

	for (size_t i = 0; i < schema->nfeatures; i++)
		n += schema->features[i].class == class;
	return n;
}

const char *
fs_class_name(enum fs_class class)
{
	return class < LEN(class_names) ? class_names[class] : "unknown";
}

const char *
fs_type_name(enum fs_type type)
{
	return type < LEN(type_names) ? type_names[type] : "unknown";
}

bool
fs_class_parse(struct fs_bytes text, enum fs_class *class)
{
	for (size_t i = 0; i < LEN(class_names); i++) {
		if (fs_bytes_eq(text, fs_bytes_of(class_names[i]))) {
			*class = (enum fs_class)i;
			return true;
		}
	}
	return false;
}

bool
fs_type_parse(struct fs_bytes text, enum fs_type *type)
{
	for (size_t i = 0; i < LEN(type_names); i++) {
		if (fs_bytes_eq(text, fs_bytes_of(type_names[i]))) {
			*type = (enum fs_type)i;
			return true;
		}
	}
	return false;
}

static bool
is_bool(struct fs_bytes text)
{
	return fs_bytes_eq(text, fs_bytes("true", 4)) ||
	    fs_bytes_eq(text, fs_bytes("false", 5));
}

/* Digits, a minus before them or not, and up to so many points among them. */
static bool
is_plain(struct fs_bytes text, size_t max, int points)
{
	size_t	start = text.len != 0 && text.data[0] == '-';
	size_t	digits = 0;

	if (text.len > max)
		return false;
	for (size_t i = start; i < text.len; i++) {
		if (text.data[i] >= '0' && text.data[i] <= '9')
			digits++;
		else if (text.data[i] != '.' || --points < 0)
			return false;
	}
	return digits != 0;
}

bool
fs_type_accepts(enum fs_type type, struct fs_bytes text)
{
	int64_t	whole;
	double	real;

	switch (type) {
	case FS_TYPE_STRING:
		return true;
	case FS_TYPE_BOOL:
		return is_bool(text);
	case FS_TYPE_INT64:
		return is_plain(text, I64_DIGITS, 0) ||
		    fs_num_i64(text, INT64_MIN, INT64_MAX, &whole);
	case FS_TYPE_FLOAT64:
		return is_plain(text, F64_DIGITS, 1) ||
		    fs_num_f64(text, &real);
	}
	return false;
}
