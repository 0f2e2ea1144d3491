#include "source/record.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/mem.h"

#define FIRST_SIZE	16
#define MEMBERS_MAX	64	/* in a scan, which compares all names */
#define WHOLE_DIGITS	18	/* always in 64 bits */
#define REAL_DIGITS	15	/* always exact, so the shortest */

struct scan {
	const char	*at, *end;
};

/* What ends a run of ordinary bytes in a string. */
static inline bool
is_special(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

static struct fs_member *
add(struct fs_object *object)
{
	if (object->count == object->size) {
		object->size = object->size != 0 ? object->size * 2 :
		    FIRST_SIZE;
		object->members = fs_xreallocarray(object->members,
		    object->size, sizeof(*object->members));
	}
	object->members[object->count] = (struct fs_member){ 0 };
	return &object->members[object->count++];
}

/*
 * Scanning
 */

/* The next byte that is no blank; 0 at the end. */
static char
peek(struct scan *sc)
{
	while (sc->at < sc->end && (*sc->at == ' ' || *sc->at == '\t' ||
	    *sc->at == '\r'))
		sc->at++;
	return sc->at < sc->end ? *sc->at : '\0';
}

static bool
take(struct scan *sc, char c)
{
	if (peek(sc) != c)
		return false;
	sc->at++;
	return true;
}

static bool
scan_string(struct scan *sc, struct fs_bytes *text)
{
	const char	*start;
	unsigned	 high = 0;

	if (!take(sc, '"'))
		return false;
	start = sc->at;
	while (sc->at < sc->end && !is_special(*sc->at))
		high |= (unsigned char)*sc->at++;
	if (sc->at == sc->end || *sc->at != '"')
		return false;
	*text = fs_bytes(start, (size_t)(sc->at - start));
	sc->at++;
	return high < 0x80 || fs_utf8_valid(*text);
}

static size_t
scan_digits(struct scan *sc)
{
	const char *start = sc->at;

	while (sc->at < sc->end && *sc->at >= '0' && *sc->at <= '9')
		sc->at++;
	return (size_t)(sc->at - start);
}

static bool
starts(struct scan *sc, const char *word, size_t len)
{
	if ((size_t)(sc->end - sc->at) < len ||
	    memcmp(sc->at, word, len) != 0)
		return false;
	sc->at += len;
	return true;
}

/* At the point: decimals, those zeros left out that the store leaves out. */
static bool
scan_decimals(struct scan *sc, const char *start, struct fs_member *member)
{
	const char	*point = sc->at++;
	size_t		 digits = scan_digits(sc);
	const char	*end = sc->at;

	while (end > point + 2 && end[-1] == '0')
		end--;
	/* Small ones are shown with an exponent. */
	if (digits == 0 || (size_t)(sc->at - start) > REAL_DIGITS + 1 ||
	    (end - point > 4 && point[-1] == '0' &&
	    memcmp(point, ".000", 4) == 0))
		return false;
	member->value = FS_VALUE_REAL;
	member->text = fs_bytes(start, (size_t)(end - start));
	return true;
}

static bool
scan_number(struct scan *sc, struct fs_member *member)
{
	const char	*start = sc->at;
	bool		 minus = *start == '-';
	size_t		 digits;

	sc->at += minus;
	digits = scan_digits(sc);
	if (digits == 0 || digits > WHOLE_DIGITS ||
	    (start[minus] == '0' && digits > 1))
		return false;
	if (sc->at < sc->end && (*sc->at == 'e' || *sc->at == 'E'))
		return false;
	if (sc->at < sc->end && *sc->at == '.')
		return scan_decimals(sc, start, member) && (sc->at ==
		    sc->end || (*sc->at != 'e' && *sc->at != 'E'));
	member->value = FS_VALUE_WHOLE;
	member->text = fs_bytes(start, (size_t)(sc->at - start));
	return !(minus && start[1] == '0');
}

static bool
scan_scalar(struct scan *sc, struct fs_member *member)
{
	const char *start;
	char c = peek(sc);

	start = sc->at;
	if (c == '"') {
		member->value = FS_VALUE_STRING;
		return scan_string(sc, &member->text);
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(sc, member);
	if (starts(sc, "null", 4)) {
		member->value = FS_VALUE_NULL;
		return true;
	}
	member->value = FS_VALUE_BOOL;
	if (!starts(sc, "true", 4) && !starts(sc, "false", 5))
		return false;
	member->text = fs_bytes(start, (size_t)(sc->at - start));
	return true;
}

/* Whether the last member has a name of its own. */
static bool
is_new(const struct fs_object *object)
{
	const struct fs_member *last = &object->members[object->count - 1];

	for (const struct fs_member *m = object->members; m < last; m++) {
		if (m->name.len == last->name.len && memcmp(m->name.data,
		    last->name.data, last->name.len) == 0)
			return false;
	}
	return true;
}

static bool scan_object(struct scan *sc, struct fs_object *object,
    struct fs_object *inner);

/* inner is for the value of "features", or NULL. */
static bool
scan_member(struct scan *sc, struct fs_object *object,
    struct fs_object *inner)
{
	struct fs_member *member = add(object);

	if (object->count > MEMBERS_MAX || peek(sc) != '"' ||
	    !scan_string(sc, &member->name) || !take(sc, ':') ||
	    !is_new(object))
		return false;
	if (peek(sc) != '{')
		return scan_scalar(sc, member);
	member->value = FS_VALUE_OBJECT;
	return inner != NULL &&
	    fs_bytes_eq(member->name, fs_bytes("features", 8)) &&
	    scan_object(sc, inner, NULL);
}

static bool
scan_object(struct scan *sc, struct fs_object *object,
    struct fs_object *inner)
{
	if (!take(sc, '{'))
		return false;
	if (take(sc, '}'))
		return true;
	do {
		if (!scan_member(sc, object, inner))
			return false;
	} while (take(sc, ','));
	return take(sc, '}');
}

static void
clear(struct fs_record *record)
{
	record->top.count = 0;
	record->features.count = 0;
	record->ntexts = 0;
	record->features_member = NULL;
}

bool
fs_record_scan(struct fs_record *record, struct fs_bytes line)
{
	struct scan sc = { line.data, line.data + line.len };

	clear(record);
	if (!scan_object(&sc, &record->top, &record->features))
		return false;
	peek(&sc);
	record->features_member = fs_record_find(&record->top, "features");
	return sc.at == sc.end;
}

/*
 * Loading
 */

static enum fs_value
value_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_NULL:
		return FS_VALUE_NULL;
	case JSON_STRING:
		return FS_VALUE_STRING;
	case JSON_TRUE:
	case JSON_FALSE:
		return FS_VALUE_BOOL;
	case JSON_INTEGER:
		return FS_VALUE_WHOLE;
	case JSON_REAL:
		return FS_VALUE_REAL;
	case JSON_ARRAY:
		return FS_VALUE_ARRAY;
	case JSON_OBJECT:
		return FS_VALUE_OBJECT;
	}
	return FS_VALUE_NULL;
}

static void
load_object(struct fs_record *record, struct fs_object *object, json_t *from)
{
	const char	*key;
	json_t		*value;

	json_object_foreach(from, key, value) {
		struct fs_member *member = add(object);

		member->name = fs_bytes_of(key);
		member->value = value_of(value);
		fs_json_text(value, record->texts[record->ntexts++],
		    &member->text);
	}
}

void
fs_record_load(struct fs_record *record, json_t *root)
{
	json_t	*features = json_object_get(root, "features");
	size_t	 n = json_object_size(root) + json_object_size(features);

	clear(record);
	if (n > record->texts_size) {
		free(record->texts);
		record->texts = fs_xcalloc(n, sizeof(*record->texts));
		record->texts_size = n;
	}
	load_object(record, &record->top, root);
	if (json_is_object(features))
		load_object(record, &record->features, features);
	record->features_member = fs_record_find(&record->top, "features");
}

const struct fs_member *
fs_record_find(const struct fs_object *object, const char *name)
{
	struct fs_bytes	wanted = fs_bytes_of(name);

	for (size_t i = 0; i < object->count; i++) {
		if (fs_bytes_eq(object->members[i].name, wanted))
			return &object->members[i];
	}
	return NULL;
}

const char *
fs_value_phrase(enum fs_value value)
{
	static const char *const phrases[] = {
		[FS_VALUE_NULL] = "null",
		[FS_VALUE_STRING] = "a string",
		[FS_VALUE_BOOL] = "a bool",
		[FS_VALUE_WHOLE] = "a number",
		[FS_VALUE_REAL] = "a number",
		[FS_VALUE_ARRAY] = "an array",
		[FS_VALUE_OBJECT] = "an object",
	};

	return phrases[value];
}

void
fs_record_free(struct fs_record *record)
{
	free(record->top.members);
	free(record->features.members);
	free(record->texts);
	*record = (struct fs_record){ 0 };
}
