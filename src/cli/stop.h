/*
 * INT, TERM and HUP while a command runs: blocked from the beginning (threads
 * started later inherit that), open only while the main thread waits. One for
 * the process.
 */
#ifndef FS_CLI_STOP_H
#define FS_CLI_STOP_H

#include <poll.h>
#include <stddef.h>

/* Block them and install the handlers; before any thread starts. */
void fs_stop_begin(void);

/* The first signal that came, or 0; and how many came. */
int fs_stop_signal(void);
int fs_stop_count(void);

/* As ppoll() with the signals open; -1 for no end. -1 and EINTR for one. */
int fs_stop_poll(struct pollfd *fds, size_t n, int timeout_ms);

#endif
