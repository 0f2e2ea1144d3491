/* Answers that wait for whoever looks at them. (pure) */
#ifndef FS_APP_KEPT_H
#define FS_APP_KEPT_H

#include <sys/queue.h>

#include <stddef.h>

#include "model/request.h"

struct fs_kept_answer;

struct fs_kept {
	TAILQ_HEAD(, fs_kept_answer)	answers;
	size_t				nbad;	/* with bad rows */
};

/* Such answers are kept, and no more: the totals count the others. */
#define FS_KEPT_BAD	100

void fs_kept_init(struct fs_kept *kept);
void fs_kept_drop(struct fs_kept *kept);	/* all; it is empty again */

/* Both of these take the answer: behind all others, as it is; */
void fs_kept_add(struct fs_kept *kept, struct fs_answer *answer);
/*
 * or for a screen that stands still, for however long. Of how far a job is and
 * of its report only the last word is kept, and rows that no screen shows are
 * not kept at all.
 */
void fs_kept_merge(struct fs_kept *kept, struct fs_answer *answer);

/* The first, the caller's to free; NULL when there is none. */
struct fs_answer *fs_kept_take(struct fs_kept *kept);

#endif
