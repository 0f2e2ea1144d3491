#include "base/escape.h"

#include <stdio.h>
#include <string.h>

#include "base/escape_table.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define MARKS		2	/* on one base */

/* Printable ASCII that stands for itself. */
static bool
is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '\\';
}

static size_t
plain_run(struct fs_bytes in, size_t pos)
{
	size_t end = pos;

	while (end < in.len && is_plain((unsigned char)in.data[end]))
		end++;
	return end - pos;
}

/* The visible form of one byte, or of the code point if len is not 0. */
static size_t
escape(char buf[64], unsigned char byte, uint32_t cp, size_t len)
{
	static const char	 from[] = "\n\r\t\033\\";
	static const char	 to[] = "nrte\\";
	static const char	 hex[] = "0123456789ABCDEF";
	const char		*which;

	if (len > 1)
		return (size_t)snprintf(buf, 64, "\\u{%X}", cp);
	which = byte == '\0' ? NULL : strchr(from, byte);
	buf[0] = '\\';
	buf[1] = which != NULL ? to[which - from] : 'x';
	buf[2] = hex[byte >> 4];
	buf[3] = hex[byte & 0xf];
	return which != NULL ? 2 : 4;
}

/* The combining marks that the character before pos may keep. */
static size_t
add_marks(char *buf, struct fs_bytes in, size_t *pos)
{
	size_t	 len = 0, n;
	uint32_t cp;

	for (int i = 0; i < MARKS; i++) {
		n = fs_utf8_decode(in, *pos, &cp);
		if (n < 2 || fs_utf8_width(cp) != 0)
			break;
		memcpy(buf + len, in.data + *pos, n);
		len += n;
		*pos += n;
	}
	return len;
}

size_t
fs_utf8_decode(struct fs_bytes in, size_t pos, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *at;
	size_t	 n;
	uint32_t code;

	if (pos >= in.len)
		return 0;
	at = (const unsigned char *)in.data + pos;
	if (at[0] < 0x80) {
		*cp = at[0];
		return 1;
	}
	n = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	if (at[0] < 0xc2 || at[0] > 0xf4 || in.len - pos < n)
		return 0;
	code = at[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3fU);
	}
	if (code < least[n] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*cp = code;
	return n;
}

bool
fs_utf8_valid(struct fs_bytes in)
{
	uint32_t cp;
	size_t	 n;

	for (size_t pos = 0; pos < in.len; pos += n) {
		n = fs_utf8_decode(in, pos, &cp);
		if (n == 0)
			return false;
	}
	return true;
}

int
fs_utf8_width(uint32_t cp)
{
	size_t low = 0, high = LEN(table);

	if (cp < 0x7f)
		return cp >= ' ' ? 1 : -1;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (table[middle] >> 4 <= cp)
			low = middle;
		else
			high = middle;
	}
	return (table[low] & 0xf) == 0xf ? -1 : (int)(table[low] & 0xf);
}

size_t
fs_escape_next(struct fs_bytes in, size_t *pos, bool utf8, char buf[64],
    size_t *width)
{
	const char	*at;
	uint32_t	 cp = 0;
	size_t		 len;
	int		 columns;

	*width = 0;
	if (*pos >= in.len)
		return 0;
	at = in.data + *pos;
	len = fs_utf8_decode(in, *pos, &cp);
	columns = len == 0 ? -1 : fs_utf8_width(cp);
	*pos += len != 0 ? len : 1;
	if (columns <= 0 || cp == '\\' || (len > 1 && !utf8)) {
		*width = escape(buf, (unsigned char)*at, cp, len);
		return *width;
	}
	memcpy(buf, at, len);
	*width = (size_t)columns;
	return utf8 ? len + add_marks(buf + len, in, pos) : len;
}

void
fs_escape(struct fs_str *out, struct fs_bytes in, bool utf8)
{
	char	buf[64];
	size_t	pos = 0, run, width;

	while (pos < in.len) {
		/* All but the last one, which may have combining marks. */
		run = plain_run(in, pos);
		if (run > 1) {
			fs_str_add(out, in.data + pos, run - 1);
			pos += run - 1;
		}
		run = fs_escape_next(in, &pos, utf8, buf, &width);
		fs_str_add(out, buf, run);
	}
}

size_t
fs_escape_fit(struct fs_str *out, struct fs_bytes in, size_t width,
    bool utf8)
{
	char	buf[64];
	size_t	used = 0, pos = 0, n, columns;
	size_t	cut_used = 0, cut_len = out->len; /* what leaves a column */

	while ((n = fs_escape_next(in, &pos, utf8, buf, &columns)) != 0) {
		if (used < width) {
			cut_used = used;
			cut_len = out->len;
		}
		if (columns > width - used)
			break;
		fs_str_add(out, buf, n);
		used += columns;
	}
	if (n == 0)
		return used;
	fs_str_cut(out, cut_len);
	if (width == 0)
		return 0;
	fs_str_add_text(out, utf8 ? "\xe2\x80\xa6" : "~");
	return cut_used + 1;
}

/* A character that JSON or a terminal does not take as it is. */
static void
add_json_escape(struct fs_str *out, uint32_t cp)
{
	static const char from[] = "\"\\\n\r\t", to[] = "\"\\nrt";
	const char *which = cp == 0 || cp > 0x7f ? NULL :
	    strchr(from, (int)cp);

	if (which != NULL) {
		fs_str_add_char(out, '\\');
		fs_str_add_char(out, to[which - from]);
	} else if (cp < 0x10000) {
		fs_str_addf(out, "\\u%04x", cp);
	} else {
		fs_str_addf(out, "\\u%04x\\u%04x",
		    0xd800 + ((cp - 0x10000) >> 10),
		    0xdc00 + ((cp - 0x10000) & 0x3ff));
	}
}

static bool
is_plain_in_json(uint32_t cp)
{
	if (cp < 0x80)
		return cp >= ' ' && cp < 0x7f && cp != '"' && cp != '\\';
	return fs_utf8_width(cp) >= 0;
}

void
fs_escape_json(struct fs_str *out, struct fs_bytes in)
{
	size_t		from = 0, n;
	uint32_t	cp;

	for (size_t pos = 0; pos < in.len; pos += n) {
		n = fs_utf8_decode(in, pos, &cp);
		if (n != 0 && is_plain_in_json(cp))
			continue;
		fs_str_add(out, in.data + from, pos - from);
		if (n == 0) {
			fs_str_add_text(out, "\xef\xbf\xbd");
			n = 1;
		} else {
			add_json_escape(out, cp);
		}
		from = pos + n;
	}
	if (from < in.len)
		fs_str_add(out, in.data + from, in.len - from);
}

size_t
fs_escape_width(struct fs_bytes in, bool utf8)
{
	char	buf[64];
	size_t	pos = 0, all = 0, run, width;

	while (pos < in.len) {
		run = plain_run(in, pos);
		if (run > 1) {
			all += run - 1;
			pos += run - 1;
		}
		fs_escape_next(in, &pos, utf8, buf, &width);
		all += width;
	}
	return all;
}

bool
fs_escape_fits(struct fs_bytes in, size_t width, bool utf8)
{
	char	buf[64];
	size_t	pos = 0, columns;

	while (fs_escape_next(in, &pos, utf8, buf, &columns) != 0) {
		if (columns > width)
			return false;
		width -= columns;
	}
	return true;
}
