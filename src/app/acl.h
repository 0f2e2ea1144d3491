/* The rights that our user needs on the server, for the manual. (pure) */
#ifndef FS_APP_ACL_H
#define FS_APP_ACL_H

#include <stdbool.h>

#include "base/str.h"

/* ACL rules divided by blanks, for keys with the prefix; appended to out. */
void fs_app_acl(struct fs_str *out, const char *prefix, bool write);

#endif
