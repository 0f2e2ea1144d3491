#include "redis/resp.h"

#include <assert.h>
#include <inttypes.h>
#include <stdalign.h>
#include <stdlib.h>

#include <hiredis/read.h>

#include "base/mem.h"
#include "base/num.h"

#define BLOCK_MIN	112		/* and a head: malloc has it */
#define BLOCK_MAX	(64 * 1024)
#define BLOCK_KEPT	4096

/* hiredis moves what is left after each kilobyte of replies: feed it little. */
#define SLICE		(8 * 1024)

/*
 * The arena
 */

struct fs_arena_block {
	struct fs_arena_block	*older;
	size_t			 size;
	alignas(16) char	 data[];
};

static struct fs_arena_block *
block_new(struct fs_arena *arena, size_t size)
{
	struct fs_arena_block *block = fs_xmalloc(sizeof(*block) + size);

	block->older = arena->block;
	block->size = size;
	arena->block = block;
	arena->used = 0;
	arena->total += size;
	return block;
}

void *
fs_arena_take(struct fs_arena *arena, size_t size, size_t align)
{
	struct fs_arena_block	*block = arena->block;
	size_t			 at = (arena->used + align - 1) & ~(align - 1);
	size_t			 room;

	if (block == NULL || at > block->size || size > block->size - at) {
		room = block == NULL ? BLOCK_MIN : 2 * block->size;
		if (room > BLOCK_MAX)
			room = BLOCK_MAX;
		block = block_new(arena, size > room ? size : room);
		at = 0;
	}
	arena->used = at + size;
	return block->data + at;
}

void
fs_arena_free(struct fs_arena *arena)
{
	struct fs_arena_block *block;

	while ((block = arena->block) != NULL) {
		arena->block = block->older;
		free(block);
	}
	*arena = (struct fs_arena){ 0 };
}

/* Several small blocks become one, so that the next reply needs no other. */
void
fs_arena_reset(struct fs_arena *arena)
{
	size_t total = arena->total;

	arena->used = 0;
	if (arena->block == NULL ||
	    (arena->block->older == NULL && total <= BLOCK_KEPT))
		return;
	fs_arena_free(arena);
	block_new(arena, total < BLOCK_KEPT ? total : BLOCK_KEPT);
}

/*
 * Requests
 */

/* mark and number and CR LF; returns what is behind it. */
static char *
put_number(char *at, char mark, uint64_t n)
{
	char	digits[20];
	size_t	len = 0;

	*at++ = mark;
	if (n < 100) {		/* as most lengths are */
		if (n >= 10)
			*at++ = (char)('0' + n / 10);
		*at++ = (char)('0' + n % 10);
	} else {
		for (; n != 0; n /= 10)
			digits[len++] = (char)('0' + n % 10);
		while (len > 0)
			*at++ = digits[--len];
	}
	*at++ = '\r';
	*at++ = '\n';
	return at;
}

static char *
put_bytes(char *at, struct fs_bytes bytes)
{
	if (bytes.len != 0)
		memcpy(at, bytes.data, bytes.len);
	return at + bytes.len;
}

#define NUMBER_ROOM	23

/* Room for that many bytes and a NUL; close() when they are there. */
static char *
open_room(struct fs_str *out, size_t size)
{
	if (size >= out->size - out->len)
		fs_str_room(out, size);
	return out->data + out->len;
}

static void
close_room(struct fs_str *out, char *end)
{
	*end = '\0';
	out->len = (size_t)(end - out->data);
}

void
fs_resp_head(struct fs_str *out, enum fs_verb verb, size_t nargs)
{
	const char	*words = fs_verb_words(verb), *space;
	struct fs_bytes	 word = fs_bytes_of(words);
	char		*at;

	at = open_room(out, NUMBER_ROOM);
	at = put_number(at, '*', fs_verb_nwords(verb) + nargs);
	close_room(out, at);
	space = memchr(word.data, ' ', word.len);
	if (space != NULL) {
		word.len = (size_t)(space - words);
		fs_resp_arg(out, word);
		word = fs_bytes_of(space + 1);
	}
	fs_resp_arg(out, word);
}

void
fs_resp_arg_two(struct fs_str *out, struct fs_bytes a, struct fs_bytes b)
{
	char *at = open_room(out, NUMBER_ROOM + a.len + b.len + 2);

	at = put_number(at, '$', a.len + b.len);
	at = put_bytes(at, a);
	at = put_bytes(at, b);
	*at++ = '\r';
	*at++ = '\n';
	close_room(out, at);
}

void
fs_resp_arg(struct fs_str *out, struct fs_bytes arg)
{
	fs_resp_arg_two(out, arg, fs_bytes(NULL, 0));
}

void
fs_resp_arg_text(struct fs_str *out, const char *arg)
{
	fs_resp_arg(out, fs_bytes_of(arg));
}

static void
arg_number(struct fs_str *out, bool minus, uint64_t n)
{
	char	 text[24];
	char	*end = put_number(text, '-', n);

	/* Without the line end, and without the sign if there is none. */
	fs_resp_arg(out, fs_bytes(text + !minus,
	    (size_t)(end - text) - 2 - !minus));
}

void
fs_resp_arg_i64(struct fs_str *out, int64_t arg)
{
	arg_number(out, arg < 0, arg < 0 ? -(uint64_t)arg : (uint64_t)arg);
}

void
fs_resp_arg_u64(struct fs_str *out, uint64_t arg)
{
	arg_number(out, false, arg);
}

/* The number behind the mark at pos; pos goes behind its line end. */
static size_t
skip_number(struct fs_bytes text, size_t *pos)
{
	size_t n = 0;

	for ((*pos)++; text.data[*pos] != '\r'; (*pos)++)
		n = n * 10 + (size_t)(text.data[*pos] - '0');
	*pos += 2;
	return n;
}

size_t
fs_resp_skip(struct fs_bytes commands, size_t pos)
{
	size_t nargs = skip_number(commands, &pos);

	while (nargs-- > 0)
		pos += skip_number(commands, &pos) + 2;
	return pos;
}

/*
 * Replies
 */

struct fs_resp {
	redisReader	*reader;
	const char	*in;		/* fed, not yet in the reader */
	size_t		 in_len;
	struct fs_arena	*arena;
	struct fs_reply	*root;
	size_t		 elements;	/* of the reply being built */
	size_t		 bytes;
	const char	*refused;	/* why one of our functions said no */
};

/* Where the reply of this task goes. */
static struct fs_reply *
place_of(const redisReadTask *task)
{
	struct fs_resp *rs = task->privdata;
	struct fs_reply *array;

	if (task->parent == NULL) {
		rs->elements = 0;
		rs->bytes = 0;
		return rs->root;
	}
	array = task->parent->obj;
	return (struct fs_reply *)(uintptr_t)&array->item[task->idx];
}

static void *
refuse(const redisReadTask *task, const char *why)
{
	struct fs_resp *rs = task->privdata;

	rs->refused = why;
	return NULL;
}

static const char resp3[] = "an answer of a protocol that was not asked for";

static void *
create_string(const redisReadTask *task, char *text, size_t len)
{
	struct fs_resp	*rs = task->privdata;
	struct fs_reply	*reply = place_of(task);
	size_t		 limit = FS_REPLY_LINE;
	char		*copy;

	switch (task->type) {
	case REDIS_REPLY_STRING:
		reply->type = FS_REPLY_STRING;
		limit = FS_REPLY_BULK;
		if (text[len] != '\r' || text[len + 1] != '\n')
			return refuse(task, "a string without its line end");
		break;
	case REDIS_REPLY_STATUS:
		reply->type = FS_REPLY_STATUS;
		break;
	case REDIS_REPLY_ERROR:
		reply->type = FS_REPLY_ERROR;
		break;
	default:
		return refuse(task, resp3);
	}
	rs->bytes += len;
	if (len > limit || rs->bytes > FS_REPLY_TOTAL)
		return refuse(task, "an answer that is too long");
	copy = fs_arena_take(rs->arena, len + 1, 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	reply->len = (uint32_t)len;
	reply->text = copy;
	return reply;
}

static void *
create_array(const redisReadTask *task, size_t count)
{
	struct fs_resp	*rs = task->privdata;
	struct fs_reply	*reply = place_of(task), *items;
	int		 depth = 1;

	if (task->type != REDIS_REPLY_ARRAY)
		return refuse(task, resp3);
	for (const redisReadTask *t = task->parent; t != NULL; t = t->parent)
		depth++;
	if (depth > FS_REPLY_DEPTH)
		return refuse(task, "an answer that is nested too deeply");
	rs->elements += count;
	if (count > FS_REPLY_ELEMENTS || rs->elements > FS_REPLY_ELEMENTS)
		return refuse(task, "an answer of too many elements");
	items = fs_arena_take(rs->arena, count * sizeof(*items),
	    alignof(struct fs_reply));
	memset(items, 0, count * sizeof(*items));
	reply->type = FS_REPLY_ARRAY;
	reply->len = (uint32_t)count;
	reply->item = items;
	return reply;
}

static void *
create_integer(const redisReadTask *task, long long value)
{
	struct fs_reply *reply = place_of(task);

	reply->type = FS_REPLY_INTEGER;
	reply->len = 0;
	reply->integer = value;
	return reply;
}

static void *
create_double(const redisReadTask *task, double value, char *text, size_t len)
{
	(void)value;
	(void)text;
	(void)len;
	return refuse(task, resp3);
}

static void *
create_nil(const redisReadTask *task)
{
	struct fs_reply *reply = place_of(task);

	if (task->type != REDIS_REPLY_STRING && task->type != REDIS_REPLY_ARRAY)
		return refuse(task, resp3);
	reply->type = FS_REPLY_NIL;
	reply->len = 0;
	reply->text = NULL;
	return reply;
}

static void *
create_bool(const redisReadTask *task, int value)
{
	(void)value;
	return refuse(task, resp3);
}

/* The arena frees. */
static void
free_object(void *object)
{
	(void)object;
}

static redisReplyObjectFunctions functions = {
	.createString = create_string,
	.createArray = create_array,
	.createInteger = create_integer,
	.createDouble = create_double,
	.createNil = create_nil,
	.createBool = create_bool,
	.freeObject = free_object,
};

struct fs_resp *
fs_resp_new(void)
{
	struct fs_resp *rs = fs_xcalloc(1, sizeof(*rs));

	rs->reader = redisReaderCreateWithFunctions(&functions);
	if (rs->reader == NULL)
		fs_mem_die();
	rs->reader->privdata = rs;
	rs->reader->maxelements = FS_REPLY_ELEMENTS;
	rs->reader->maxbuf = 4 * SLICE;
	return rs;
}

void
fs_resp_free(struct fs_resp *rs)
{
	if (rs == NULL)
		return;
	redisReaderFree(rs->reader);
	free(rs);
}

void
fs_resp_feed(struct fs_resp *rs, const char *data, size_t len)
{
	assert(rs->in_len == 0);
	rs->in = data;
	rs->in_len = len;
}

bool
fs_resp_left(const struct fs_resp *rs)
{
	return rs->in_len != 0 || rs->reader->len != rs->reader->pos;
}

/*
 * Between two replies only these can come. Said here, and not by hiredis, as
 * the first bytes tell what is at the other end.
 */
static bool
first_byte(struct fs_resp *rs, struct fs_err *err)
{
	const redisReader	*r = rs->reader;
	size_t			 shown;

	if (r->ridx > 0 || (r->ridx == 0 && r->task[0]->type >= 0) ||
	    r->pos != r->len || rs->in_len == 0 ||
	    memchr("+-:$*", rs->in[0], 5) != NULL)
		return true;
	if (rs->in_len >= 2 && memcmp(rs->in, "\x15\x03", 2) == 0)
		return fs_fail(err, FS_EPROTO,
		    "the port speaks TLS: use rediss:// or --tls");
	if (memchr("%~>,#_(=|", rs->in[0], 9) != NULL)
		return fs_fail(err, FS_EPROTO, "%s", resp3);
	shown = rs->in_len < 40 ? rs->in_len : 40;
	return fs_fail(err, FS_EPROTO, "not an answer of Redis: %.*s",
	    (int)shown, rs->in);
}

/* The reader waits for more of the element at its cursor: is it worth it? */
static const char *
not_worth_it(const redisReader *r)
{
	const char	*text = r->buf + r->pos, *end;
	size_t		 len = r->len - r->pos;
	int64_t		 n;

	if (r->ridx < 0 || r->task[r->ridx]->type < 0)
		return NULL;
	if (r->task[r->ridx]->type != REDIS_REPLY_STRING)
		return len > FS_REPLY_LINE ? "a line that is too long" : NULL;
	end = len != 0 ? memchr(text, '\r', len) : NULL;
	if ((end != NULL ? (size_t)(end - text) : len) > 32)
		return "a length that is too long";
	if (end == NULL)
		return NULL;
	/* The reader looks for its line end, however far that is. */
	if (end + 1 < text + len && end[1] != '\n')
		return "a length without its line end";
	if (!fs_num_i64(fs_bytes(text, (size_t)(end - text)), -1,
	    FS_REPLY_BULK, &n))
		return "a string that is too long";
	return NULL;
}

static enum fs_resp_got
bad(const struct fs_resp *rs, struct fs_err *err)
{
	if (rs->refused != NULL)
		fs_fail(err, FS_EPROTO, "%s", rs->refused);
	else if (rs->reader->err == REDIS_ERR_OOM)
		fs_mem_die();
	else
		fs_fail(err, FS_EPROTO, "%s", rs->reader->errstr);
	return FS_RESP_BAD;
}

enum fs_resp_got
fs_resp_next(struct fs_resp *rs, struct fs_arena *arena, struct fs_reply *root,
    struct fs_err *err)
{
	void		*got;
	const char	*why;
	size_t		 slice;

	rs->arena = arena;
	rs->root = root;
	for (;;) {
		if (redisReaderGetReply(rs->reader, &got) != REDIS_OK)
			return bad(rs, err);
		if (got != NULL)
			return FS_RESP_REPLY;
		if ((why = not_worth_it(rs->reader)) != NULL) {
			fs_fail(err, FS_EPROTO, "%s", why);
			return FS_RESP_BAD;
		}
		if (rs->in_len == 0)
			return FS_RESP_MORE;
		if (!first_byte(rs, err))
			return FS_RESP_BAD;
		slice = rs->in_len < SLICE ? rs->in_len : SLICE;
		if (redisReaderFeed(rs->reader, rs->in, slice) != REDIS_OK)
			return bad(rs, err);
		rs->in += slice;
		rs->in_len -= slice;
	}
}
