#include "work/acl.h"

#include "store/acl.h"

void
fs_work_acl(struct fs_str *out, const char *prefix, bool write)
{
	fs_store_acl(out, prefix, write);
}
