/* What an audit must keep within. (pure) See also fs_command_judge(). */
#ifndef FS_APP_LIMITS_H
#define FS_APP_LIMITS_H

#include <stdbool.h>

#include "base/err.h"

/* The violations that --fail-on names ("leak,orphan"), as bits. */
bool fs_limits_kinds(const char *text, unsigned *kinds, struct fs_err *err);

#endif
