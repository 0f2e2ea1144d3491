/* The console: screen, keys, and what comes from the threads. */
#ifndef FS_UI_LOOP_H
#define FS_UI_LOOP_H

#include "app/options.h"

/*
 * Runs the console until it is left; the exit status (128 + n after a
 * signal). With opt->once: the screen as text on stdout once it has data.
 */
int fs_loop_run(struct fs_options *opt);

#endif
