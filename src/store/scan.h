/*
 * The one way to walk the keyspace: SCAN with MATCH and TYPE hash on all nodes
 * side by side, within a budget. The caller's reads go through the same batch
 * and overlap with the next page, which is asked for before the last one is
 * given out.
 */
#ifndef FS_STORE_SCAN_H
#define FS_STORE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "model/list.h"
#include "redis/batch.h"
#include "store/store.h"

struct fs_scan_options {
	const char	*glob;		/* over ids; NULL: all */
	size_t		 page;		/* COUNT; 0: 100 */
	int64_t		 rate;		/* entities a second at most; 0: none */
	double		 duty;		/* share of the server's time, 0: all */
	int64_t		 ceiling_us;	/* back off while a page takes longer;
					   0: none */
	bool		 any_type;	/* also keys that are no hash: they are
					   counted in not_hashes, not given */
	size_t		 seen_max;	/* bytes to tell repeats by; 0: 64 MiB;
					   beyond it approximate is set */
	bool		 no_seen;	/* repeats do not matter */
	bool		 replicas;
};

enum fs_scan_event {
	FS_SCAN_PAGE,	/* keys of one page */
	FS_SCAN_UNIT,	/* a unit of the caller's is complete */
	FS_SCAN_END,	/* all pages given out and all units taken */
	FS_SCAN_FAIL,	/* nothing could be scanned, or cancelled: err */
};

struct fs_scan;

struct fs_scan_state {
	uint64_t	entities;	/* given out, each once */
	uint64_t	not_hashes;
	uint64_t	repeats;
	double		progress;	/* 0..1 over all nodes */
	bool		complete;	/* at the end: no node was lost, no
					   cursor given up, the map unchanged */
	bool		approximate;	/* repeats could not all be told */
	struct fs_err	err;		/* why it is not complete */
};

struct fs_scan *fs_scan_open(struct fs_store *st,
    const struct fs_scan_options *opt);
void fs_scan_close(struct fs_scan *sc);

/*
 * The next thing. PAGE: *keys is a list of whole keys that stays good until
 * the next call; the caller may add units (fs_batch_key on the store's batch,
 * tags below FS_SCAN_TAG), at most two a key. UNIT: *unit as of fs_batch_take.
 */
#define FS_SCAN_TAG	(UINT64_C(1) << 62)
enum fs_scan_event fs_scan_next(struct fs_scan *sc,
    const struct fs_list **keys, const struct fs_unit **unit,
    struct fs_err *err);

const struct fs_scan_state *fs_scan_state(const struct fs_scan *sc);

/*
 * Up to n different ids at random, uniform over the store: see scan.c for how
 * and why. Adds to ids; fewer when there are fewer. False and err when the
 * store could not be asked.
 */
bool fs_scan_pick(struct fs_store *st, struct fs_rng *rng, size_t n,
    struct fs_list *ids, struct fs_err *err);

/* The whole list of ids (sorted, each once), or how many; both by one scan. */
bool fs_scan_ids(struct fs_store *st, const struct fs_scan_options *opt,
    size_t limit, struct fs_list *ids, struct fs_scan_state *state,
    struct fs_err *err);

#endif
