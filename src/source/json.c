#include "source/json.h"

#include <stdio.h>

#include "base/num.h"

static bool
show_whole(json_int_t n, char buf[FS_JSON_TEXT], struct fs_bytes *text)
{
	int len = snprintf(buf, FS_JSON_TEXT, "%lld", (long long)n);

	*text = fs_bytes(buf, (size_t)len);
	return true;
}

static bool
show_real(double d, char buf[FS_JSON_TEXT], struct fs_bytes *text)
{
	*text = fs_bytes_of(fs_num_show_f64(buf, FS_JSON_TEXT, d));
	return true;
}

bool
fs_json_text(const json_t *value, char buf[FS_JSON_TEXT],
    struct fs_bytes *text)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		*text = fs_bytes(json_string_value(value),
		    json_string_length(value));
		return true;
	case JSON_INTEGER:
		return show_whole(json_integer_value(value), buf, text);
	case JSON_REAL:
		return show_real(json_real_value(value), buf, text);
	case JSON_TRUE:
		*text = fs_bytes("true", 4);
		return true;
	case JSON_FALSE:
		*text = fs_bytes("false", 5);
		return true;
	case JSON_NULL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return false;
}

bool
fs_json_typed(const json_t *value, enum fs_type type, char buf[FS_JSON_TEXT],
    struct fs_bytes *text)
{
	bool fits = false;

	switch (type) {
	case FS_TYPE_STRING:
		fits = json_is_string(value);
		break;
	case FS_TYPE_BOOL:
		fits = json_is_boolean(value);
		break;
	case FS_TYPE_INT64:
		fits = json_is_integer(value);
		break;
	case FS_TYPE_FLOAT64:
		if (json_is_integer(value))
			return show_real((double)json_integer_value(value),
			    buf, text);
		fits = json_is_real(value);
		break;
	}
	return fits && fs_json_text(value, buf, text);
}

bool
fs_seconds_ms(double seconds, int64_t *ms)
{
	if (!(seconds >= 0 && seconds <= (double)FS_TTL_MAX_MS / 1000))
		return false;
	*ms = (int64_t)(seconds * 1000 + 0.5);
	return true;
}

bool
fs_json_duration(const json_t *value, int64_t *ms)
{
	if (json_is_string(value))
		return fs_num_duration(fs_bytes(json_string_value(value),
		    json_string_length(value)), ms);
	return json_is_number(value) &&
	    fs_seconds_ms(json_number_value(value), ms);
}

const char *
fs_json_phrase(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_NULL:
		return "null";
	case JSON_ARRAY:
		return "an array";
	case JSON_OBJECT:
		return "an object";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a bool";
	}
	return "nothing";
}
