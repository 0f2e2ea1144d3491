#include "model/entity.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

/* What old knew, found by name. */
struct memory {
	struct fs_field	**by_name;
	size_t		  count;
	int64_t		  key_deadline_ms;	/* as old had it */
	int64_t		  server_ms;		/* of the new reading */
	bool		  whole;	/* all of the hash was read anew */
};

static struct fs_bytes
name_of(const struct fs_field *field)
{
	return fs_bytes(field->name, field->name_len);
}

static int
compare(const void *a, const void *b)
{
	const struct fs_field *const *left = a, *const *right = b;

	return fs_bytes_cmp(name_of(*left), name_of(*right));
}

/* a - b, held at the ends. */
static int64_t
minus(int64_t a, int64_t b)
{
	int64_t result;

	if (!__builtin_sub_overflow(a, b, &result))
		return result;
	return b > 0 ? INT64_MIN : INT64_MAX;
}

static void
free_field(struct fs_field *field)
{
	free(field->name);
	free(field->value);
}

static void
free_fields(struct fs_entity *entity)
{
	for (size_t i = 0; i < entity->nfields; i++)
		free_field(&entity->fields[i]);
	free(entity->fields);
}

struct fs_entity *
fs_entity_new(struct fs_bytes id, size_t nfields)
{
	struct fs_entity *entity = fs_xcalloc(1, sizeof(*entity));

	entity->id = fs_xmemdup0(id.data, id.len);
	entity->id_len = id.len;
	entity->key_deadline_ms = FS_NOT_THERE;
	entity->memory_bytes = -1;
	entity->slot = -1;
	entity->nfields = nfields;
	if (nfields != 0)
		entity->fields = fs_xcalloc(nfields, sizeof(*entity->fields));
	for (size_t i = 0; i < nfields; i++) {
		entity->fields[i].deadline_ms = FS_NOT_THERE;
		entity->fields[i].state = FS_FIELD_MISSING;
	}
	return entity;
}

void
fs_entity_free(struct fs_entity *entity)
{
	if (entity == NULL)
		return;
	if (!entity->packed) {
		free_fields(entity);
		free(entity->id);
	}
	free(entity);
}

/*
 * Copies
 */

/* Put a text behind what is there of the block; NULL stays NULL. */
static char *
pack(char **end, const char *text, size_t len)
{
	char *at = *end;

	if (text == NULL)
		return NULL;
	memcpy(at, text, len);
	at[len] = '\0';
	*end += len + 1;
	return at;
}

static size_t
shorter(size_t len, size_t max)
{
	return len < max ? len : max;
}

/* With so much of each value at most. One block, as there may be many. */
static struct fs_entity *
copy_of(const struct fs_entity *entity, size_t max)
{
	size_t size = sizeof(*entity) + entity->id_len + 1 +
	    entity->nfields * sizeof(*entity->fields);
	struct fs_entity *copy;
	char *end;

	for (size_t i = 0; i < entity->nfields; i++)
		size += entity->fields[i].name_len + 1 +
		    shorter(entity->fields[i].value_len, max) + 1;
	copy = fs_xmalloc(size);
	*copy = *entity;
	copy->packed = true;
	copy->fields = (struct fs_field *)(copy + 1);
	end = (char *)(copy->fields + entity->nfields);
	copy->id = pack(&end, entity->id, entity->id_len);
	for (size_t i = 0; i < entity->nfields; i++) {
		const struct fs_field	*from = &entity->fields[i];
		struct fs_field		*to = &copy->fields[i];

		*to = *from;
		to->name = pack(&end, from->name, from->name_len);
		to->value_len = shorter(from->value_len, max);
		to->value = pack(&end, from->value, to->value_len);
	}
	return copy;
}

struct fs_entity *
fs_entity_copy(const struct fs_entity *entity)
{
	return entity != NULL ? copy_of(entity, SIZE_MAX) : NULL;
}

struct fs_entity *
fs_entity_cut(struct fs_entity *entity)
{
	struct fs_entity *cut;
	bool long_ones = false;

	for (size_t i = 0; i < entity->nfields; i++)
		long_ones |= entity->fields[i].value_len > FS_VALUE_SHOWN;
	if (!long_ones)
		return entity;
	cut = copy_of(entity, FS_VALUE_SHOWN);
	fs_entity_free(entity);
	return cut;
}

/*
 * Changes
 */

void
fs_field_set_name(struct fs_field *field, struct fs_bytes name)
{
	char *copy = fs_xmemdup0(name.data, name.len);

	free(field->name);
	field->name = copy;
	field->name_len = name.len;
}

void
fs_field_set_value(struct fs_field *field, struct fs_bytes value)
{
	size_t	 len = value.len < FS_VALUE_SHOWN ? value.len : FS_VALUE_SHOWN;
	char	*copy = value.data != NULL ? fs_xmemdup0(value.data, len) :
	    NULL;

	free(field->value);
	field->value = copy;
	field->value_len = copy != NULL ? len : 0;
	field->value_size = copy != NULL ? value.len : 0;
}

void
fs_field_judge(struct fs_field *field)
{
	if (field->value == NULL || field->deadline_ms == FS_NOT_THERE)
		field->state = FS_FIELD_MISSING;
	else if (field->deadline_ms != FS_NO_TTL)
		field->state = FS_FIELD_LIVE;
	else if (field->class == FS_CLASS_STREAMING)
		field->state = FS_FIELD_LEAK;
	else
		field->state = FS_FIELD_NO_TTL;
}

int64_t
fs_entity_left_ms(const struct fs_entity *entity, int64_t deadline_ms,
    int64_t mono_us)
{
	int64_t left, passed;

	if (deadline_ms < 0)
		return deadline_ms;
	passed = minus(mono_us, entity->read_mono_us) / 1000;
	left = minus(minus(deadline_ms, entity->server_ms), passed);
	return left > 0 ? left : 0;
}

/* Milliseconds left at the reading, as seconds. */
static int64_t
seconds(const struct fs_entity *entity, int64_t deadline_ms, int64_t round_ms)
{
	int64_t left;

	if (deadline_ms < 0)
		return deadline_ms;
	left = minus(deadline_ms, entity->server_ms);
	if (left <= 0)
		return 0;
	return left / 1000 + (left % 1000 + round_ms) / 1000;
}

int64_t
fs_entity_field_seconds(const struct fs_entity *entity, int64_t deadline_ms)
{
	return seconds(entity, deadline_ms, 999);
}

int64_t
fs_entity_key_seconds(const struct fs_entity *entity)
{
	return seconds(entity, entity->key_deadline_ms, 500);
}

int
fs_entity_key_before_field(const struct fs_entity *entity)
{
	int earliest = -1;

	if (entity->key_deadline_ms < 0)
		return -1;
	for (size_t i = 0; i < entity->nfields; i++) {
		const struct fs_field *field = &entity->fields[i];

		if (field->state != FS_FIELD_LIVE ||
		    field->deadline_ms <= entity->key_deadline_ms)
			continue;
		if (earliest == -1 || field->deadline_ms <
		    entity->fields[earliest].deadline_ms)
			earliest = (int)i;
	}
	return earliest;
}

/*
 * What happened before
 */

/* Whether a field that is not in now is not in the store. */
static bool
read_whole(const struct fs_entity *now)
{
	if (!now->exists || now->err.code == FS_ETYPE)
		return true;
	return now->hlen != 0 && now->hlen <= now->nfound;
}

static struct memory
remember(const struct fs_entity *now, struct fs_entity *old)
{
	struct memory memory = {
		.count = old->nfields,
		.key_deadline_ms = old->key_deadline_ms,
		.server_ms = now->server_ms,
		.whole = read_whole(now),
	};

	memory.by_name = fs_xcalloc(old->nfields, sizeof(*memory.by_name));
	for (size_t i = 0; i < old->nfields; i++)
		memory.by_name[i] = &old->fields[i];
	qsort(memory.by_name, memory.count, sizeof(*memory.by_name), compare);
	return memory;
}

static struct fs_field *
recall(const struct memory *memory, const struct fs_field *field)
{
	struct fs_field **found = bsearch(&field, memory->by_name,
	    memory->count, sizeof(*memory->by_name), compare);

	return found != NULL ? *found : NULL;
}

/* When its own time or the key's was over; INT64_MAX: never. */
static int64_t
end_of(const struct memory *memory, const struct fs_field *old)
{
	int64_t end = INT64_MAX;

	if (old->deadline_ms >= 0)
		end = old->deadline_ms;
	if (memory->key_deadline_ms >= 0 && memory->key_deadline_ms < end)
		end = memory->key_deadline_ms;
	return end;
}

/* An old field that is not there any more, as it is to be shown from now on. */
static void
retire(struct fs_field *field, const struct memory *memory)
{
	int64_t	end = end_of(memory, field), now = memory->server_ms;
	bool	due = end <= now;

	if (fs_field_is_past(field))
		return;
	if (!due)
		end = now;
	field->gone_wall_us = end > INT64_MAX / 1000 ? INT64_MAX : end * 1000;
	field->deadline_ms = FS_NOT_THERE;
	field->state = due ? FS_FIELD_EXPIRED : FS_FIELD_GONE;
}

/* A field that is missing now gets what is known of it from before. */
static void
follow_field(struct fs_field *field, struct fs_field *old,
    const struct memory *memory)
{
	if (old->state == FS_FIELD_MISSING || field->state != FS_FIELD_MISSING)
		return;
	retire(old, memory);
	free(field->value);
	field->value = old->value;
	old->value = NULL;
	field->value_len = old->value_len;
	field->value_size = old->value_size;
	field->gone_wall_us = old->gone_wall_us;
	field->state = old->state;
}

/* In the place that its name has, if the fields are sorted by name. */
static void
insert(struct fs_entity *entity, const struct fs_field *field)
{
	size_t i = 0, n = entity->nfields++;

	while (i < n && fs_bytes_cmp(name_of(&entity->fields[i]),
	    name_of(field)) < 0)
		i++;
	memmove(&entity->fields[i + 1], &entity->fields[i],
	    (n - i) * sizeof(*field));
	entity->fields[i] = *field;
}

/* Extras that have left the hash stay, but not without end. */
static void
keep_extras(struct fs_entity *now, const struct memory *memory)
{
	size_t kept = 0;

	now->fields = fs_xreallocarray(now->fields, now->nfields +
	    memory->count, sizeof(*now->fields));
	for (size_t i = 0; i < memory->count; i++) {
		struct fs_field *old = memory->by_name[i];

		if (old->state == FS_FIELD_MISSING || old->value == NULL ||
		    kept == FS_FIELDS_SHOWN)
			continue;
		if (!fs_field_is_past(old) && !memory->whole)
			continue;
		retire(old, memory);
		insert(now, old);
		*old = (struct fs_field){ 0 };
		kept++;
	}
}

static void
follow_fields(struct fs_entity *now, struct fs_entity *old)
{
	struct memory memory;

	if (old->nfields == 0)
		return;
	memory = remember(now, old);
	for (size_t i = 0; i < now->nfields; i++) {
		struct fs_field *before = recall(&memory, &now->fields[i]);

		if (before == NULL)
			continue;
		follow_field(&now->fields[i], before, &memory);
		before->state = FS_FIELD_MISSING;	/* done with */
	}
	keep_extras(now, &memory);
	free(memory.by_name);
}

/* Nothing was learnt: what was seen last stands, with the new reason. */
static void
follow_failure(struct fs_entity *now, struct fs_entity *old)
{
	struct fs_entity swap = *now;

	*now = *old;
	*old = swap;
	now->err = old->err;
}

void
fs_entity_follow(struct fs_entity *now, struct fs_entity *old)
{
	if (old == NULL)
		return;
	assert(!now->packed && !old->packed);
	if (fs_bytes_eq(fs_bytes(now->id, now->id_len),
	    fs_bytes(old->id, old->id_len))) {
		if (now->err.code == FS_OK || now->err.code == FS_ETYPE)
			follow_fields(now, old);
		else
			follow_failure(now, old);
	}
	fs_entity_free(old);
}
