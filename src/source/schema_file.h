/* The schema as JSON: read, checked, written. */
#ifndef FS_SOURCE_SCHEMA_FILE_H
#define FS_SOURCE_SCHEMA_FILE_H

#include "base/err.h"
#include "base/str.h"
#include "model/schema.h"

/*
 * NULL and err on any fault; unknown members are faults. Broken JSON is told
 * by its place ("FILE:line:column: ..."), what is wrong with a value by whose
 * it is ("FILE: feature 3, 'x': unknown type 'int': ...").
 */
struct fs_schema *fs_schema_file_load(const char *path, struct fs_err *err);
struct fs_schema *fs_schema_file_parse(struct fs_bytes json,
    const char *name, struct fs_err *err);

/* As a file that load reads back to the same, indented, newline at the end. */
void fs_schema_file_write(const struct fs_schema *schema, struct fs_str *out);

#endif
