/* What deletes and mends. Counts before it acts; acknowledged or not done. */
#ifndef FS_STORE_REPAIR_H
#define FS_STORE_REPAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/list.h"
#include "store/store.h"

/* Keys whose UNLINK is in flight at a time. */
#define FS_UNLINK_BATCH	500

struct fs_repair_options {
	bool		dry_run;	/* counts only */
	bool		delete_orphans;	/* repair */
	int64_t		rate;		/* entities a second at most; 0: none */
	bool		gentle;		/* a tenth of the server's time */
};

struct fs_repair_count {
	uint64_t	seen;		/* entities walked over */
	uint64_t	expected;	/* at the end: how many there are, which
					   may be more when it is not complete */
	uint64_t	found;		/* to be deleted or mended */
	uint64_t	deleted, repaired, missing, not_hashes;
	uint64_t	leaks, keys_without_ttl, orphans;
	bool		complete;
	double		progress;
};

/*
 * UNLINK these entities, which outlive it; ids that are not there are counted
 * as missing, keys that are no hash are left alone and counted. step() style:
 * begin, then call next until it returns false, so that a worker can publish
 * progress and stop it. All are tried: at the end err is FS_OK, or the first
 * error.
 */
struct fs_delete;
struct fs_delete *fs_delete_open(struct fs_store *st,
    const struct fs_list *ids);
bool fs_delete_next(struct fs_delete *dl, struct fs_err *err);
/* No more of them: next waits for what is in flight and ends with FS_ECANCEL,
 * unless that was all. */
void fs_delete_stop(struct fs_delete *dl);
const struct fs_repair_count *fs_delete_count(const struct fs_delete *dl);
void fs_delete_close(struct fs_delete *dl);

/*
 * All entities under the prefix, by one scan, UNLINK in batches of 500; never
 * a key that is no hash. Used like delete: next is a page, and at the end err
 * is FS_OK, or why it is not complete.
 */
struct fs_reset;
struct fs_reset *fs_reset_open(struct fs_store *st,
    const struct fs_repair_options *opt);
bool fs_reset_next(struct fs_reset *rs, struct fs_err *err);
/* Nothing more, not even what was found by the last call of next, which waits
 * for what is in flight and ends with FS_ECANCEL. */
void fs_reset_stop(struct fs_reset *rs);
const struct fs_repair_count *fs_reset_count(const struct fs_reset *rs);
void fs_reset_close(struct fs_reset *rs);

/*
 * Leaks get their TTL (HPEXPIRE NX), keys without TTL the batch TTL
 * (PEXPIRE NX); orphans are counted and the first of them listed, and deleted
 * when asked. Used like reset.
 */
#define FS_ORPHANS_LISTED	1000
struct fs_repair;
struct fs_repair *fs_repair_open(struct fs_store *st,
    const struct fs_repair_options *opt);
bool fs_repair_next(struct fs_repair *rp, struct fs_err *err);
void fs_repair_stop(struct fs_repair *rp);
/* The ids of the first orphans; as long as rp. */
const struct fs_list *fs_repair_orphans(const struct fs_repair *rp);
const struct fs_repair_count *fs_repair_count(const struct fs_repair *rp);
void fs_repair_close(struct fs_repair *rp);

#endif
