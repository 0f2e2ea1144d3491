/*
 * So many of however many come, each as likely as any other, in memory for
 * those alone: what has the smallest of keyed hashes stays. As the hash is the
 * id's own, one that comes again changes nothing. (pure)
 */
#ifndef FS_STORE_SIEVE_H
#define FS_STORE_SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/list.h"

struct fs_sieve {
	size_t		 keep;
	uint64_t	 seed;
	uint64_t	 below;		/* hashes from here on are out */
	bool		 dropped;	/* there were more than are kept */
	struct fs_list	 ids;		/* a quarter more than wanted at most */
	uint64_t	*hash;		/* of each */
	size_t		 size;
};

/* keep: how many, not 0. seed: drawn anew for each, else all keep the same. */
void fs_sieve_init(struct fs_sieve *sv, size_t keep, uint64_t seed);
void fs_sieve_free(struct fs_sieve *sv);	/* and empty again */

void fs_sieve_add(struct fs_sieve *sv, struct fs_bytes id);

/*
 * What stayed, in random order, in the place of what was in ids; the sieve is
 * empty then. True when nothing had to be dropped: these are all that came.
 */
bool fs_sieve_end(struct fs_sieve *sv, struct fs_list *ids);

#endif
