/* Patterns as Redis has them: * ? [a-z] [^a], and \ before any. (pure) */
#ifndef FS_BASE_GLOB_H
#define FS_BASE_GLOB_H

#include <stdbool.h>

#include "base/str.h"

/* Whether all of the text matches; in time of their product at most. */
bool fs_glob_match(struct fs_bytes pattern, struct fs_bytes text);

#endif
