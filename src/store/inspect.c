/*
 * One entity, all of it. A value may be a megabyte and a hash may have a
 * hundred thousand fields, so sizes are known before values are asked for: from
 * the last inspection, else from a survey that costs a round trip, and a second
 * one when the sizes of fields outside the schema cannot be told.
 */
#include <stdlib.h>

#include <bsd/string.h>

#include "base/mem.h"
#include "redis/slot.h"
#include "store/key.h"
#include "store/store.h"

/* HSCAN gives all of a hash of FS_FIELDS_SHOWN fields in one reply. */
#define SURVEY_COUNT	(FS_FIELDS_SHOWN + FS_FIELDS_SHOWN / 32)
/* A listpack of this size cannot hold a value that is large. */
#define SMALL_HASH	INT64_C(65536)

/* The fields to read, by name, and how large each was when last seen. */
struct plan {
	struct fs_list	 names;
	size_t		*sizes;
};

struct inspection {
	struct fs_store		*st;
	const struct fs_schema	*schema;
	struct fs_batch		*batch;
	struct fs_bytes		 id;
	struct fs_str		 key;
	struct fs_entity	*entity;
	struct fs_err		*err;
	const struct fs_unit	*unit;
	size_t			 next;	/* reply to be looked at */
};

/*
 * Asking and taking
 */

static void
ask(struct inspection *in, enum fs_verb verb, size_t more)
{
	fs_batch_cmd(in->batch, verb, 1 + more);
	fs_batch_arg(in->batch, fs_str_bytes(&in->key));
}

static void
ask_size(struct inspection *in, struct fs_bytes name)
{
	ask(in, FS_VERB_HSTRLEN, 1);
	fs_batch_arg(in->batch, name);
}

/* What a unit of any kind starts with; see take_head(). */
static void
ask_head(struct inspection *in)
{
	fs_batch_window(in->batch, &(struct fs_window){ 0 });
	fs_batch_key(in->batch, 0, fs_str_bytes(&in->key));
	fs_batch_cmd(in->batch, FS_VERB_TIME, 0);
	ask(in, FS_VERB_PEXPIRETIME, 0);
	ask(in, FS_VERB_OBJECT_ENCODING, 0);
	ask(in, FS_VERB_MEMORY_USAGE, 0);
	ask(in, FS_VERB_HLEN, 0);
}

static const struct fs_reply *
next(struct inspection *in)
{
	return &in->unit->reply[in->next++];
}

static bool
take_time(struct inspection *in)
{
	int64_t us;

	if (!fs_reply_want_time(next(in), &us, in->err))
		return false;
	in->entity->server_ms = us / 1000;
	return true;
}

/* Encoding and memory are nice to have: a user may not be allowed to ask. */
static void
take_extras_of_key(struct inspection *in)
{
	struct fs_entity	*entity = in->entity;
	const struct fs_reply	*object = next(in), *usage = next(in);
	struct fs_bytes		 encoding;
	struct fs_str		 missed = { 0 };
	int64_t			 memory;

	entity->encoding[0] = entity->missed[0] = '\0';
	entity->memory_bytes = -1;
	if (fs_reply_want_string(object, "OBJECT ENCODING", &encoding, NULL))
		strlcpy(entity->encoding, encoding.data,
		    sizeof(entity->encoding));
	if (fs_reply_want_integer(usage, "MEMORY USAGE", &memory, NULL))
		entity->memory_bytes = memory;
	fs_reply_missed(object, "OBJECT ENCODING", &missed);
	fs_reply_missed(usage, "MEMORY USAGE", &missed);
	if (missed.len != 0)
		strlcpy(entity->missed, missed.data + 1,
		    sizeof(entity->missed));
	fs_str_free(&missed);
}

static bool
take_hlen(struct inspection *in)
{
	int64_t hlen;

	if (!fs_reply_want_integer(next(in), "HLEN", &hlen, in->err))
		return false;
	if (hlen < 0)
		return fs_fail(in->err, FS_EPROTO, "HLEN: below zero");
	in->entity->hlen = (uint64_t)hlen;
	return true;
}

static void
note_where(struct inspection *in)
{
	struct fs_cluster	*cl = fs_store_cluster(in->st);
	struct fs_entity	*entity = in->entity;
	int			 node = in->unit->node;

	entity->read_mono_us = in->unit->mono_us;
	entity->took_us = in->unit->took_us;
	if (fs_store_caps(in->st)->clustered)
		entity->slot = (int)fs_slot_of(fs_str_bytes(&in->key));
	if (node >= 0 && (size_t)node < fs_cluster_count(cl))
		strlcpy(entity->node, fs_cluster_name(cl, (size_t)node),
		    sizeof(entity->node));
}

/* Send the open unit, wait for it, and take what each starts with. */
static bool
take_head(struct inspection *in, size_t nreplies)
{
	struct fs_entity *entity = in->entity;

	fs_batch_end(in->batch);
	in->unit = fs_batch_take(in->batch);
	in->next = 0;
	if (in->unit->err.code != FS_OK) {
		*in->err = in->unit->err;
		return false;
	}
	if (in->unit->nreplies != nreplies)
		return fs_fail(in->err, FS_EPROTO, "%zu replies instead of %zu",
		    in->unit->nreplies, nreplies);
	note_where(in);
	if (!take_time(in))
		return false;
	if (!fs_reply_want_integer(next(in), "PEXPIRETIME",
	    &entity->key_deadline_ms, in->err))
		return false;
	entity->exists = entity->key_deadline_ms != FS_NOT_THERE;
	take_extras_of_key(in);
	return take_hlen(in);
}

#define HEAD	5		/* replies that take_head() takes */

static bool
take_size(struct inspection *in, size_t *size)
{
	int64_t len;

	if (!fs_reply_want_integer(next(in), "HSTRLEN", &len, in->err))
		return false;
	*size = len > 0 ? (size_t)len : 0;
	return true;
}

/*
 * The plan
 */

static void
free_plan(struct plan *plan)
{
	fs_list_free(&plan->names);
	free(plan->sizes);
}

static void
add_schema(struct inspection *in, struct plan *plan)
{
	const struct fs_schema *schema = in->schema;

	for (size_t i = 0; i < schema->nfeatures; i++)
		fs_list_add(&plan->names,
		    fs_bytes_of(schema->features[i].name));
}

/* All names are in: sort them; sizes are not known yet. */
static void
settle(struct plan *plan)
{
	fs_list_sort_unique(&plan->names);
	plan->sizes = fs_xcalloc(plan->names.count, sizeof(*plan->sizes));
}

static void
set_size(struct plan *plan, struct fs_bytes name, size_t size)
{
	long at = fs_list_bsearch(&plan->names, name);

	if (at != -1)
		plan->sizes[at] = size;
}

static bool
worth_following(const struct fs_field *field)
{
	return !fs_field_is_past(field) && field->value != NULL;
}

/* From what was seen before; false when that does not tell. */
static bool
plan_from(struct inspection *in, const struct fs_entity *before,
    struct plan *plan)
{
	if (before == NULL || !before->exists || before->err.code != FS_OK ||
	    !fs_bytes_eq(fs_bytes(before->id, before->id_len), in->id))
		return false;
	add_schema(in, plan);
	for (size_t i = 0; i < before->nfields; i++) {
		const struct fs_field *field = &before->fields[i];

		if (field->class == FS_CLASS_EXTRA && worth_following(field))
			fs_list_add(&plan->names,
			    fs_bytes(field->name, field->name_len));
	}
	settle(plan);
	for (size_t i = 0; i < before->nfields; i++) {
		const struct fs_field *field = &before->fields[i];

		if (worth_following(field))
			set_size(plan, fs_bytes(field->name, field->name_len),
			    field->value_size);
	}
	return true;
}

/*
 * The survey: what is there, and how large
 */

static void
ask_survey(struct inspection *in)
{
	ask_head(in);
	ask(in, FS_VERB_HSCAN, 4);
	fs_batch_arg_text(in->batch, "0");
	fs_batch_arg_text(in->batch, "COUNT");
	fs_batch_arg_u64(in->batch, SURVEY_COUNT);
	fs_batch_arg_text(in->batch, "NOVALUES");
	for (size_t i = 0; i < in->schema->nfeatures; i++)
		ask_size(in, fs_bytes_of(in->schema->features[i].name));
}

/* Add the names that HSCAN gave: those outside the schema, not all too many. */
static bool
take_names(struct inspection *in, struct plan *plan, size_t *extras)
{
	const struct fs_reply	*reply = next(in), *items;
	struct fs_bytes		 name;

	if (!fs_reply_want_array(reply, "HSCAN", 2, in->err))
		return false;
	items = &reply->item[1];
	if (!fs_reply_want_array(items, "HSCAN", SIZE_MAX, in->err))
		return false;
	*extras = 0;
	for (size_t i = 0; i < items->len && *extras < FS_FIELDS_SHOWN; i++) {
		if (!fs_reply_want_string(&items->item[i], "HSCAN", &name,
		    in->err))
			return false;
		if (fs_schema_find(in->schema, name) != -1)
			continue;
		fs_list_add(&plan->names, name);
		++*extras;
	}
	return true;
}

static bool
survey(struct inspection *in, struct plan *plan, size_t *extras)
{
	size_t size;

	ask_survey(in);
	if (!take_head(in, HEAD + 1 + in->schema->nfeatures))
		return false;
	add_schema(in, plan);
	if (!take_names(in, plan, extras))
		return false;
	settle(plan);
	for (size_t i = 0; i < in->schema->nfeatures; i++) {
		if (!take_size(in, &size))
			return false;
		set_size(plan, fs_bytes_of(in->schema->features[i].name), size);
	}
	return true;
}

/* Whether no value can be large, by how the hash is kept. */
static bool
surely_small(const struct fs_entity *entity)
{
	return strncmp(entity->encoding, "listpack", 8) == 0 &&
	    entity->memory_bytes >= 0 && entity->memory_bytes <= SMALL_HASH;
}

static bool
measure(struct inspection *in, struct plan *plan)
{
	size_t n = plan->names.count;

	ask_head(in);
	for (size_t i = 0; i < n; i++)
		ask_size(in, fs_list_at(&plan->names, i));
	if (!take_head(in, HEAD + n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!take_size(in, &plan->sizes[i]))
			return false;
	}
	return true;
}

/* False with err when it failed; an entity that is not there is no failure. */
static bool
find_out(struct inspection *in, struct plan *plan)
{
	size_t extras;

	if (!survey(in, plan, &extras))
		return false;
	if (!in->entity->exists || extras == 0 || surely_small(in->entity))
		return true;
	return measure(in, plan);
}

/*
 * The reading: values, deadlines, everything of one moment
 */

static bool
fetched(const struct plan *plan, size_t i)
{
	return plan->sizes[i] <= FS_VALUE_SHOWN;
}

static size_t
count_fetched(const struct plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->names.count; i++)
		n += fetched(plan, i);
	return n;
}

static void
ask_reading(struct inspection *in, const struct plan *plan, size_t nfetched)
{
	size_t n = plan->names.count;

	ask_head(in);
	if (n == 0)
		return;
	ask(in, FS_VERB_HPEXPIRETIME, 2 + n);
	fs_batch_arg_text(in->batch, "FIELDS");
	fs_batch_arg_u64(in->batch, n);
	for (size_t i = 0; i < n; i++)
		fs_batch_arg(in->batch, fs_list_at(&plan->names, i));
	for (size_t i = 0; i < n; i++) {
		if (!fetched(plan, i))
			ask_size(in, fs_list_at(&plan->names, i));
	}
	if (nfetched == 0)
		return;
	ask(in, FS_VERB_HMGET, nfetched);
	for (size_t i = 0; i < n; i++) {
		if (fetched(plan, i))
			fs_batch_arg(in->batch, fs_list_at(&plan->names, i));
	}
}

static void
init_field(struct inspection *in, struct fs_field *field, struct fs_bytes name)
{
	int at = fs_schema_find(in->schema, name);

	fs_field_set_name(field, name);
	field->class = FS_CLASS_EXTRA;
	if (at == -1)
		return;
	field->class = in->schema->features[at].class;
	field->ttl_ms = fs_feature_ttl(in->schema, &in->schema->features[at]);
}

static void
init_fields(struct inspection *in, const struct plan *plan)
{
	struct fs_entity *entity = in->entity;

	for (size_t i = 0; i < entity->nfields; i++) {
		free(entity->fields[i].name);
		free(entity->fields[i].value);
	}
	free(entity->fields);
	entity->nfields = plan->names.count;
	entity->fields = fs_xcalloc(entity->nfields, sizeof(*entity->fields));
	for (size_t i = 0; i < entity->nfields; i++) {
		init_field(in, &entity->fields[i], fs_list_at(&plan->names, i));
		entity->fields[i].deadline_ms = FS_NOT_THERE;
		entity->fields[i].state = FS_FIELD_MISSING;
	}
}

static bool
take_deadlines(struct inspection *in)
{
	struct fs_entity	*entity = in->entity;
	const struct fs_reply	*reply = next(in);

	if (reply->type == FS_REPLY_NIL && !entity->exists)
		return true;
	if (!fs_reply_want_array(reply, "HPEXPIRETIME", entity->nfields,
	    in->err))
		return false;
	for (size_t i = 0; i < entity->nfields; i++) {
		if (!fs_reply_want_integer(&reply->item[i], "HPEXPIRETIME",
		    &entity->fields[i].deadline_ms, in->err))
			return false;
	}
	return true;
}

/* A value that is not fetched: there, but only its size is known. */
static bool
take_large(struct inspection *in, const struct plan *plan)
{
	size_t size;

	for (size_t i = 0; i < plan->names.count; i++) {
		struct fs_field *field = &in->entity->fields[i];

		if (fetched(plan, i))
			continue;
		if (!take_size(in, &size))
			return false;
		if (field->deadline_ms == FS_NOT_THERE)
			continue;
		fs_field_set_value(field, fs_bytes("", 0));
		field->value_size = size;
	}
	return true;
}

static bool
take_values(struct inspection *in, const struct plan *plan, size_t nfetched)
{
	const struct fs_reply	*reply;
	struct fs_bytes		 value;
	size_t			 at = 0;

	if (nfetched == 0)
		return true;
	reply = next(in);
	if (!fs_reply_want_array(reply, "HMGET", nfetched, in->err))
		return false;
	for (size_t i = 0; i < plan->names.count; i++) {
		if (!fetched(plan, i))
			continue;
		if (!fs_reply_want_maybe(&reply->item[at++], "HMGET", &value,
		    in->err))
			return false;
		fs_field_set_value(&in->entity->fields[i], value);
	}
	return true;
}

/* Judge the fields; an extra that has gone meanwhile is none any more. */
static void
judge(struct fs_entity *entity)
{
	size_t kept = 0;

	entity->nfound = 0;
	for (size_t i = 0; i < entity->nfields; i++) {
		struct fs_field *field = &entity->fields[i];

		fs_field_judge(field);
		if (field->class == FS_CLASS_EXTRA &&
		    field->state == FS_FIELD_MISSING) {
			free(field->name);
			free(field->value);
			continue;
		}
		entity->nfound += field->state != FS_FIELD_MISSING;
		entity->fields[kept++] = *field;
	}
	entity->nfields = kept;
}

static bool
read_all(struct inspection *in, const struct plan *plan)
{
	size_t n = plan->names.count, nfetched = count_fetched(plan);

	init_fields(in, plan);
	ask_reading(in, plan, nfetched);
	if (!take_head(in, HEAD + (n != 0) + (n - nfetched) + (nfetched != 0)))
		return false;
	if (n != 0 && (!take_deadlines(in) || !take_large(in, plan) ||
	    !take_values(in, plan, nfetched)))
		return false;
	judge(in->entity);
	return true;
}

/* Whether fields have appeared that the plan did not know of. */
static bool
is_outgrown(const struct fs_entity *entity)
{
	return entity->exists && entity->hlen > entity->nfound &&
	    entity->hlen <= FS_FIELDS_SHOWN;
}

static bool
inspect(struct inspection *in, const struct fs_entity *before)
{
	struct plan	plan = { 0 };
	bool		ok;

	if (plan_from(in, before, &plan)) {
		ok = read_all(in, &plan);
		free_plan(&plan);
		if (!ok || !is_outgrown(in->entity))
			return ok;
		plan = (struct plan){ 0 };
	}
	ok = find_out(in, &plan);
	if (ok && !in->entity->exists)
		init_fields(in, &plan);
	else if (ok)
		ok = read_all(in, &plan);
	free_plan(&plan);
	return ok;
}

/* A key that is no hash is an answer too. */
static bool
is_no_hash(struct inspection *in)
{
	if (in->err->code != FS_ETYPE)
		return false;
	in->entity->err = *in->err;
	init_fields(in, &(struct plan){ 0 });
	*in->err = (struct fs_err){ 0 };
	return true;
}

static void
count(struct inspection *in)
{
	struct fs_stats *stats = fs_store_count(in->st);

	stats->reads++;
	stats->fields_returned += in->entity->nfound;
}

struct fs_entity *
fs_store_inspect(struct fs_store *st, struct fs_bytes id,
    const struct fs_entity *before, struct fs_err *err)
{
	struct inspection	in = { .st = st, .id = id };
	struct fs_err		own = { 0 };

	in.err = err != NULL ? err : &own;
	if (!fs_key_check_id(id, in.err) ||
	    !fs_store_need_field_ttl(st, in.err))
		return NULL;
	in.schema = fs_store_schema(st);
	in.batch = fs_store_batch(st);
	in.entity = fs_entity_new(id, 0);
	fs_key_make(&in.key, fs_store_prefix(st), id);
	if (inspect(&in, before)) {
		if (before == NULL)
			count(&in);
	} else if (!is_no_hash(&in)) {
		fs_entity_free(in.entity);
		in.entity = NULL;
	}
	fs_str_free(&in.key);
	return in.entity;
}
