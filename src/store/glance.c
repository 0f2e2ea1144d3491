#include "store/glance.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/entity.h"
#include "redis/resp.h"
#include "store/key.h"
#include "store/node_clock.h"

/* The replies to a unit, in this order; the last is not in each. */
#define FIELDS	0
#define KEY	1
#define HLEN	2
#define TIME	3

/* A key whose answer is on its way. */
struct pending {
	struct fs_str	 key;
	size_t		 next;		/* of the free ones; SIZE_MAX: none */
	bool		 time;		/* its unit ends with TIME */
	bool		 names;		/* its names are asked for */
	int64_t		*deadline_ms;	/* of its fields, meanwhile; or NULL */
	int64_t		 key_deadline_ms, server_ms;
};

struct fs_glance {
	struct fs_store		*st;
	struct fs_batch		*batch;
	const struct fs_schema	*schema;
	bool			 replicas;	/* may answer */
	bool			 need_time;
	struct pending		*pending;
	size_t			 npending, size;
	size_t			 free;		/* the first; SIZE_MAX: none */
	struct fs_str		 fields_arg;	/* as RESP: FIELDS, n, names */
	struct fs_node_clocks	 clocks;
	struct fs_str		 key;		/* of the last that was taken */
	int64_t			*deadline_ms;	/* likewise */
	struct fs_bytes		 unknown[FS_GLANCE_FIELDS];
};

static void
init_args(struct fs_glance *gl)
{
	const struct fs_schema *schema = gl->schema;

	fs_resp_arg_text(&gl->fields_arg, "FIELDS");
	fs_resp_arg_u64(&gl->fields_arg, schema->nfeatures);
	for (size_t i = 0; i < schema->nfeatures; i++)
		fs_resp_arg_text(&gl->fields_arg, schema->features[i].name);
}

struct fs_glance *
fs_glance_open(struct fs_store *st, bool replicas)
{
	struct fs_glance *gl = fs_xcalloc(1, sizeof(*gl));

	gl->st = st;
	gl->batch = fs_store_batch(st);
	gl->schema = fs_store_schema(st);
	gl->replicas = replicas;
	gl->need_time = true;
	gl->free = SIZE_MAX;
	gl->deadline_ms = fs_xcalloc(gl->schema->nfeatures,
	    sizeof(*gl->deadline_ms));
	init_args(gl);
	return gl;
}

void
fs_glance_close(struct fs_glance *gl)
{
	if (gl == NULL)
		return;
	for (size_t i = 0; i < gl->npending; i++) {
		fs_str_free(&gl->pending[i].key);
		free(gl->pending[i].deadline_ms);
	}
	free(gl->pending);
	fs_node_clocks_free(&gl->clocks);
	fs_str_free(&gl->fields_arg);
	free(gl->deadline_ms);
	fs_str_free(&gl->key);
	free(gl);
}

/*
 * Keys on their way
 */

static size_t
new_pending(struct fs_glance *gl)
{
	size_t i = gl->free;

	if (i != SIZE_MAX) {
		gl->free = gl->pending[i].next;
		return i;
	}
	if (gl->npending == gl->size) {
		gl->size = gl->size * 2 + 64;
		gl->pending = fs_xreallocarray(gl->pending, gl->size,
		    sizeof(*gl->pending));
	}
	gl->pending[gl->npending] = (struct pending){ 0 };
	return gl->npending++;
}

/* Its key becomes the glance's, and its memory stays for the next one. */
static void
drop_pending(struct fs_glance *gl, struct pending *pd)
{
	struct fs_str key = gl->key;

	gl->key = pd->key;
	pd->key = key;
	pd->next = gl->free;
	gl->free = (size_t)(pd - gl->pending);
}

/*
 * Asking
 */

void
fs_glance_page(struct fs_glance *gl)
{
	gl->need_time = true;
}

static void
open_unit(struct fs_glance *gl, size_t i)
{
	fs_batch_key(gl->batch, FS_GLANCE_TAG | i,
	    fs_str_bytes(&gl->pending[i].key));
	if (gl->replicas)
		fs_batch_replica(gl->batch);
}

static void
ask_one(struct fs_glance *gl, enum fs_verb verb, struct fs_bytes key)
{
	fs_batch_cmd(gl->batch, verb, 1);
	fs_batch_arg(gl->batch, key);
}

static void
ask_fields(struct fs_glance *gl, struct fs_bytes key)
{
	size_t n = gl->schema->nfeatures;

	fs_batch_cmd(gl->batch, FS_VERB_HPEXPIRETIME, 3 + n);
	fs_batch_arg(gl->batch, key);
	fs_batch_args(gl->batch, 2 + n, fs_str_bytes(&gl->fields_arg));
}

void
fs_glance_ask(struct fs_glance *gl, struct fs_bytes key)
{
	size_t		 i = new_pending(gl);
	struct pending	*pd = &gl->pending[i];

	fs_str_clear(&pd->key);
	fs_str_add_bytes(&pd->key, key);
	pd->names = false;
	pd->time = gl->need_time;
	gl->need_time = false;
	open_unit(gl, i);
	ask_fields(gl, key);
	ask_one(gl, FS_VERB_PEXPIRETIME, key);
	ask_one(gl, FS_VERB_HLEN, key);
	if (pd->time)
		fs_batch_cmd(gl->batch, FS_VERB_TIME, 0);
	fs_batch_end(gl->batch);
}

/* There is more in the hash than the schema knows: what? */
static void
ask_names(struct fs_glance *gl, size_t i, const struct fs_seen_entity *seen)
{
	struct pending	*pd = &gl->pending[i];
	size_t		 n = gl->schema->nfeatures;

	pd->names = true;
	if (pd->deadline_ms == NULL)
		pd->deadline_ms = fs_xcalloc(n, sizeof(*pd->deadline_ms));
	memcpy(pd->deadline_ms, gl->deadline_ms,
	    n * sizeof(*pd->deadline_ms));
	pd->key_deadline_ms = seen->key_deadline_ms;
	pd->server_ms = seen->server_ms;
	open_unit(gl, i);
	ask_one(gl, FS_VERB_HKEYS, fs_str_bytes(&pd->key));
	fs_batch_end(gl->batch);
}

/*
 * Answers
 */

static bool
take_fields(struct fs_glance *gl, const struct fs_reply *reply,
    uint64_t *present, struct fs_err *err)
{
	size_t n = gl->schema->nfeatures;

	*present = 0;
	/* A key that has gone may also be answered by nil. */
	if (reply->type == FS_REPLY_NIL) {
		for (size_t i = 0; i < n; i++)
			gl->deadline_ms[i] = FS_NOT_THERE;
		return true;
	}
	if (!fs_reply_want_array(reply, "HPEXPIRETIME", n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!fs_reply_want_integer(&reply->item[i], "HPEXPIRETIME",
		    &gl->deadline_ms[i], err))
			return false;
		*present += gl->deadline_ms[i] >= FS_NO_TTL;
	}
	return true;
}

static bool
is_wrong_type(const struct fs_reply *reply)
{
	return fs_reply_is_error(reply, "WRONGTYPE");
}

static bool
take_numbers(const struct fs_unit *unit, struct fs_seen_entity *seen,
    struct fs_err *err)
{
	int64_t hlen;

	if (!fs_reply_want_integer(&unit->reply[KEY], "PEXPIRETIME",
	    &seen->key_deadline_ms, err) ||
	    !fs_reply_want_integer(&unit->reply[HLEN], "HLEN", &hlen, err))
		return false;
	seen->hlen = hlen > 0 ? (uint64_t)hlen : 0;
	return true;
}

static bool
take_first(struct fs_glance *gl, size_t i, const struct fs_unit *unit,
    struct fs_seen_entity *seen, struct fs_err *err)
{
	bool		time = gl->pending[i].time;
	uint64_t	present;

	if (unit->nreplies != (time ? TIME + 1U : TIME))
		return fs_fail(err, FS_EPROTO, "%zu replies", unit->nreplies);
	/* The clock first: it is good for others even when this one is not. */
	if (time && !fs_node_clocks_take(&gl->clocks, unit,
	    &unit->reply[TIME], err))
		return false;
	if (is_wrong_type(&unit->reply[FIELDS])) {
		seen->kind = FS_GLANCE_NOT_HASH;
		return true;
	}
	if (!take_fields(gl, &unit->reply[FIELDS], &present, err) ||
	    !take_numbers(unit, seen, err))
		return false;
	seen->server_ms = fs_node_clocks_date(&gl->clocks, unit);
	if (seen->key_deadline_ms == FS_NOT_THERE) {
		seen->kind = FS_GLANCE_GONE;
	} else if (seen->hlen > present && seen->hlen <= FS_GLANCE_FIELDS) {
		seen->kind = FS_GLANCE_LATER;
		ask_names(gl, i, seen);
	}
	seen->many = seen->hlen > FS_GLANCE_FIELDS;
	return true;
}

/*
 * HLEN counts fields that have expired and are not cleared away yet, HKEYS does
 * not: when there is none, there is no entity any more.
 */
static bool
take_names(struct fs_glance *gl, const struct pending *pd,
    const struct fs_unit *unit, struct fs_seen_entity *seen,
    struct fs_err *err)
{
	const struct fs_reply	*reply;
	size_t			 n = gl->schema->nfeatures;
	struct fs_bytes		 name;

	if (unit->nreplies != 1)
		return fs_fail(err, FS_EPROTO, "%zu replies", unit->nreplies);
	memcpy(gl->deadline_ms, pd->deadline_ms,
	    n * sizeof(*gl->deadline_ms));
	seen->key_deadline_ms = pd->key_deadline_ms;
	seen->server_ms = pd->server_ms;
	for (size_t i = 0; i < n; i++)
		seen->hlen += gl->deadline_ms[i] >= FS_NO_TTL;
	reply = &unit->reply[0];
	if (!is_wrong_type(reply) &&
	    !fs_reply_want_array(reply, "HKEYS", SIZE_MAX, err))
		return false;
	for (size_t i = 0; reply->type == FS_REPLY_ARRAY && i < reply->len &&
	    seen->nunknown < FS_GLANCE_FIELDS; i++) {
		if (!fs_reply_want_string(&reply->item[i], "HKEYS", &name,
		    err))
			return false;
		if (fs_schema_find(gl->schema, name) == -1)
			gl->unknown[seen->nunknown++] = name;
	}
	seen->hlen += seen->nunknown;
	if (seen->hlen == 0)
		seen->kind = FS_GLANCE_GONE;
	return true;
}

bool
fs_glance_take(struct fs_glance *gl, const struct fs_unit *unit,
    struct fs_seen_entity *seen, struct fs_err *err)
{
	size_t		 i = (size_t)(unit->tag & ~FS_GLANCE_TAG);
	struct pending	*pd = &gl->pending[i];
	bool		 ok;

	*seen = (struct fs_seen_entity){ .kind = FS_GLANCE_ENTITY,
	    .field_deadline_ms = gl->deadline_ms, .unknown = gl->unknown };
	if (unit->err.code != FS_OK) {
		*err = unit->err;
		ok = false;
	} else if (pd->names) {
		ok = take_names(gl, pd, unit, seen, err);
	} else {
		ok = take_first(gl, i, unit, seen, err);
	}
	if (seen->kind == FS_GLANCE_LATER)
		return ok;
	drop_pending(gl, &gl->pending[i]);
	seen->key = fs_str_bytes(&gl->key);
	fs_key_id(seen->key, fs_store_prefix(gl->st), &seen->id);
	return ok;
}
