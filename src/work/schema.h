/* The schema file, for the layers that may not look below. */
#ifndef FS_WORK_SCHEMA_H
#define FS_WORK_SCHEMA_H

#include "base/err.h"
#include "base/str.h"
#include "model/schema.h"

/* NULL and err (FS_EUSAGE, "FILE:line:column: ...") on any fault. */
struct fs_schema *fs_work_schema_load(const char *path, struct fs_err *err);

/* The JSON that load reads back to the same, appended to out. */
void fs_work_schema_write(const struct fs_schema *schema,
    struct fs_str *out);

#endif
