/* Prefix and id to key and back; the pattern that finds them. (pure) */
#ifndef FS_STORE_KEY_H
#define FS_STORE_KEY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/* False: an empty id. */
bool fs_key_check_id(struct fs_bytes id, struct fs_err *err);
void fs_key_make(struct fs_str *out, struct fs_bytes prefix,
    struct fs_bytes id);
/* The id of a key; false when it has not the prefix or nothing behind it. */
bool fs_key_id(struct fs_bytes key, struct fs_bytes prefix,
    struct fs_bytes *id);
/* prefix with * ? [ ] \ escaped, then glob ("*" when NULL). */
void fs_key_pattern(struct fs_str *out, struct fs_bytes prefix,
    const char *glob);
/* Whether the prefix has a whole hash tag: all entities are in one slot. */
bool fs_key_tagged(struct fs_bytes prefix);

#endif
