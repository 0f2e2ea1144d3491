/*
 * The private server of --demo: found, started on a unix socket in a 0700
 * directory, and gone with all its files when fsconsole ends, however it ends.
 * A minder process, forked before any thread starts, holds the server: when
 * the pipe from fsconsole closes (also by SIGKILL) it ends the server and
 * removes the directory.
 */
#ifndef FS_APP_DEMO_H
#define FS_APP_DEMO_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/err.h"

struct fs_demo;

/* Whether a connection to this host and port is refused at once. */
bool fs_demo_nothing_at(const struct fs_target *target);

/*
 * Find a server with field TTL ($FSCONSOLE_REDIS_SERVER, the build's own, then
 * redis-server and valkey-server in PATH), start it, wait until it answers.
 * Call before any thread is started. NULL and err, which says what to install.
 */
struct fs_demo *fs_demo_start(struct fs_err *err);
/* The path of its socket; belongs to demo. */
const char *fs_demo_socket(const struct fs_demo *demo);
/* Ends it and waits until its directory is gone (at most two seconds). */
void fs_demo_stop(struct fs_demo *demo);	/* NULL is a no-op */

#endif
