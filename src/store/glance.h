/*
 * What an entity holds, without its values: the deadlines of the schema's
 * features and of the key, and the names that the schema does not know. For
 * whoever walks the store by fs_scan or feeds the store's batch otherwise.
 *
 *	fs_glance_ask(gl, key)			one unit
 *	fs_glance_take(gl, unit, &seen, err)	of each of its units
 */
#ifndef FS_STORE_GLANCE_H
#define FS_STORE_GLANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "redis/batch.h"
#include "store/store.h"

/* Fields of a hash whose names are asked for, to find the unknown ones. */
#define FS_GLANCE_FIELDS	1000

enum fs_glance_kind {
	FS_GLANCE_ENTITY,
	FS_GLANCE_NOT_HASH,
	FS_GLANCE_GONE,		/* not there any more */
	FS_GLANCE_LATER,	/* more was asked for; there comes another unit */
};

struct fs_seen_entity {
	enum fs_glance_kind	 kind;
	struct fs_bytes		 key, id;
	const int64_t		*field_deadline_ms;	/* schema order */
	int64_t			 key_deadline_ms, server_ms;
	uint64_t		 hlen;		/* fields that are there */
	const struct fs_bytes	*unknown;	/* names */
	size_t			 nunknown;
	bool			 many;		/* too many: hlen, not names */
};

struct fs_glance;

/* replicas: they may be asked, where the target allows it. */
struct fs_glance *fs_glance_open(struct fs_store *st, bool replicas);
void fs_glance_close(struct fs_glance *gl);	/* NULL is a no-op */

/* Units of a glance have this bit in their tag. */
#define FS_GLANCE_TAG	(UINT64_C(1) << 60)

/* Forget the clocks of the servers, so that the next reads ask for the time. */
void fs_glance_page(struct fs_glance *gl);
void fs_glance_ask(struct fs_glance *gl, struct fs_bytes key);

/*
 * What a unit says, good until the next call. False: this one could not be
 * read; when err is no passing one, the others cannot be either.
 */
bool fs_glance_take(struct fs_glance *gl, const struct fs_unit *unit,
    struct fs_seen_entity *seen, struct fs_err *err);

#endif
