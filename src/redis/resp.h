/*
 * RESP on the wire: requests formatted straight into a buffer, replies parsed
 * into an arena. hiredis' reader does the parsing and calls our table of
 * functions; what is beyond the limits of reply.h is refused here. (pure)
 */
#ifndef FS_REDIS_RESP_H
#define FS_REDIS_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "redis/reply.h"
#include "redis/verb.h"

/*
 * Memory for the replies of one unit. What is taken from it stays where it is
 * until the reset. Zero-initialise.
 */
struct fs_arena {
	struct fs_arena_block	*block;		/* the newest */
	size_t			 used;		/* of the newest */
	size_t			 total;		/* bytes held, all blocks */
};

/* align is 1 or a power of two up to 16. */
void *fs_arena_take(struct fs_arena *arena, size_t size, size_t align);
void  fs_arena_reset(struct fs_arena *arena);	/* keeps a small block */
void  fs_arena_free(struct fs_arena *arena);

/* Requests: the head of a command, then each of its arguments. */
void fs_resp_head(struct fs_str *out, enum fs_verb verb, size_t nargs);
void fs_resp_arg(struct fs_str *out, struct fs_bytes arg);
void fs_resp_arg_two(struct fs_str *out, struct fs_bytes a,
    struct fs_bytes b);			/* one argument of two parts */
void fs_resp_arg_text(struct fs_str *out, const char *arg);
void fs_resp_arg_i64(struct fs_str *out, int64_t arg);
void fs_resp_arg_u64(struct fs_str *out, uint64_t arg);

/* Where the command that starts at pos ends; commands of our own making. */
size_t fs_resp_skip(struct fs_bytes commands, size_t pos);

/* Replies of one connection, in order. */
struct fs_resp;

struct fs_resp *fs_resp_new(void);
void fs_resp_free(struct fs_resp *rs);

/* What was read. It is not copied: next must have used all of it up (have
 * returned FS_RESP_MORE) before data goes away or more is fed. */
void fs_resp_feed(struct fs_resp *rs, const char *data, size_t len);

enum fs_resp_got {
	FS_RESP_REPLY,		/* a whole one is in *root */
	FS_RESP_MORE,		/* all that was fed is used up */
	FS_RESP_BAD,		/* err says why; the connection is at fault */
};

/*
 * The next reply, into arena and *root. As long as a reply is not whole, call
 * again with the same arena and root.
 */
enum fs_resp_got fs_resp_next(struct fs_resp *rs, struct fs_arena *arena,
    struct fs_reply *root, struct fs_err *err);

/* Whether bytes are left that no reply has used yet. */
bool fs_resp_left(const struct fs_resp *rs);

#endif
