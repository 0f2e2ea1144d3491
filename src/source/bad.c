#include "source/bad.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const phrases[] = {
	[FS_TYPE_STRING] = "a string",
	[FS_TYPE_BOOL] = "a bool",
	[FS_TYPE_INT64] = "an int64",
	[FS_TYPE_FLOAT64] = "a float64",
};

/* At most max bytes of text as a string; "..." when that is not all. */
static void
copy(char *buf, size_t max, struct fs_bytes text)
{
	size_t len = text.len;

	if (len > max)
		len = max - 3;
	/* Not in the midst of a character. */
	for (int i = 0; len < text.len && len > 0 && i < 3 &&
	    ((unsigned char)text.data[len] & 0xc0) == 0x80; i++)
		len--;
	for (size_t i = 0; i < len; i++)
		buf[i] = text.data[i] != '\0' ? text.data[i] : '?';
	strcpy(buf + len, len < text.len ? "..." : "");
}

char *
fs_excerpt(char buf[FS_EXCERPT], struct fs_bytes text)
{
	buf[0] = '\'';
	copy(buf + 1, FS_EXCERPT - 3, text);
	strcat(buf, "'");
	return buf;
}

char *
fs_excerpt_bare(char buf[FS_EXCERPT], struct fs_bytes text)
{
	copy(buf, FS_EXCERPT - 1, text);
	return buf;
}

const char *
fs_type_phrase(enum fs_type type)
{
	return phrases[type];
}

enum fs_got
fs_bad_say(struct fs_bad *bad, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(bad->why, sizeof(bad->why), fmt, ap) < 0)
		bad->why[0] = '\0';
	va_end(ap);
	return FS_GOT_BAD;
}

enum fs_got
fs_bad_at(struct fs_bad *bad, const struct fs_row *row, enum fs_got got)
{
	if (got == FS_GOT_BAD) {
		bad->line = row->line;
		bad->offset = row->offset;
	}
	return got;
}

enum fs_got
fs_bad_value(struct fs_bad *bad, struct fs_bytes name, struct fs_bytes text,
    enum fs_type type)
{
	char what[FS_EXCERPT], where[FS_EXCERPT];

	return fs_bad_say(bad, "%s: %s is not %s",
	    fs_excerpt_bare(where, name), fs_excerpt(what, text),
	    phrases[type]);
}
