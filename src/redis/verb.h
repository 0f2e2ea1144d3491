/* The table of verbs.def as data. (pure) */
#ifndef FS_REDIS_VERB_H
#define FS_REDIS_VERB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum fs_verb {
#define VERB(id, words, access, key) FS_VERB_##id,
#include "redis/verbs.def"
#undef VERB
	FS_VERB_COUNT
};

enum fs_access { FS_ACCESS_READ, FS_ACCESS_WRITE, FS_ACCESS_ADMIN };

const char	*fs_verb_words(enum fs_verb verb);	/* "HSET" */
enum fs_access	 fs_verb_access(enum fs_verb verb);
bool		 fs_verb_has_key(enum fs_verb verb);
/* How many words it has on the wire: 1 or 2. */
size_t		 fs_verb_nwords(enum fs_verb verb);

/* The verb of a name as an error or the ACL writes it: "hset",
 * "client|setname", "CLIENT SETNAME"; false when we know none. */
bool		 fs_verb_find(struct fs_bytes name, enum fs_verb *verb);

/* The ACL rule that allows it: "+client|setname". Appended to out. */
void fs_verb_rule(struct fs_str *out, enum fs_verb verb);

/* The pattern of all keys with a prefix: "fs:user:*". Appended to out. */
void fs_verb_keys(struct fs_str *out, const char *prefix);

/*
 * The ACL rules that a user needs, for a key pattern: "+hmget +scan ...
 * %R~fs:user:*" ("~" when write). Appended to out.
 */
void fs_verb_acl(struct fs_str *out, const char *prefix, bool write);

#endif
