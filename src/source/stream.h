/* Made-up streaming values for one entity. (pure) */
#ifndef FS_SOURCE_STREAM_H
#define FS_SOURCE_STREAM_H

#include <stdint.h>

#include "base/rng.h"
#include "base/str.h"
#include "model/row.h"
#include "model/schema.h"

/*
 * Fill row's cells with a value for every streaming feature, drawn as the
 * schema says; now_ms is what FS_DRAW_NOW gives, one value a tick. The bytes
 * are appended to text, which must stay unchanged while the row is used;
 * row->entity is left as it is.
 */
void fs_stream_draw(const struct fs_schema *schema, struct fs_rng *rng,
    int64_t now_ms, struct fs_row *row, struct fs_str *text);

/* The same for the features of a class. */
void fs_draw_row(const struct fs_schema *schema, enum fs_class class,
    struct fs_rng *rng, int64_t now_ms, struct fs_row *row,
    struct fs_str *text);

/* One value of any feature, appended to text. */
void fs_draw_value(const struct fs_feature *feature, struct fs_rng *rng,
    int64_t now_ms, struct fs_str *text);

#endif
