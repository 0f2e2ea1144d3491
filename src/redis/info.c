#include "redis/info.h"

#include <string.h>

#include "base/num.h"

bool
fs_info_text(struct fs_bytes info, const char *name, struct fs_bytes *value)
{
	size_t len = strlen(name);

	while (info.len != 0) {
		const char	*end = memchr(info.data, '\n', info.len);
		size_t		 line;

		line = end != NULL ? (size_t)(end - info.data) : info.len;
		if (line > len && info.data[len] == ':' &&
		    memcmp(info.data, name, len) == 0) {
			*value = fs_bytes(info.data + len + 1, line - len - 1);
			if (value->len != 0 &&
			    value->data[value->len - 1] == '\r')
				value->len--;
			return true;
		}
		if (end == NULL)
			break;
		info = fs_bytes(end + 1, info.len - line - 1);
	}
	return false;
}

bool
fs_info_i64(struct fs_bytes info, const char *name, int64_t *value)
{
	struct fs_bytes text;

	return fs_info_text(info, name, &text) &&
	    fs_num_i64(text, INT64_MIN, INT64_MAX, value);
}
