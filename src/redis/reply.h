/*
 * Replies as values in an arena: no malloc a reply, one call empties it, and
 * here is what refuses the too deep, too many and too long. hiredis' reader
 * fills it through its table of functions. (pure but for that)
 */
#ifndef FS_REDIS_REPLY_H
#define FS_REDIS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum fs_reply_type {
	FS_REPLY_NIL,
	FS_REPLY_STATUS,	/* +OK */
	FS_REPLY_ERROR,		/* -ERR ... */
	FS_REPLY_STRING,	/* bulk */
	FS_REPLY_INTEGER,
	FS_REPLY_ARRAY,
};

/* Good until the unit that holds it is taken back (see batch.h). */
struct fs_reply {
	uint32_t	type;
	uint32_t	len;		/* bytes, or elements */
	union {
		int64_t			 integer;
		const char		*text;	/* NUL behind it; NULs in it */
		const struct fs_reply	*item;
	};
};

/* Limits: beyond them the connection is at fault (FS_EPROTO) and is closed. */
#define FS_REPLY_DEPTH		8
#define FS_REPLY_ELEMENTS	(1024 * 1024)
#define FS_REPLY_BULK		(16 * 1024 * 1024)
#define FS_REPLY_LINE		(64 * 1024)
#define FS_REPLY_TOTAL		(64 * 1024 * 1024)	/* of a whole reply */

/*
 * Checked access: each is false with err (FS_EPROTO, "HTTL: expected an array
 * of 5, got an integer") when the reply is not that; an error reply becomes
 * its own code (see fs_reply_error). what is the verb's words.
 */
bool fs_reply_want_integer(const struct fs_reply *reply, const char *what,
    int64_t *out, struct fs_err *err);
bool fs_reply_want_string(const struct fs_reply *reply, const char *what,
    struct fs_bytes *out, struct fs_err *err);
/* nil is not a failure: out->data is NULL then. */
bool fs_reply_want_maybe(const struct fs_reply *reply, const char *what,
    struct fs_bytes *out, struct fs_err *err);
/* count is the exact number of elements wanted; SIZE_MAX: any. */
bool fs_reply_want_array(const struct fs_reply *reply, const char *what,
    size_t count, struct fs_err *err);
bool fs_reply_want_ok(const struct fs_reply *reply, const char *what,
    struct fs_err *err);
/* What TIME says, in microseconds since 1970: at most half of
 * INT64_MAX, so that a sum of two does not overflow. */
bool fs_reply_want_time(const struct fs_reply *reply, int64_t *us,
    struct fs_err *err);

/*
 * The fs_code of an error reply by its first word: NOAUTH, WRONGPASS: EAUTH;
 * NOPERM: EPERM (the message says which right is missing and the ACL rule
 * that gives it); LOADING, BUSY, MASTERDOWN, TRYAGAIN, CLUSTERDOWN: EBUSY;
 * WRONGTYPE: ETYPE; NOPROTO, "unknown command": ETOOOLD; else ESERVER.
 * Always false, with "what: text" as message; for NOPERM "no right: RULE
 * (what)", or what the server said where no rule is known.
 */
bool fs_reply_error(const struct fs_reply *reply, const char *what,
    struct fs_err *err);

/* In the text of a NOPERM, put there by who knows the pattern of our keys,
 * which comes behind it: "fs:user:*". */
#define FS_REPLY_KEYS	"; ours: "

/*
 * The rule that a NOPERM misses: "+info", "~fs:user:*". Appended to out, with a
 * blank before it; nothing for any other reply.
 */
void fs_reply_missed(const struct fs_reply *reply, const char *what,
    struct fs_str *out);

/* Whether it is an error whose first word is this: "OOM". */
bool fs_reply_is_error(const struct fs_reply *reply, const char *word);

#endif
