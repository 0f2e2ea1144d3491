/* One JSON object a line: nested under "features", or flat. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "source/bad.h"
#include "source/input.h"
#include "source/json.h"
#include "source/kind.h"
#include "source/record.h"

#define FLAGS	(JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)

/* What the member at this place was in the last row. */
struct known {
	struct fs_str	name;
	int		feature;
};

struct ndjson {
	struct fs_source	 src;
	struct fs_input		 in;
	const struct fs_schema	*schema;
	size_t			 line_max;
	char			*id_name;
	bool			 flat;		/* an id column was named */
	bool			 events, ids;
	size_t			 len;		/* of the line found */
	struct fs_record	 record;	/* the row given last */
	json_t			*root;		/* if it was not plain */
	char			(*texts)[FS_JSON_TEXT];	/* a value each */
	struct known		*known;			/* likewise */
	size_t			 ntexts;
};

static bool
is_blank(struct fs_bytes line)
{
	for (size_t i = 0; i < line.len; i++) {
		char c = line.data[i];

		if (c != ' ' && c != '\t' && c != '\r')
			return false;
	}
	return true;
}

/*
 * A row's members
 */

static enum fs_got
take_id(struct ndjson *nd, struct fs_row *row, struct fs_bad *bad)
{
	const struct fs_member	*id = fs_record_find(&nd->record.top,
	    nd->id_name);
	char			 what[FS_EXCERPT];

	fs_excerpt(what, fs_bytes_of(nd->id_name));
	if (id == NULL)
		return fs_bad_say(bad, "no entity: there is no %s", what);
	if (id->value != FS_VALUE_STRING && id->value != FS_VALUE_WHOLE)
		return fs_bad_say(bad, "no entity: %s is %s", what,
		    fs_value_phrase(id->value));
	if (id->text.len == 0)
		return fs_bad_say(bad, "no entity: %s is empty", what);
	row->entity = id->text;
	return FS_GOT_ROW;
}

static bool
read_ttl(const struct fs_member *member, int64_t *ms)
{
	double seconds;

	if (member->value == FS_VALUE_STRING)
		return fs_num_duration(member->text, ms);
	if (member->value != FS_VALUE_WHOLE && member->value != FS_VALUE_REAL)
		return false;
	return fs_num_f64(member->text, &seconds) &&
	    fs_seconds_ms(seconds, ms);
}

static enum fs_got
bad_value(const struct fs_member *member, const char *type,
    struct fs_bad *bad)
{
	char what[FS_EXCERPT], where[FS_EXCERPT];

	fs_excerpt_bare(where, member->name);
	if (member->value >= FS_VALUE_ARRAY)
		return fs_bad_say(bad, "%s: %s is not %s", where,
		    fs_value_phrase(member->value), type);
	return fs_bad_say(bad, "%s: %s is not %s", where,
	    fs_excerpt(what, member->text), type);
}

static enum fs_got
take_ttl(const struct fs_member *member, struct fs_row *row,
    struct fs_bad *bad)
{
	if (member->value == FS_VALUE_NULL ||
	    (read_ttl(member, &row->ttl_ms) && row->ttl_ms > 0))
		return FS_GOT_ROW;
	return bad_value(member, "a time to live", bad);
}

static bool
fits(enum fs_value value, enum fs_type type)
{
	switch (type) {
	case FS_TYPE_STRING:
		return value == FS_VALUE_STRING;
	case FS_TYPE_BOOL:
		return value == FS_VALUE_BOOL;
	case FS_TYPE_INT64:
		return value == FS_VALUE_WHOLE;
	case FS_TYPE_FLOAT64:
		return value == FS_VALUE_WHOLE || value == FS_VALUE_REAL;
	}
	return false;
}

/* A whole number as a float64 is spelled: "92.0". */
static struct fs_bytes
as_real(struct fs_bytes whole, char buf[FS_JSON_TEXT])
{
	double d;

	if (!fs_num_f64(whole, &d))
		return whole;
	return fs_bytes_of(fs_num_show_f64(buf, FS_JSON_TEXT, d));
}

/* Rows are alike: the i-th member is what it was in the last row. */
static int
find_feature(struct ndjson *nd, size_t i, struct fs_bytes name)
{
	struct known *known = &nd->known[i];

	if (known->name.len != 0 &&
	    fs_bytes_eq(fs_str_bytes(&known->name), name))
		return known->feature;
	fs_str_clear(&known->name);
	fs_str_add_bytes(&known->name, name);
	known->feature = fs_schema_find(nd->schema, name);
	return known->feature;
}

static enum fs_got
take_value(struct ndjson *nd, size_t i, const struct fs_member *member,
    struct fs_row *row, struct fs_bad *bad)
{
	struct fs_bytes	text = member->text;
	enum fs_type	type;
	int		feature;

	if (member->value == FS_VALUE_NULL)
		return FS_GOT_ROW;
	if (member->name.len == 0)
		return fs_bad_say(bad, "a feature without a name");
	feature = find_feature(nd, i, member->name);
	if (feature == -1) {
		if (member->value >= FS_VALUE_ARRAY)
			return bad_value(member, "a value", bad);
	} else {
		type = nd->schema->features[feature].type;
		if (!fits(member->value, type))
			return bad_value(member, fs_type_phrase(type), bad);
		if (type == FS_TYPE_FLOAT64 &&
		    member->value == FS_VALUE_WHOLE)
			text = as_real(text, nd->texts[i]);
	}
	fs_row_add(row, feature, member->name, text);
	return FS_GOT_ROW;
}

/* In a flat event, unless it is a feature's name. */
static bool
is_ttl(const struct ndjson *nd, const struct fs_member *member)
{
	return nd->events && fs_bytes_eq(member->name, fs_bytes("ttl", 3)) &&
	    fs_schema_find(nd->schema, member->name) == -1;
}

static void
room_for(struct ndjson *nd, size_t n)
{
	if (n <= nd->ntexts)
		return;
	free(nd->texts);
	nd->texts = fs_xcalloc(n, sizeof(*nd->texts));
	nd->known = fs_xreallocarray(nd->known, n, sizeof(*nd->known));
	memset(nd->known + nd->ntexts, 0,
	    (n - nd->ntexts) * sizeof(*nd->known));
	nd->ntexts = n;
}

static enum fs_got
take_values(struct ndjson *nd, const struct fs_object *object, bool flat,
    struct fs_row *row, struct fs_bad *bad)
{
	struct fs_bytes id = fs_bytes_of(nd->id_name);

	room_for(nd, object->count);
	for (size_t i = 0; i < object->count; i++) {
		const struct fs_member	*member = &object->members[i];
		enum fs_got		 got;

		if (flat && fs_bytes_eq(member->name, id))
			continue;
		if (flat && is_ttl(nd, member))
			got = take_ttl(member, row, bad);
		else
			got = take_value(nd, i, member, row, bad);
		if (got == FS_GOT_BAD)
			return got;
	}
	if (row->ncells == 0)
		return fs_bad_say(bad, "no values");
	return FS_GOT_ROW;
}

/* {"entity": .., "features": {..}, "ttl": ..}: what else is there is wrong. */
static enum fs_got
check_members(struct ndjson *nd, struct fs_row *row, struct fs_bad *bad)
{
	const struct fs_object *top = &nd->record.top;
	char what[FS_EXCERPT];

	for (size_t i = 0; i < top->count; i++) {
		const struct fs_member *member = &top->members[i];

		if (fs_bytes_eq(member->name, fs_bytes_of(nd->id_name)) ||
		    member == nd->record.features_member)
			continue;
		if (!fs_bytes_eq(member->name, fs_bytes("ttl", 3)))
			return fs_bad_say(bad, "unknown member %s",
			    fs_excerpt(what, member->name));
		if (!nd->events)
			return fs_bad_say(bad, "'ttl' is for events alone");
		if (take_ttl(member, row, bad) == FS_GOT_BAD)
			return FS_GOT_BAD;
	}
	return FS_GOT_ROW;
}

static enum fs_got
take_nested(struct ndjson *nd, struct fs_row *row, struct fs_bad *bad)
{
	const struct fs_member *features = nd->record.features_member;

	if (check_members(nd, row, bad) == FS_GOT_BAD)
		return FS_GOT_BAD;
	if (features == NULL)
		return fs_bad_say(bad, "no 'features': a flat row needs the "
		    "name of its id");
	if (features->value != FS_VALUE_OBJECT)
		return bad_value(features, "an object", bad);
	return take_values(nd, &nd->record.features, false, row, bad);
}

static enum fs_got
take_row(struct ndjson *nd, struct fs_row *row, struct fs_bad *bad)
{
	const struct fs_member *features = nd->record.features_member;

	if (take_id(nd, row, bad) == FS_GOT_BAD)
		return FS_GOT_BAD;
	/* What is not asked for may be anything. */
	if (nd->ids)
		return FS_GOT_ROW;
	if (nd->flat && (features == NULL ||
	    features->value != FS_VALUE_OBJECT))
		return take_values(nd, &nd->record.top, true, row, bad);
	return take_nested(nd, row, bad);
}

/* Nearly all lines are plain; jansson has the last word on the others. */
static enum fs_got
take_line(struct ndjson *nd, struct fs_bytes line, struct fs_row *row,
    struct fs_bad *bad)
{
	json_error_t error;

	if (fs_record_scan(&nd->record, line))
		return take_row(nd, row, bad);
	/* jansson passes over one behind a number. */
	if (memchr(line.data, '\0', line.len) != NULL)
		return fs_bad_say(bad, "a NUL byte");
	json_decref(nd->root);
	nd->root = json_loadb(line.data, line.len, FLAGS, &error);
	if (nd->root == NULL)
		return fs_bad_say(bad, "column %d: %s", error.column,
		    error.text);
	if (!json_is_object(nd->root))
		return fs_bad_say(bad, "%s is not an object",
		    fs_json_phrase(nd->root));
	fs_record_load(&nd->record, nd->root);
	return take_row(nd, row, bad);
}

/*
 * Lines
 */

/* A line that is not blank is at the start of the input. */
static enum fs_more
ndjson_find(struct fs_source *src, struct fs_err *err)
{
	struct ndjson	*nd = (struct ndjson *)src;
	enum fs_more	 got = fs_input_skip_bom(&nd->in, err);

	while (got == FS_MORE) {
		got = fs_input_line(&nd->in, nd->line_max, &nd->len, err);
		if (got != FS_MORE || nd->len > nd->line_max || !is_blank(
		    fs_bytes(fs_input_bytes(&nd->in).data, nd->len)))
			break;
		fs_input_drop_line(&nd->in);
	}
	return got;
}

static enum fs_got
ndjson_take(struct fs_source *src, struct fs_row *row, struct fs_bad *bad)
{
	struct ndjson	*nd = (struct ndjson *)src;
	struct fs_bytes	 line = fs_bytes(fs_input_bytes(&nd->in).data, nd->len);

	fs_input_drop_line(&nd->in);
	return nd->len > nd->line_max ? fs_bad_say(bad, "too long a row") :
	    take_line(nd, line, row, bad);
}

static void
ndjson_close(struct fs_source *src)
{
	struct ndjson *nd = (struct ndjson *)src;

	fs_input_close(&nd->in);
	json_decref(nd->root);
	fs_record_free(&nd->record);
	for (size_t i = 0; i < nd->ntexts; i++)
		fs_str_free(&nd->known[i].name);
	free(nd->known);
	free(nd->texts);
	free(nd->id_name);
	free(nd);
}

static const struct fs_source_kind kind = {
	.find = ndjson_find,
	.take = ndjson_take,
	.close = ndjson_close,
};

struct fs_source *
fs_source_ndjson(int fd, const struct fs_source_options *opt,
    struct fs_err *err)
{
	struct ndjson *nd = fs_xcalloc(1, sizeof(*nd));

	(void)err;
	nd->src.kind = &kind;
	nd->src.in = &nd->in;
	nd->schema = opt->schema;
	nd->line_max = opt->line_max != 0 ? opt->line_max : FS_LINE_MAX;
	nd->id_name = fs_xstrdup(opt->id_column != NULL ? opt->id_column :
	    "entity");
	nd->flat = opt->id_column != NULL;
	nd->events = opt->events;
	nd->ids = opt->ids;
	fs_input_open(&nd->in, fd, opt->wait);
	return &nd->src;
}
