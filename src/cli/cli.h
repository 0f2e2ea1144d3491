/* One command without a screen. */
#ifndef FS_CLI_CLI_H
#define FS_CLI_CLI_H

#include "app/options.h"

/* Runs opt->argv and returns the exit status. Results to stdout, messages to
 * stderr. Signals: INT and TERM end it cleanly. */
int fs_cli_run(struct fs_options *opt);

#endif
