/*
 * The reading side: what the store holds of one entity at one moment. It owns
 * all it points to and may cross threads.
 */
#ifndef FS_MODEL_ENTITY_H
#define FS_MODEL_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "model/schema.h"

/* In the place of a deadline, as HPEXPIRETIME and PEXPIRETIME say it. */
#define FS_NO_TTL	INT64_C(-1)
#define FS_NOT_THERE	INT64_C(-2)

enum fs_field_state {
	FS_FIELD_LIVE,		/* there, with a TTL */
	FS_FIELD_NO_TTL,	/* there without, as a batch feature should be */
	FS_FIELD_LEAK,		/* a streaming feature without TTL */
	FS_FIELD_MISSING,	/* not there */
	/* Was there while watched; the value is the last. */
	FS_FIELD_EXPIRED,	/* went when it was due, or its key was */
	FS_FIELD_GONE,		/* went before that: deleted */
};

struct fs_field {
	char		*name;
	size_t		 name_len;
	enum fs_class	 class;
	char		*value;		/* NULL: not there */
	size_t		 value_len;	/* held here: all that was read, or
					   for a screen FS_VALUE_SHOWN of it */
	size_t		 value_size;	/* in the store; SIZE_MAX: not known */
	int64_t		 deadline_ms;	/* server's Unix time, or one of above */
	int64_t		 ttl_ms;	/* configured; 0: none */
	int64_t		 gone_wall_us;	/* when, of one that was there */
	enum fs_field_state state;
};

#define FS_VALUE_SHOWN	4096		/* bytes of a value kept for a screen */
#define FS_FIELDS_SHOWN	1000		/* extras of a hash that are read */

struct fs_entity {
	char		*id;
	size_t		 id_len;
	bool		 exists;
	struct fs_err	 err;		/* FS_OK, or why it could not be read
					   (FS_ETYPE: it is no hash) */
	struct fs_field	*fields;	/* as asked, or by name when inspected */
	size_t		 nfields;
	size_t		 nfound;	/* of them there */
	uint64_t	 hlen;		/* fields in the store (inspect) */
	int64_t		 key_deadline_ms;
	int64_t		 server_ms;	/* the server's clock at the reading */
	int64_t		 read_mono_us;	/* ours at that moment */
	int64_t		 took_us;	/* the round trip */
	char		 encoding[24];	/* inspect: "listpackex", "" unknown */
	int64_t		 memory_bytes;	/* inspect: -1 unknown */
	char		 missed[48];	/* inspect: ACL rules, for those two */
	int		 slot;		/* inspect: -1 on a standalone server */
	char		 node[72];	/* inspect: host:port of the slot */
	bool		 packed;	/* a copy: all that it points to is in
					   one block with it, and stays so */
};

/* Fields without name and value, missing; what is not known says so. */
struct fs_entity *fs_entity_new(struct fs_bytes id, size_t nfields);
void fs_entity_free(struct fs_entity *entity);		/* NULL is a no-op */
/* A copy is one block: it can be looked at and freed, and not changed. NULL of
 * NULL. */
struct fs_entity *fs_entity_copy(const struct fs_entity *entity);

/*
 * Set name or value by copying; the value is cut at FS_VALUE_SHOWN, and is
 * not there when its data is NULL.
 */
void fs_field_set_name(struct fs_field *field, struct fs_bytes name);
void fs_field_set_value(struct fs_field *field, struct fs_bytes value);

/* Takes an entity and gives it back with what of each value is for a screen,
 * which may be a copy. */
struct fs_entity *fs_entity_cut(struct fs_entity *entity);

/* State from class, value and deadline; FS_NOT_THERE is missing. */
void fs_field_judge(struct fs_field *field);

/* Whether it was there while watched, and is not any more. */
static inline bool
fs_field_is_past(const struct fs_field *field)
{
	return field->state == FS_FIELD_EXPIRED ||
	    field->state == FS_FIELD_GONE;
}

/*
 * Milliseconds left of a deadline of this entity at the local monotonic time
 * now: FS_NO_TTL and FS_NOT_THERE as they are, else 0 or more.
 */
int64_t fs_entity_left_ms(const struct fs_entity *entity, int64_t deadline_ms,
    int64_t mono_us);

/*
 * In whole seconds as HTTL (fields: rounded up) and TTL (keys: to nearest)
 * would have said at the reading.
 */
int64_t fs_entity_field_seconds(const struct fs_entity *entity,
    int64_t deadline_ms);
int64_t fs_entity_key_seconds(const struct fs_entity *entity);

/*
 * The key is to go before a field of its own: the earliest such field's
 * index, or -1.
 */
int fs_entity_key_before_field(const struct fs_entity *entity);

/*
 * What was seen before, carried over: a field that was there in old and is
 * missing in now becomes FS_FIELD_EXPIRED with its last value and the moment
 * its deadline (or the key's) passed, by the server's clock, or FS_FIELD_GONE
 * with that of this reading when it went early. It stays so until it is there
 * again. A field that now has no place for (an extra) is put where its name
 * belongs, when now is of the whole hash. If now failed for another reason
 * than FS_ETYPE it becomes what old was, with its own err. Takes old, which
 * may be NULL or of another entity. Neither may be a copy.
 */
void fs_entity_follow(struct fs_entity *now, struct fs_entity *old);

#endif
