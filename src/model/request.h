/* What is asked of the store, and its answer. Plain values, one owner. */
#ifndef FS_MODEL_REQUEST_H
#define FS_MODEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "model/audit.h"
#include "model/entity.h"
#include "model/list.h"
#include "model/server.h"

enum fs_op {
	FS_OP_STATE,
	FS_OP_ENTITIES,
	FS_OP_READ,
	FS_OP_BATCH_READ,
	FS_OP_INSPECT,
	FS_OP_WATCH,
	FS_OP_LOAD,
	FS_OP_STREAM,
	FS_OP_SET,
	FS_OP_DELETE,
	FS_OP_RESET,
	FS_OP_AUDIT,
	FS_OP_DRILL,
	FS_OP_REPAIR,
	FS_OP_INFER,		/* a schema from what is there */
	FS_OP_COUNT
};

enum fs_format {
	FS_FORMAT_AUTO,		/* by the file's name; NDJSON on stdin */
	FS_FORMAT_CSV,
	FS_FORMAT_NDJSON,
};

/*
 * One request. Made by app/command, owned by whoever holds it. Members that an
 * operation does not name are zero.
 */
struct fs_request {
	uint64_t	 id;		/* set by the session */
	enum fs_op	 op;
	bool		 may_write;	/* set by app/guard alone */
	struct fs_list	 entities;	/* read, inspect, watch, set, delete,
					   batch-read; empty: by count */
	struct fs_list	 features;	/* read, batch-read, set: names */
	struct fs_list	 values;	/* set: one for each of features */
	int64_t		 count;		/* load: entities (-1: from the file);
					   batch-read: at random; entities: at
					   most; audit, infer: sample; 0: all */
	uint64_t	 seed;		/* load */
	int64_t		 ttl_ms;	/* load: 0 as configured */
	int64_t		 for_ms;	/* watch, stream, drill; 0: no end */
	int64_t		 ticks;		/* stream: 0 no end */
	int64_t		 retry_ms;	/* stream: how long a server may be gone */
	int64_t		 rate;		/* entities a second at most; 0: none */
	size_t		 examples;	/* audit: ids of a kind; 0: as few as
					   FS_EXAMPLES */
	bool		 gentle;	/* a tenth of the server's time */
	bool		 by_itself;	/* nobody asked: it makes way for others */
	bool		 rows;		/* batch-read: every row as a part */
	bool		 dry_run;	/* reset, repair: count only */
	bool		 delete_orphans; /* repair */
	bool		 strict;	/* load, stream: stop at the first bad row */
	char		*match;		/* entities: a glob over ids; NULL: all */
	char		*from;		/* load, stream, batch-read: path, "-" */
	enum fs_format	 format;
	char		*id_column;
};

struct fs_request *fs_request_new(enum fs_op op);
void fs_request_free(struct fs_request *request);

enum fs_answer_kind {
	FS_ANSWER_PROGRESS,	/* how far it is; may be dropped for a newer */
	FS_ANSWER_PART,		/* entities, ids, events, bad rows: in order */
	FS_ANSWER_DONE,		/* the last one: totals, and err if it failed */
};

#define FS_NO_OFFSET	UINT64_MAX

/* A row that was not taken, and why; or not written, without its offset. */
struct fs_bad_row {
	uint64_t	line, offset;
	char		why[200];
};

struct fs_watch_event {
	int64_t		at_wall_us;
	char		*entity, *field;
	size_t		 entity_len, field_len;
	enum { FS_WATCH_SET, FS_WATCH_EXPIRED, FS_WATCH_RENEWED,
	    FS_WATCH_GONE } event;
};

/*
 * Totals of a request; what an operation does not have is zero. elapsed_us is
 * the time in the store, measured by the worker.
 */
struct fs_answer {
	uint64_t		 id;
	enum fs_op		 op;
	enum fs_answer_kind	 kind;
	struct fs_err		 err;
	int64_t			 elapsed_us;
	int64_t			 at_mono_us;

	uint64_t		 done;		/* entities done so far / in all */
	uint64_t		 total;		/* expected; 0: not known */
	double			 walked;	/* audit: share of the store, while
						   its sample is drawn; else 0 */
	uint64_t		 fields;	/* written or returned */
	uint64_t		 rejected;	/* bad rows */
	uint64_t		 failed;	/* refused by the server, unknown */
	uint64_t		 renewed_stale;	/* HSET refused, EXPIRE accepted */
	uint64_t		 missing;	/* batch-read: entities not there;
						   delete: ids that were not */
	uint64_t		 asked;		/* batch-read: entities */
	uint64_t		 field_count;	/* batch-read: names asked */
	uint64_t		 not_hashes;
	bool			 dry_run;	/* as asked: nothing was done */
	bool			 by_itself;	/* nobody asked */
	uint64_t		 repaired, deleted, keys_without_ttl, leaks, orphans;
	int64_t			 ttl_ms;
	bool			 complete;	/* scans: nothing left out */
	bool			 approximate;	/* "~": repeats could not be told */

	struct fs_list		 ids;		/* entities; done: found at random */
	struct fs_entity	**entities;	/* read, inspect, batch rows */
	size_t			 nentities;
	struct fs_list		 unknown;	/* set: not in the schema */
	bool			 alone;		/* set: nothing else is there */
	uint64_t		*found;		/* batch-read: a count for each
						   feature asked */
	struct fs_bad_row	*bad;
	size_t			 nbad;
	struct fs_watch_event	*events;
	size_t			 nevents;
	struct fs_server	*server;	/* state */
	struct fs_audit_report	*audit;
	struct fs_drill_report	*drill;
	struct fs_schema	*schema;	/* infer */
};

struct fs_answer *fs_answer_new(const struct fs_request *request,
    enum fs_answer_kind kind);
void fs_answer_free(struct fs_answer *answer);

const char *fs_op_name(enum fs_op op);		/* "bulk-load", ... */
bool fs_op_writes(enum fs_op op);

#endif
