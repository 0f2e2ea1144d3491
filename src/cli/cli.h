/* One command without a screen, help and version. */
#ifndef FS_CLI_CLI_H
#define FS_CLI_CLI_H

#include "app/options.h"
#include "base/err.h"
#include "model/request.h"

/*
 * Runs opt->argv and returns the exit status. Results to stdout, messages to
 * stderr. Signals: INT, TERM and HUP end it cleanly. Also --help (of the
 * command that is named, else of all) and --version, for which nothing else
 * of opt need be set. request is what opt->argv asks of the store, and belongs
 * to it; NULL when that is nothing.
 */
int fs_cli_run(struct fs_options *opt, struct fs_request *request);

/*
 * First of all in main: descriptors 0 to 2 that were closed are taken, so
 * that no connection gets their numbers and no result is written into it.
 */
void fs_cli_guard_fds(void);

#endif
