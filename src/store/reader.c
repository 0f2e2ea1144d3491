#include "store/reader.h"

#include <stdlib.h>

#include "base/mem.h"
#include "redis/batch.h"
#include "redis/resp.h"
#include "redis/slot.h"
#include "store/key.h"
#include "store/node_clock.h"

/* How many answers of a node are dated by one TIME of it. */
#define TIME_EVERY	1000

/* One entity that was asked for. */
struct asked {
	struct fs_str	key;
	bool		time;		/* its unit ends with TIME */
};

struct fs_reader {
	struct fs_store		*st;
	struct fs_batch		*batch;
	struct fs_list		 names;
	struct fs_str		 names_arg;	/* as RESP: the names, */
	struct fs_str		 fields_arg;	/* FIELDS, how many, the names */
	bool			 ttls;
	struct asked		*ring;
	size_t			 size, first, count;
	struct fs_node_clocks	 clocks;
	struct fs_entity	 entity;	/* values lie in the batch */
};

static void
init_entity(struct fs_reader *rd)
{
	const struct fs_schema	*schema = fs_store_schema(rd->st);
	struct fs_entity	*entity = &rd->entity;

	entity->nfields = rd->names.count;
	entity->fields = fs_xcalloc(entity->nfields, sizeof(*entity->fields));
	for (size_t i = 0; i < entity->nfields; i++) {
		struct fs_field	*field = &entity->fields[i];
		struct fs_bytes	 name = fs_list_at(&rd->names, i);
		int		 at = fs_schema_find(schema, name);

		fs_field_set_name(field, name);
		field->class = FS_CLASS_EXTRA;
		if (at == -1)
			continue;
		field->class = schema->features[at].class;
		field->ttl_ms = fs_feature_ttl(schema, &schema->features[at]);
	}
}

static void
init_args(struct fs_reader *rd)
{
	for (size_t i = 0; i < rd->names.count; i++)
		fs_resp_arg(&rd->names_arg, fs_list_at(&rd->names, i));
	fs_resp_arg_text(&rd->fields_arg, "FIELDS");
	fs_resp_arg_u64(&rd->fields_arg, rd->names.count);
	fs_str_add_bytes(&rd->fields_arg, fs_str_bytes(&rd->names_arg));
}

struct fs_reader *
fs_reader_open(struct fs_store *st, const struct fs_list *names, bool ttls)
{
	struct fs_reader *rd = fs_xcalloc(1, sizeof(*rd));

	rd->st = st;
	rd->batch = fs_store_batch(st);
	rd->ttls = ttls;
	fs_list_copy(&rd->names, names);
	init_entity(rd);
	init_args(rd);
	return rd;
}

void
fs_reader_close(struct fs_reader *rd)
{
	if (rd == NULL)
		return;
	if (rd->count != 0)
		fs_batch_drop(rd->batch);
	for (size_t i = 0; i < rd->entity.nfields; i++)
		free(rd->entity.fields[i].name);
	free(rd->entity.fields);
	for (size_t i = 0; i < rd->size; i++)
		fs_str_free(&rd->ring[i].key);
	free(rd->ring);
	fs_node_clocks_free(&rd->clocks);
	fs_str_free(&rd->fields_arg);
	fs_str_free(&rd->names_arg);
	fs_list_free(&rd->names);
	free(rd);
}

bool
fs_reader_full(const struct fs_reader *rd)
{
	return fs_batch_full(rd->batch);
}

size_t
fs_reader_pending(const struct fs_reader *rd)
{
	return rd->count;
}

/*
 * Asking
 */

/* Twice the room; what is in the ring goes to its start. */
static void
grow_ring(struct fs_reader *rd)
{
	size_t		 size = rd->size != 0 ? rd->size * 2 : 16;
	struct asked	*ring = fs_xcalloc(size, sizeof(*ring));

	for (size_t i = 0; i < rd->size; i++)
		ring[i] = rd->ring[(rd->first + i) % rd->size];
	free(rd->ring);
	rd->ring = ring;
	rd->first = 0;
	rd->size = size;
}

static struct asked *
push(struct fs_reader *rd, struct fs_bytes id)
{
	struct asked *asked;

	if (rd->count == rd->size)
		grow_ring(rd);
	asked = &rd->ring[(rd->first + rd->count++) % rd->size];
	fs_str_clear(&asked->key);
	fs_key_make(&asked->key, fs_store_prefix(rd->st), id);
	return asked;
}

/* Whether it is the turn of the key's node to tell the time. */
static bool
must_ask_time(struct fs_reader *rd, struct fs_bytes key)
{
	struct fs_cluster	*cl = fs_store_cluster(rd->st);
	struct fs_node_clock	*clock;
	int			 node = 0;

	if (!rd->ttls)
		return false;
	if (fs_cluster_count(cl) > 1)
		node = fs_cluster_of_slot(cl, fs_slot_of(key));
	clock = fs_node_clocks_at(&rd->clocks, node);
	if (clock->until != 0) {
		clock->until--;
		return false;
	}
	clock->until = TIME_EVERY;
	return true;
}

static void
ask_values(struct fs_reader *rd, struct fs_bytes key)
{
	size_t n = rd->names.count;

	/* Without a name it is still to be known that it is a hash. */
	if (n == 0) {
		fs_batch_cmd(rd->batch, FS_VERB_HLEN, 1);
		fs_batch_arg(rd->batch, key);
		return;
	}
	fs_batch_cmd(rd->batch, FS_VERB_HMGET, 1 + n);
	fs_batch_arg(rd->batch, key);
	fs_batch_args(rd->batch, n, fs_str_bytes(&rd->names_arg));
}

static void
ask_deadlines(struct fs_reader *rd, struct fs_bytes key)
{
	size_t n = rd->names.count;

	fs_batch_cmd(rd->batch, FS_VERB_PEXPIRETIME, 1);
	fs_batch_arg(rd->batch, key);
	if (!rd->ttls || n == 0)
		return;
	fs_batch_cmd(rd->batch, FS_VERB_HPEXPIRETIME, 3 + n);
	fs_batch_arg(rd->batch, key);
	fs_batch_args(rd->batch, 2 + n, fs_str_bytes(&rd->fields_arg));
}

/* After a while without work clocks may have been set. */
static void
start(struct fs_reader *rd)
{
	fs_batch_window(rd->batch, &(struct fs_window){ 0 });
	for (size_t i = 0; i < rd->clocks.n; i++)
		rd->clocks.clock[i].until = 0;
}

void
fs_reader_add(struct fs_reader *rd, struct fs_bytes id)
{
	struct asked	*asked;
	struct fs_bytes	 key;

	if (rd->count == 0)
		start(rd);
	asked = push(rd, id);
	key = fs_str_bytes(&asked->key);
	asked->time = must_ask_time(rd, key);
	fs_batch_key(rd->batch, 0, key);
	ask_values(rd, key);
	ask_deadlines(rd, key);
	if (asked->time)
		fs_batch_cmd(rd->batch, FS_VERB_TIME, 0);
	fs_batch_end(rd->batch);
}

/*
 * Answers
 */

static void
clear_entity(struct fs_reader *rd, const struct asked *asked)
{
	struct fs_entity	*entity = &rd->entity;
	size_t			 prefix = fs_store_prefix(rd->st).len;

	entity->id = asked->key.data + prefix;
	entity->id_len = asked->key.len - prefix;
	entity->exists = false;
	entity->err.code = FS_OK;
	entity->err.msg[0] = '\0';
	entity->nfound = 0;
	entity->key_deadline_ms = FS_NOT_THERE;
	entity->memory_bytes = -1;
	entity->slot = -1;
	for (size_t i = 0; i < entity->nfields; i++) {
		struct fs_field *field = &entity->fields[i];

		field->value = NULL;
		field->value_len = field->value_size = 0;
		field->deadline_ms = FS_NOT_THERE;
		field->state = FS_FIELD_MISSING;
	}
}

static bool
take_values(struct fs_reader *rd, const struct fs_reply *reply)
{
	struct fs_entity	*entity = &rd->entity;
	struct fs_bytes		 value;
	int64_t			 hlen;

	if (entity->nfields == 0)
		return fs_reply_want_integer(reply, "HLEN", &hlen,
		    &entity->err);
	if (!fs_reply_want_array(reply, "HMGET", entity->nfields,
	    &entity->err))
		return false;
	for (size_t i = 0; i < entity->nfields; i++) {
		struct fs_field *field = &entity->fields[i];

		if (!fs_reply_want_maybe(&reply->item[i], "HMGET", &value,
		    &entity->err))
			return false;
		field->value = (char *)(uintptr_t)value.data;
		field->value_len = field->value_size = value.len;
		entity->nfound += value.data != NULL;
	}
	return true;
}

static bool
take_key_deadline(struct fs_entity *entity, const struct fs_reply *reply)
{
	if (!fs_reply_want_integer(reply, "PEXPIRETIME",
	    &entity->key_deadline_ms, &entity->err))
		return false;
	entity->exists = entity->key_deadline_ms != FS_NOT_THERE;
	return true;
}

static bool
take_deadlines(struct fs_reader *rd, const struct fs_reply *reply)
{
	struct fs_entity *entity = &rd->entity;

	/* Some versions say nil, others a list of -2, for a missing key. */
	if (reply->type == FS_REPLY_NIL && !entity->exists)
		return true;
	if (!fs_reply_want_array(reply, "HPEXPIRETIME", entity->nfields,
	    &entity->err))
		return false;
	for (size_t i = 0; i < entity->nfields; i++) {
		if (!fs_reply_want_integer(&reply->item[i], "HPEXPIRETIME",
		    &entity->fields[i].deadline_ms, &entity->err))
			return false;
	}
	return true;
}

/* Without deadlines it is not known whether a streaming feature leaks. */
static void
judge(struct fs_reader *rd)
{
	for (size_t i = 0; i < rd->entity.nfields; i++) {
		struct fs_field *field = &rd->entity.fields[i];

		if (!rd->ttls && field->value != NULL) {
			field->deadline_ms = FS_NO_TTL;
			field->state = FS_FIELD_NO_TTL;
		} else {
			fs_field_judge(field);
		}
	}
}

static void
date(struct fs_reader *rd, const struct fs_unit *unit)
{
	rd->entity.server_ms = fs_node_clocks_date(&rd->clocks, unit);
	rd->entity.read_mono_us = unit->mono_us;
	rd->entity.took_us = unit->took_us;
}

static bool
take_replies(struct fs_reader *rd, const struct asked *asked,
    const struct fs_unit *unit)
{
	struct fs_entity	*entity = &rd->entity;
	bool			 deadlines = rd->ttls && entity->nfields != 0;
	size_t			 want = 2 + deadlines + asked->time;

	if (unit->nreplies != want)
		return fs_fail(&entity->err, FS_EPROTO,
		    "%zu replies instead of %zu", unit->nreplies, want);
	/* The clock first: it is good for others even when this one is not. */
	if (asked->time && !fs_node_clocks_take(&rd->clocks, unit,
	    &unit->reply[want - 1], &entity->err))
		return false;
	if (!take_key_deadline(entity, &unit->reply[1]) ||
	    !take_values(rd, &unit->reply[0]))
		return false;
	return !deadlines || take_deadlines(rd, &unit->reply[2]);
}

/* What was taken in before it went wrong is not to be believed. */
static void
forget_fields(struct fs_entity *entity)
{
	entity->nfound = 0;
	for (size_t i = 0; i < entity->nfields; i++) {
		entity->fields[i].value = NULL;
		entity->fields[i].deadline_ms = FS_NOT_THERE;
	}
}

const struct fs_entity *
fs_reader_take(struct fs_reader *rd)
{
	struct fs_stats		*stats = fs_store_count(rd->st);
	struct fs_entity	*entity = &rd->entity;
	const struct fs_unit	*unit;
	struct asked		*asked;

	if (rd->count == 0 || (unit = fs_batch_take(rd->batch)) == NULL)
		return NULL;
	asked = &rd->ring[rd->first];
	rd->first = (rd->first + 1) % rd->size;
	rd->count--;
	clear_entity(rd, asked);
	if (unit->err.code != FS_OK)
		entity->err = unit->err;
	else if (!take_replies(rd, asked, unit))
		forget_fields(entity);
	date(rd, unit);
	judge(rd);
	if (entity->err.code == FS_OK) {
		stats->reads++;
		stats->fields_returned += entity->nfound;
	}
	return entity;
}
