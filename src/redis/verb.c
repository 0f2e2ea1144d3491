#include "redis/verb.h"

#include <ctype.h>

static const struct {
	const char	*words;
	enum fs_access	 access;
	bool		 key;
} table[FS_VERB_COUNT] = {
#define READ	FS_ACCESS_READ
#define WRITE	FS_ACCESS_WRITE
#define ADMIN	FS_ACCESS_ADMIN
#define VERB(id, words, access, key) [FS_VERB_##id] = { words, access, key },
#include "redis/verbs.def"
#undef VERB
#undef READ
#undef WRITE
#undef ADMIN
};

const char *
fs_verb_words(enum fs_verb verb)
{
	return table[verb].words;
}

enum fs_access
fs_verb_access(enum fs_verb verb)
{
	return table[verb].access;
}

bool
fs_verb_has_key(enum fs_verb verb)
{
	return table[verb].key;
}

size_t
fs_verb_nwords(enum fs_verb verb)
{
	return strchr(table[verb].words, ' ') != NULL ? 2 : 1;
}

bool
fs_verb_find(struct fs_bytes name, enum fs_verb *verb)
{
	for (int v = 0; v < FS_VERB_COUNT; v++) {
		const char	*words = table[v].words;
		size_t		 i = 0;

		while (i < name.len && words[i] != '\0') {
			int c = name.data[i] == '|' ? ' ' :
			    toupper((unsigned char)name.data[i]);

			if (c != words[i])
				break;
			i++;
		}
		if (i == name.len && words[i] == '\0') {
			*verb = (enum fs_verb)v;
			return true;
		}
	}
	return false;
}

void
fs_verb_rule(struct fs_str *out, enum fs_verb verb)
{
	fs_str_add_char(out, '+');
	for (const char *p = table[verb].words; *p != '\0'; p++) {
		if (*p == ' ')
			fs_str_add_char(out, '|');
		else
			fs_str_add_char(out, (char)tolower((unsigned char)*p));
	}
}

void
fs_verb_keys(struct fs_str *out, const char *prefix)
{
	for (const char *p = prefix; *p != '\0'; p++) {
		if (strchr("*?[]\\", *p) != NULL)
			fs_str_add_char(out, '\\');
		fs_str_add_char(out, *p);
	}
	fs_str_add_char(out, '*');
}

/* AUTH is open to everybody; the rest has to be allowed word by word. */
void
fs_verb_acl(struct fs_str *out, const char *prefix, bool write)
{
	for (int v = 0; v < FS_VERB_COUNT; v++) {
		if (v == FS_VERB_AUTH ||
		    (table[v].access == FS_ACCESS_WRITE && !write))
			continue;
		fs_verb_rule(out, (enum fs_verb)v);
		fs_str_add_char(out, ' ');
	}
	fs_str_add_text(out, write ? "~" : "%R~");
	fs_verb_keys(out, prefix);
}
