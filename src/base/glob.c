#include "base/glob.h"

#include <stddef.h>

#define NOWHERE	((size_t)-1)

/* One of "[a-z]" or "[^a-z]", from behind the bracket; where it ends. */
static size_t
set(struct fs_bytes p, size_t at, unsigned char c, bool *is)
{
	bool negated = at < p.len && p.data[at] == '^', found = false;

	for (at += negated; at < p.len && p.data[at] != ']'; at++) {
		unsigned char from, to;

		if (p.data[at] == '\\' && at + 1 < p.len)
			at++;
		from = to = (unsigned char)p.data[at];
		if (at + 2 < p.len && p.data[at + 1] == '-') {
			at += 2;
			to = (unsigned char)p.data[at];
		}
		found |= from <= to ? c >= from && c <= to :
		    c >= to && c <= from;
	}
	*is = found != negated;
	return at < p.len ? at + 1 : at;
}

/* Whether the part of the pattern at this place is c; where it ends. */
static size_t
one(struct fs_bytes p, size_t at, unsigned char c, bool *is)
{
	switch (p.data[at]) {
	case '?':
		*is = true;
		return at + 1;
	case '[':
		return set(p, at + 1, c, is);
	case '\\':
		at += at + 1 < p.len;
		break;
	default:
		break;
	}
	*is = (unsigned char)p.data[at] == c;
	return at + 1;
}

bool
fs_glob_match(struct fs_bytes p, struct fs_bytes text)
{
	size_t	at = 0, pos = 0, star = NOWHERE, mark = 0, next;
	bool	is;

	while (pos < text.len) {
		if (at < p.len && p.data[at] == '*') {
			star = ++at;
			mark = pos;
			continue;
		}
		is = false;
		next = at < p.len ?
		    one(p, at, (unsigned char)text.data[pos], &is) : at;
		if (is) {
			at = next;
			pos++;
		} else if (star != NOWHERE) {	/* the last star takes more */
			at = star;
			pos = ++mark;
		} else {
			return false;
		}
	}
	while (at < p.len && p.data[at] == '*')
		at++;
	return at == p.len;
}
