/*
 * The process that holds the private server of --demo: it starts it, and ends
 * it with all its files when fsconsole is gone, however that went. It is of a
 * session of its own, so that no key of the terminal reaches it.
 */
#ifndef FS_APP_MINDER_H
#define FS_APP_MINDER_H

#include "model/list.h"

/*
 * What the minder writes on status, once: '+' and the socket's path, or '-'
 * and why there is none. It closes it when everything is gone.
 */
#define FS_MINDER_MAX	1024

/*
 * The minder, in a process just forked: tries these servers in their order.
 * Ends when lifeline is closed at its other end, or on SIGTERM.
 */
_Noreturn void fs_minder_run(int lifeline, int status,
    const struct fs_list *servers);

/* Remove a directory of ours and the files in it, should it be there. */
void fs_minder_remove(const char *dir);

#endif
