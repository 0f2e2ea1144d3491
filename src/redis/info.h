/* The lines of INFO. (pure) */
#ifndef FS_REDIS_INFO_H
#define FS_REDIS_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The value of "name:" in INFO's text; false when it is not there. */
bool fs_info_text(struct fs_bytes info, const char *name,
    struct fs_bytes *value);
bool fs_info_i64(struct fs_bytes info, const char *name, int64_t *value);

#endif
