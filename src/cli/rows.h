/*
 * Entities as rows, as they come: CSV (RFC 4180) and NDJSON, in the form that
 * bulk-load --from reads. (pure)
 *
 * CSV: a header, one column a feature; a feature that is not there is an
 * empty cell and an empty value is "". The bytes are those of the store, but
 * on a terminal they are made visible. NDJSON: {"entity":..,"features":{..}}
 * with those that are there, as numbers, true or false where the schema says
 * so and the value is one. One row for each entity asked for, also for one
 * that is not there.
 */
#ifndef FS_CLI_ROWS_H
#define FS_CLI_ROWS_H

#include "cli/out.h"
#include "model/entity.h"
#include "model/list.h"
#include "model/schema.h"

/* The names of the features asked for, in their order. */
void fs_rows_csv_head(struct fs_out *out, const struct fs_list *names);
void fs_rows_csv(struct fs_out *out, const struct fs_entity *entity);
void fs_rows_ndjson(struct fs_out *out, const struct fs_schema *schema,
    const struct fs_entity *entity);

#endif
