/* --once: the screen as plain text on stdout, without a terminal. */
#ifndef FS_UI_ONCE_H
#define FS_UI_ONCE_H

#include "app/options.h"
#include "base/err.h"

/* One line on stderr; returns the status. */
int fs_once_fail(const struct fs_err *err, int status);

/* The exit status. */
int fs_once_run(const struct fs_options *opt);

#endif
