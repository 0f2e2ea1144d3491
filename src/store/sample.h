/*
 * Entities at random, page by page: so many different ones, each as likely as
 * any other. Few of many are met by probing (pick.c), and are given as they
 * are; of a store that is not much larger all are walked over first, and in
 * memory there are only those that were drawn (sieve.c).
 */
#ifndef FS_STORE_SAMPLE_H
#define FS_STORE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "model/list.h"
#include "store/store.h"

/* Where a rate of entities is asked for: keys walked over for one of them. */
#define FS_WALK_TIMES	10

struct fs_sample_options {
	uint64_t	 count;		/* how many */
	int64_t		 rate;		/* of drawing, and */
	double		 duty;		/* the same, see scan.h */
	size_t		 page;		/* ids at a time; 0: 1,000, and less
					   within a budget */
	struct fs_rng	*rng;		/* outlives it */
};

enum fs_sample_event {
	FS_SAMPLE_IDS,		/* a page of them */
	FS_SAMPLE_WALK,		/* a page was walked over */
	FS_SAMPLE_END,
	FS_SAMPLE_FAIL,
};

struct fs_sample;

struct fs_sample *fs_sample_open(struct fs_store *st,
    const struct fs_sample_options *opt);
void fs_sample_close(struct fs_sample *sm);		/* NULL is a no-op */

/*
 * IDS: *ids is good until the next call; the pauses for what is done with them
 * are the caller's to make. END: fewer have come when there are fewer; err says
 * what was left out, else it is FS_OK. Nothing else may be in flight meanwhile.
 */
enum fs_sample_event fs_sample_next(struct fs_sample *sm,
    const struct fs_list **ids, struct fs_err *err);

/* How much of the store is walked over, 0 to 1, while that goes on; else -1. */
double fs_sample_walked(const struct fs_sample *sm);

#endif
