/*
 * What the store is said to hold: the features, their class, type and times.
 * A plain value; readable by any thread as long as nobody changes it, so the
 * session keeps one for its life and all threads point to it.
 */
#ifndef FS_MODEL_SCHEMA_H
#define FS_MODEL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum fs_class {
	FS_CLASS_BATCH,		/* lives and dies with the key's TTL */
	FS_CLASS_STREAMING,	/* has a field TTL of its own */
	FS_CLASS_EXTRA,		/* in the store, unknown to the schema */
};

enum fs_type {
	FS_TYPE_STRING,
	FS_TYPE_BOOL,		/* true, false */
	FS_TYPE_INT64,
	FS_TYPE_FLOAT64,	/* finite */
};

/* How made-up values are drawn; FS_DRAW_TYPE: something of the type. */
enum fs_draw {
	FS_DRAW_TYPE,
	FS_DRAW_CHOICE,		/* one of values, by weights if given */
	FS_DRAW_RANGE,		/* uniform in [min, max], decimals places */
	FS_DRAW_NOW,		/* Unix time in milliseconds, one a tick */
};

struct fs_feature {
	char		*name;		/* UTF-8, not empty */
	enum fs_class	 class;		/* BATCH or STREAMING */
	enum fs_type	 type;
	int64_t		 ttl_ms;	/* its own; 0: as the class has it */
	int64_t		 interval_ms;	/* expected between writes; 0: unknown */
	enum fs_draw	 draw;
	char		**values;	/* FS_DRAW_CHOICE */
	unsigned	*weights;	/* NULL: all alike */
	size_t		 nvalues;
	double		 min, max;	/* FS_DRAW_RANGE */
	int		 decimals;
};

#define FS_FEATURES_MAX	4096
#define FS_TTL_MAX_MS	((INT64_C(1) << 46) * 1000)	/* of a key */
/* Of a field, a thousand years: Redis takes moments up to 2^46 ms, in 4199. */
#define FS_FIELD_TTL_MAX_MS (INT64_C(365000) * 86400000)

struct fs_schema {
	char			*prefix;	/* never empty */
	int64_t			 batch_ttl_ms;
	int64_t			 streaming_ttl_ms;
	struct fs_feature	*features;	/* in their own order */
	size_t			 nfeatures;
	size_t			*by_name;	/* indices, sorted by name */
};

/* The sample store's 6 batch and 5 streaming features. Never fails. */
struct fs_schema *fs_schema_sample(void);
void fs_schema_free(struct fs_schema *schema);		/* NULL is a no-op */

/* Free what a feature that was not added points to, and zero it. */
void fs_feature_clear(struct fs_feature *feature);

/* An empty one with the default prefix and TTLs, to be added to. */
struct fs_schema *fs_schema_new(void);

/*
 * Append a feature; the schema takes what it points to, also on failure.
 * False: a name that is empty, not UTF-8 or there already, a time out of
 * range, a TTL of its own for a batch feature, too many.
 */
bool fs_schema_add(struct fs_schema *schema, struct fs_feature *feature,
    struct fs_err *err);

/* False and why: an empty prefix (it would be the whole database). */
bool fs_schema_set_prefix(struct fs_schema *schema, const char *prefix,
    struct fs_err *err);

/* Its index in features, or -1. Binary search. */
int fs_schema_find(const struct fs_schema *schema, struct fs_bytes name);

/*
 * The time to live that a feature is configured to have: its own, or the
 * streaming default; for a batch feature 0, for it has none.
 */
int64_t fs_feature_ttl(const struct fs_schema *schema,
    const struct fs_feature *feature);

/* Whether of any streaming feature an interval is expected, by which it can be
 * said to have stalled. */
bool fs_schema_has_interval(const struct fs_schema *schema);

/* How many features are of the class. */
size_t fs_schema_count(const struct fs_schema *schema, enum fs_class class);

const char *fs_class_name(enum fs_class class);	/* "batch" "streaming" "extra" */
const char *fs_type_name(enum fs_type type);	/* "string" "bool" ... */
bool fs_class_parse(struct fs_bytes text, enum fs_class *class);
bool fs_type_parse(struct fs_bytes text, enum fs_type *type);

/*
 * Whether text is a value of the type as the store spells it: true or false,
 * a decimal of 64 bits, a finite number in C syntax, any bytes for a string.
 */
bool fs_type_accepts(enum fs_type type, struct fs_bytes text);

#endif
