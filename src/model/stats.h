/* The console's four counters; each thread has its own, the session sums. */
#ifndef FS_MODEL_STATS_H
#define FS_MODEL_STATS_H

#include <stdint.h>

struct fs_stats {
	uint64_t	batch_writes;		/* entities loaded, features set */
	uint64_t	streaming_writes;	/* fields, acknowledged */
	uint64_t	reads;			/* entities read */
	uint64_t	fields_returned;
};

void fs_stats_add(struct fs_stats *to, const struct fs_stats *more);
void fs_stats_sub(struct fs_stats *from, const struct fs_stats *less);

#endif
