#include "source/stream.h"

#include "base/num.h"

/* Up to so many steps of its last decimal a value is exact. */
#define STEPS_MAX	1e15
#define PLACES_MAX	9
#define PLACES_PLAIN	5	/* beyond, a value may need an exponent */

/* For a feature that does not say how it is drawn. */
#define WORDS		100
#define NUMBERS		1000

static const int64_t powers[PLACES_MAX + 1] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	1000000000,
};

/* How many steps of a power of ten it is to d. */
static int64_t
steps(double d, int64_t power)
{
	double exact = d * (double)power;

	return (int64_t)(exact < 0 ? exact - 0.5 : exact + 0.5);
}

/* n steps in the store's spelling: no zeros at the end, but one decimal. */
static void
add_decimal(struct fs_str *text, int64_t n, int places)
{
	int64_t	size = n < 0 ? -n : n;
	char	digits[PLACES_PLAIN];

	while (places > 1 && size % 10 == 0) {
		size /= 10;
		places--;
	}
	if (n < 0)
		fs_str_add_char(text, '-');
	fs_str_add_u64(text, (uint64_t)(size / powers[places]));
	fs_str_add_char(text, '.');
	if (places == 0)
		fs_str_add_char(text, '0');
	for (int i = places; i-- > 0; size /= 10)
		digits[i] = (char)('0' + size % 10);
	fs_str_add(text, digits, (size_t)places);
}

static void
add_real(struct fs_str *text, double d)
{
	char buf[40];

	fs_str_add_text(text, fs_num_show_f64(buf, sizeof(buf), d));
}

/* Whether both ends can be counted in steps of this many decimals. */
static bool
can_step(const struct fs_feature *feature, int places)
{
	double most;

	if (places > PLACES_MAX)
		return false;
	most = STEPS_MAX / (double)powers[places];
	return feature->min >= -most && feature->max <= most &&
	    feature->min <= feature->max;
}

static int64_t
whole(double d)
{
	if (d <= -0x1p63)
		return INT64_MIN;
	return d >= 0x1p63 ? INT64_MAX : (int64_t)d;
}

static void
draw_whole(const struct fs_feature *feature, struct fs_rng *rng,
    struct fs_str *text)
{
	int64_t	min = whole(feature->min), max = whole(feature->max);

	fs_str_add_i64(text, fs_rng_range(rng, min, max < min ? min : max));
}

static void
draw_real(const struct fs_feature *feature, struct fs_rng *rng,
    struct fs_str *text)
{
	int	places = feature->decimals > 0 ? feature->decimals : 0;
	int64_t	n;

	if (!can_step(feature, places)) {
		add_real(text, feature->min +
		    (feature->max - feature->min) * fs_rng_unit(rng));
		return;
	}
	n = fs_rng_range(rng, steps(feature->min, powers[places]),
	    steps(feature->max, powers[places]));
	if (places <= PLACES_PLAIN)
		add_decimal(text, n, places);
	else
		add_real(text, (double)n / (double)powers[places]);
}

static void
draw_choice(const struct fs_feature *feature, struct fs_rng *rng,
    struct fs_str *text)
{
	size_t i;

	if (feature->weights != NULL)
		i = fs_rng_weighted(rng, feature->weights, feature->nvalues);
	else
		i = (size_t)fs_rng_below(rng, feature->nvalues);
	fs_str_add_text(text, feature->values[i]);
}

/* Something of the type. */
static void
draw_any(const struct fs_feature *feature, struct fs_rng *rng,
    struct fs_str *text)
{
	switch (feature->type) {
	case FS_TYPE_STRING:
		fs_str_add_text(text, "v");
		fs_str_add_u64(text, fs_rng_below(rng, WORDS));
		break;
	case FS_TYPE_BOOL:
		fs_str_add_text(text, fs_rng_below(rng, 2) ? "true" : "false");
		break;
	case FS_TYPE_INT64:
		fs_str_add_u64(text, fs_rng_below(rng, NUMBERS));
		break;
	case FS_TYPE_FLOAT64:
		add_decimal(text, fs_rng_range(rng, 0, NUMBERS * 100), 2);
		break;
	}
}

void
fs_draw_value(const struct fs_feature *feature, struct fs_rng *rng,
    int64_t now_ms, struct fs_str *text)
{
	if (feature->draw == FS_DRAW_CHOICE && feature->nvalues != 0)
		draw_choice(feature, rng, text);
	else if (feature->draw == FS_DRAW_RANGE &&
	    feature->type == FS_TYPE_FLOAT64)
		draw_real(feature, rng, text);
	else if (feature->draw == FS_DRAW_RANGE)
		draw_whole(feature, rng, text);
	else if (feature->draw == FS_DRAW_NOW)
		fs_str_add_i64(text, now_ms);
	else
		draw_any(feature, rng, text);
}

void
fs_draw_row(const struct fs_schema *schema, enum fs_class class,
    struct fs_rng *rng, int64_t now_ms, struct fs_row *row,
    struct fs_str *text)
{
	size_t	start = text->len, at;

	row->ncells = 0;
	for (size_t i = 0; i < schema->nfeatures; i++) {
		const struct fs_feature *feature = &schema->features[i];

		if (feature->class != class)
			continue;
		at = text->len;
		fs_draw_value(feature, rng, now_ms, text);
		fs_row_add(row, (int)i, fs_bytes_of(feature->name),
		    fs_bytes(NULL, text->len - at));
	}
	/* Only now does the text stay where it is. */
	for (size_t i = 0; i < row->ncells; i++) {
		row->cells[i].value.data = text->data + start;
		start += row->cells[i].value.len;
	}
}

void
fs_stream_draw(const struct fs_schema *schema, struct fs_rng *rng,
    int64_t now_ms, struct fs_row *row, struct fs_str *text)
{
	fs_draw_row(schema, FS_CLASS_STREAMING, rng, now_ms, row, text);
}
