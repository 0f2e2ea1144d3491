/* What was done, in the log: a line each at its end. */
#ifndef FS_APP_JOURNAL_H
#define FS_APP_JOURNAL_H

#include "model/request.h"
#include "model/snap.h"

/* A request of the console has ended: what, how many, how long. */
void fs_journal_end(const struct fs_answer *answer);
/* The worker is in another state than before, or not. */
void fs_journal_run(enum fs_run before, enum fs_run now);

#endif
