#include "store/acl.h"

#include "redis/verb.h"

void
fs_store_acl(struct fs_str *out, const char *prefix, bool write)
{
	fs_verb_acl(out, prefix, write);
}
