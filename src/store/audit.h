/*
 * How fresh the whole store is: one scan over all entities on all nodes, or a
 * uniform sample, reading deadlines and no values. Memory does not grow with
 * the number of entities. Used like fs_reset: open, next until false, report.
 */
#ifndef FS_STORE_AUDIT_H
#define FS_STORE_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "model/audit.h"
#include "store/store.h"

struct fs_audit_options {
	uint64_t	 sample;	/* entities, drawn uniformly; 0: all */
	int64_t		 rate;		/* entities a second at most; 0: none.
					   To draw a sample ten keys may be
					   walked over for each of them */
	bool		 gentle;	/* a tenth of the server's time */
	size_t		 examples;	/* ids of a kind, see fs_tally_new */
	struct fs_rng	*rng;		/* for a sample; outlives the audit */
};

struct fs_audit;

struct fs_audit *fs_audit_open(struct fs_store *st,
    const struct fs_audit_options *opt);

/*
 * One page more. False at the end (err->code is FS_OK) or when it failed or
 * was cancelled; the report then holds what was read and is not complete.
 */
bool fs_audit_next(struct fs_audit *au, struct fs_err *err);

/* Entities read so far, and expected in all (0: not known). */
void fs_audit_progress(const struct fs_audit *au, uint64_t *done,
    uint64_t *total);

/* How much of the store has been walked over, 0 to 1, while a sample is drawn
 * of it; else -1. */
double fs_audit_drawn(const struct fs_audit *au);

/* What has been found until now: a new value, the caller's to free. */
struct fs_audit_report *fs_audit_report(const struct fs_audit *au);
void fs_audit_close(struct fs_audit *au);	/* NULL is a no-op */

/*
 * The pure part, which the driver feeds: one entity's deadlines as
 * HPEXPIRETIME and PEXPIRETIME say them (model/entity.h), the server's time,
 * and how many fields the hash has in all.
 */
struct fs_tally;
/*
 * examples: so many ids at most are kept for each kind of violation, and of
 * each feature for each of its kinds; 0: FS_EXAMPLES. Those beyond FS_EXAMPLES
 * are kept as long as they need no more than FS_EXAMPLES_BYTES, all together.
 */
#define FS_EXAMPLES_BYTES	(8 * 1024 * 1024)
struct fs_tally *fs_tally_new(const struct fs_schema *schema,
    size_t examples);
void fs_tally_free(struct fs_tally *tally);
void fs_tally_entity(struct fs_tally *tally, struct fs_bytes id,
    int64_t key_deadline_ms, const int64_t *field_deadline_ms,
    uint64_t hlen, int64_t server_ms);
void fs_tally_not_hash(struct fs_tally *tally, struct fs_bytes id);
void fs_tally_unknown(struct fs_tally *tally, struct fs_bytes name);
/* population 0: all were read; else shares and what is estimated by them get
 * 95 % intervals (Wilson). */
struct fs_audit_report *fs_tally_report(const struct fs_tally *tally,
    uint64_t population);

#endif
