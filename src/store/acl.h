/* The rights that our user needs, from the table of verbs. (pure) */
#ifndef FS_STORE_ACL_H
#define FS_STORE_ACL_H

#include <stdbool.h>

#include "base/str.h"

/* ACL rules divided by blanks, for keys with the prefix; appended to out. */
void fs_store_acl(struct fs_str *out, const char *prefix, bool write);

#endif
