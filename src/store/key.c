#include "store/key.h"

#include <string.h>

bool
fs_key_check_id(struct fs_bytes id, struct fs_err *err)
{
	if (id.len != 0)
		return true;
	return fs_fail(err, FS_EINPUT, "an entity without an id");
}

void
fs_key_make(struct fs_str *out, struct fs_bytes prefix, struct fs_bytes id)
{
	fs_str_add_bytes(out, prefix);
	fs_str_add_bytes(out, id);
}

bool
fs_key_id(struct fs_bytes key, struct fs_bytes prefix, struct fs_bytes *id)
{
	if (key.len <= prefix.len || !fs_bytes_starts(key, prefix))
		return false;
	*id = fs_bytes(key.data + prefix.len, key.len - prefix.len);
	return true;
}

void
fs_key_pattern(struct fs_str *out, struct fs_bytes prefix, const char *glob)
{
	for (size_t i = 0; i < prefix.len; i++) {
		char c = prefix.data[i];

		if (c != '\0' && strchr("*?[]\\", c) != NULL)
			fs_str_add_char(out, '\\');
		fs_str_add_char(out, c);
	}
	fs_str_add_text(out, glob != NULL ? glob : "*");
}

bool
fs_key_tagged(struct fs_bytes prefix)
{
	const char *open, *shut;

	if (prefix.len == 0)
		return false;
	open = memchr(prefix.data, '{', prefix.len);
	if (open == NULL)
		return false;
	open++;
	shut = memchr(open, '}', (size_t)(prefix.data + prefix.len - open));
	return shut != NULL && shut != open;
}
