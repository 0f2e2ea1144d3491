/* The rights that our user needs, for the layers above. (pure) */
#ifndef FS_WORK_ACL_H
#define FS_WORK_ACL_H

#include <stdbool.h>

#include "base/str.h"

/* ACL rules divided by blanks, for keys with the prefix; appended to out. */
void fs_work_acl(struct fs_str *out, const char *prefix, bool write);

#endif
