/*
 * One JSON object with the members that a row may have: scalars, and one more
 * object named "features". For the files of source/ alone.
 */
#ifndef FS_SOURCE_RECORD_H
#define FS_SOURCE_RECORD_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "source/json.h"

enum fs_value {
	FS_VALUE_NULL,
	FS_VALUE_STRING,
	FS_VALUE_BOOL,
	FS_VALUE_WHOLE,		/* a number of 64 bits */
	FS_VALUE_REAL,
	FS_VALUE_ARRAY,
	FS_VALUE_OBJECT,
};

struct fs_member {
	struct fs_bytes	name;
	struct fs_bytes	text;	/* a scalar as the store spells it */
	enum fs_value	value;
};

struct fs_object {
	struct fs_member	*members;
	size_t			 count, size;
};

/* Zero-initialise. Views of the line, or of the document, that it is from. */
struct fs_record {
	struct fs_object	 top;
	struct fs_object	 features;	/* if features is an object */
	const struct fs_member	*features_member; /* NULL: there is none */
	char			(*texts)[FS_JSON_TEXT]; /* of loaded numbers */
	size_t			 ntexts, texts_size;
};

/*
 * The record of a line in plain words: no escapes, no exponents, no numbers
 * that need arithmetic. False when it is not so, or not JSON at all: load()
 * of a real parser's document knows the truth.
 */
bool fs_record_scan(struct fs_record *record, struct fs_bytes line);
void fs_record_load(struct fs_record *record, json_t *root);

const struct fs_member *fs_record_find(const struct fs_object *object,
    const char *name);

/* "an array", "null", ... for what is no scalar. */
const char *fs_value_phrase(enum fs_value value);

void fs_record_free(struct fs_record *record);

#endif
