/* JSON values as the store spells them. For the files of source/ alone. */
#ifndef FS_SOURCE_JSON_H
#define FS_SOURCE_JSON_H

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "model/schema.h"

/* Room that fs_json_text() needs for one value that is no string. */
#define FS_JSON_TEXT	48

/*
 * The text of a scalar: a string is a view of value itself, anything else is
 * put into buf. False for null, arrays and objects.
 */
bool fs_json_text(const json_t *value, char buf[FS_JSON_TEXT],
    struct fs_bytes *text);

/* The same when value is of the type; a whole number may be a float64. */
bool fs_json_typed(const json_t *value, enum fs_type type,
    char buf[FS_JSON_TEXT], struct fs_bytes *text);

/* Seconds in milliseconds, false when they are no time to live. */
bool fs_seconds_ms(double seconds, int64_t *ms);

/*
 * A time in milliseconds: a duration's text, or seconds as a number. False
 * for anything else, and when it is out of range.
 */
bool fs_json_duration(const json_t *value, int64_t *ms);

/* "an array", "null", ... for messages about what is no scalar. */
const char *fs_json_phrase(const json_t *value);

#endif
