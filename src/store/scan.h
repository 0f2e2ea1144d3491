/*
 * The one way to walk the keyspace: SCAN with MATCH and TYPE hash on all nodes
 * side by side, within a budget. The caller's reads go through the same batch
 * and overlap with the next page, which is asked for before the last one is
 * given out. Where pages take long it backs off, by smaller ones and pauses.
 */
#ifndef FS_STORE_SCAN_H
#define FS_STORE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/list.h"
#include "redis/batch.h"
#include "store/store.h"

struct fs_scan_options {
	const char	*glob;		/* over ids; NULL: all */
	size_t		 page;		/* COUNT; 0: 100. Less where there is a
					   rate or a duty: fs_scan_page() */
	int64_t		 rate;		/* entities a second at most; 0: none.
					   The store has a rate of its own, of
					   keys walked over */
	double		 duty;		/* share of the server's time; 0: all */
	bool		 any_type;	/* also keys that are no hash: they are
					   counted in not_hashes, not given */
	size_t		 seen_max;	/* bytes to tell repeats by; 0: 1 MiB;
					   the last keys, about one in 15
					   bytes, are known by them */
	bool		 no_seen;	/* repeats do not matter */
	bool		 anew;		/* another process is given all of its
					   keys: it may have lost what was
					   done to them */
	bool		 untyped;	/* all keys are given, the caller reads
					   them, and so which are hashes */
	bool		 replicas;	/* they may answer, see addr.h */
	int64_t		 wait_us;	/* at most so long for an answer, then
					   an empty page; 0: until it comes */
};

/* What --gentle asks for: no more of the server's time than this share. */
#define FS_GENTLE_DUTY	0.1

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
	double		progress;	/* 0..1 over all nodes; at the end it is
					   1 if none was lost */
	bool		complete;	/* at the end: no node was lost, no
					   cursor given up, no slot moved or on
					   the move (but a replica may have
					   taken over) */
	bool		approximate;	/* repeats could not all be told: the
					   server goes by no known order */
	struct fs_err	err;		/* why it is not complete */
};

/* How many keys are asked for at a time within a budget: page at most. reads:
 * each of them is read, which is most of the work. */
size_t fs_scan_page(size_t page, int64_t rate, double duty, bool reads);

struct fs_scan *fs_scan_open(struct fs_store *st,
    const struct fs_scan_options *opt);
void fs_scan_close(struct fs_scan *sc);

/*
 * The next thing. PAGE: *keys is a list of whole keys, which may be empty (so
 * that where few keys match, during a pause, and while no answer comes, the
 * caller can tell how far it is, and stop); it stays good until the next call;
 * the caller may add units (fs_batch_key on the store's batch, tags below
 * FS_SCAN_TAG), at most two a key. UNIT: *unit as of fs_batch_take.
 */
#define FS_SCAN_TAG	(UINT64_C(1) << 62)
enum fs_scan_event fs_scan_next(struct fs_scan *sc,
    const struct fs_list **keys, const struct fs_unit **unit,
    struct fs_err *err);
/* No page any more: the caller's units that are in flight, then FAIL. */
void fs_scan_stop(struct fs_scan *sc);

const struct fs_scan_state *fs_scan_state(const struct fs_scan *sc);

/* About how many there are, from those given out and how far it is. */
uint64_t fs_scan_expected(const struct fs_scan *sc);

/*
 * A scan with a rate or a duty pauses between its rounds. This is the monotonic
 * time at which it wants to go on; until then the store is free for other work
 * and fs_scan_next would only sleep. 0: now, or it has units in flight.
 */
int64_t fs_scan_due(struct fs_scan *sc);

/*
 * A cursor of SCAN from its text; and where it stands: buckets are walked in
 * the order of their numbers with all 64 bits reversed.
 */
bool fs_scan_cursor(struct fs_bytes text, uint64_t *cursor,
    struct fs_err *err);
uint64_t fs_scan_position(uint64_t cursor);

#endif
