#include "app/acl.h"

#include "work/acl.h"

void
fs_app_acl(struct fs_str *out, const char *prefix, bool write)
{
	fs_work_acl(out, prefix, write);
}
