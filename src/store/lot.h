/*
 * Ids of entities, each as likely as any other: see lot.c for how and why.
 * What pick.c is made of.
 *
 * A flight is what is asked together: _ask adds its units to the store's batch,
 * _answer takes each of them, and when none is missing, _end says what it
 * brought.
 */
#ifndef FS_STORE_LOT_H
#define FS_STORE_LOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "model/list.h"
#include "redis/batch.h"
#include "store/store.h"

/* In the tag of its units, with FS_PICK_TAG. */
#define FS_LOT_TAG	(UINT64_C(3) << 60)

enum fs_lot_way {
	FS_LOT_BUCKETS,
	FS_LOT_PAGES,
	FS_LOT_SLOTS,
	FS_LOT_SMALL,		/* all of a small database */
};

struct fs_lot {
	struct fs_store		*st;
	struct fs_rng		*rng;
	struct fs_batch		*batch;
	struct fs_cluster	*cluster;
	struct fs_str		 pattern;
	bool			 replicas;	/* they may answer */
	int64_t			 rate;		/* see fs_lot_budget */
	double			 duty;
	size_t			 page;		/* keys that a flight walks
						   over; 0: any */

	/* What was met, which is the caller's to take out. */
	struct fs_list		 met;		/* ids */
	bool			 met_whole;	/* a sample of all: stays */
	bool			 met_all;	/* it is all there are */
	int64_t			 met_us;

	/* What the database is like. */
	int64_t			*dbsizes;	/* of each node */
	size_t			 nnodes;
	int64_t			 dbsize;	/* -1: not asked yet;
						   INT64_MAX: large, or unknown */
	enum fs_lot_way	 way;
	double			 yield;		/* ids of a probe */
	double			 share;		/* of keys met, to keep */
	unsigned		 bits;		/* of a bucket's number */
	uint64_t		 probed;	/* buckets */
	double			 span;		/* of a page, in its table */
	double			 slots, slot_keys;	/* walked, and found */
	double			 density;	/* entities in a slot */
	double			 planned;	/* density of run and most */
	size_t			 run;		/* slots of a probe */
	size_t			 most;		/* places in a run */

	/* The flight. */
	size_t			 in_flight;	/* units not answered yet */
	uint64_t		 flights;	/* within a budget */
	bool			 measures;	/* it is no work: a round trip */
	size_t			 walked;	/* keys, about */
	size_t			 found;		/* of them ours */

	/* The round. */
	uint64_t		 epoch;		/* of the cluster's map */
	size_t			 answered;	/* probes that were */
	struct fs_err		 err;		/* the first */
	struct fs_probe		*probes;
	size_t			 nprobes, probes_size;
	struct fs_list		 keys;		/* ids that they met */
};

/* Both must outlive it. */
void fs_lot_init(struct fs_lot *lt, struct fs_store *st,
    struct fs_rng *rng);
void fs_lot_free(struct fs_lot *lt);

/* Keep to this, as in scan.h, and to the store's rate: flights are small, and
 * the pauses between them the caller's. Before the first. */
void fs_lot_budget(struct fs_lot *lt, int64_t rate, double duty);

/* Begin a flight that brings about so many ids, or what goes on begins. */
void fs_lot_ask(struct fs_lot *lt, size_t need);
void fs_lot_answer(struct fs_lot *lt, const struct fs_unit *unit);
void fs_lot_end(struct fs_lot *lt);
/* Within a budget: more flights are needed for it to have brought something. */
bool fs_lot_goes_on(const struct fs_lot *lt);
/* The units are not in the batch any more: there was no flight. */
void fs_lot_forget(struct fs_lot *lt);

/* Whether so many ids are had with less work by walking over all. */
bool fs_lot_is_costly(const struct fs_lot *lt, double need);
/* Walk over all, and keep a sample of at least so many. Waits. */
bool fs_lot_scan(struct fs_lot *lt, size_t need, struct fs_err *err);

#endif
