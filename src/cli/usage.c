#include "cli/usage.h"

#include <string.h>

static struct fs_bytes
skip(struct fs_bytes bytes, size_t n)
{
	return fs_bytes(bytes.data + n, bytes.len - n);
}

static struct fs_bytes
trim(struct fs_bytes bytes)
{
	while (bytes.len > 0 && bytes.data[0] == ' ')
		bytes = skip(bytes, 1);
	while (bytes.len > 0 && bytes.data[bytes.len - 1] == ' ')
		bytes.len--;
	return bytes;
}

/* Where the first blank stands outside of brackets, or the end. */
static size_t
find_end(struct fs_bytes bytes)
{
	int	depth = 0;
	size_t	i;

	for (i = 0; i < bytes.len; i++) {
		if (bytes.data[i] == ' ' && depth == 0)
			break;
		depth += bytes.data[i] == '[';
		depth -= bytes.data[i] == ']';
	}
	return i;
}

bool
fs_usage_element(struct fs_bytes *rest, struct fs_bytes *element)
{
	size_t end;

	*rest = trim(*rest);
	if (rest->len == 0)
		return false;
	end = find_end(*rest);
	if (rest->data[0] == '-' && end + 1 < rest->len &&
	    strchr("-[|", rest->data[end + 1]) == NULL)
		end += 1 + find_end(skip(*rest, end + 1));
	*element = fs_bytes(rest->data, end);
	*rest = skip(*rest, end);
	return true;
}

bool
fs_usage_token(struct fs_bytes *rest, struct fs_bytes *token, bool *glued)
{
	size_t n = 1;

	*glued = rest->len == 0 || rest->data[0] != ' ';
	*rest = trim(*rest);
	if (rest->len == 0)
		return false;
	if (fs_bytes_starts(*rest, fs_bytes_of("...")))
		n = 3;
	else if (fs_bytes_starts(*rest, fs_bytes_of(",...")))
		n = 4;
	else if (strchr("[]|=,", rest->data[0]) == NULL)
		while (n < rest->len && strchr("[]|=,. ", rest->data[n]) ==
		    NULL)
			n++;
	*token = fs_bytes(rest->data, n);
	*rest = skip(*rest, n);
	return true;
}
