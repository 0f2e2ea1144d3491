#include "redis/caps.h"

#include <bsd/string.h>

#include <stdlib.h>

#include "redis/info.h"
#include "redis/resp.h"

/*
 * Only commands that some server lacks are worth a question: those with a
 * key, of one word (before Redis 7 subcommands could not be asked for).
 */
static bool
is_asked(enum fs_verb verb)
{
	return fs_verb_has_key(verb) && fs_verb_nwords(verb) == 1;
}

static void
conclude(struct fs_caps *caps)
{
	caps->field_ttl = caps->verb[FS_VERB_HPEXPIRE] &&
	    caps->verb[FS_VERB_HPEXPIRETIME];
	caps->hsetex = caps->verb[FS_VERB_HSETEX] && !caps->hsetex_denied;
}

void
fs_caps_init(struct fs_caps *caps)
{
	*caps = (struct fs_caps){ .may_be_full = true };
	for (int v = 0; v < FS_VERB_COUNT; v++)
		caps->verb[v] = true;
	conclude(caps);
}

void
fs_caps_ask(struct fs_str *out)
{
	size_t n = 0;

	for (int v = 0; v < FS_VERB_COUNT; v++)
		n += is_asked((enum fs_verb)v);
	fs_resp_head(out, FS_VERB_COMMAND_INFO, n);
	for (int v = 0; v < FS_VERB_COUNT; v++) {
		if (is_asked((enum fs_verb)v))
			fs_resp_arg_text(out, fs_verb_words((enum fs_verb)v));
	}
	fs_resp_head(out, FS_VERB_ACL_WHOAMI, 0);
	fs_resp_head(out, FS_VERB_INFO, 0);
}

static void
tell_commands(struct fs_caps *caps, const struct fs_reply *reply)
{
	uint32_t i = 0;

	if (reply->type != FS_REPLY_ARRAY)
		return;
	for (int v = 0; v < FS_VERB_COUNT && i < reply->len; v++) {
		if (is_asked((enum fs_verb)v))
			caps->verb[v] = reply->item[i++].type == FS_REPLY_ARRAY;
	}
	conclude(caps);
}

static void
copy(char *to, size_t size, struct fs_bytes from)
{
	size_t len = from.len < size - 1 ? from.len : size - 1;

	if (len != 0)
		memcpy(to, from.data, len);
	to[len] = '\0';
}

static void
copy_field(char *to, size_t size, struct fs_bytes info, const char *name,
    const char *other)
{
	struct fs_bytes value;

	if (fs_info_text(info, name, &value) ||
	    fs_info_text(info, other, &value))
		copy(to, size, value);
}

/* A run_id has 40 hexadecimal digits. */
static uint64_t
process_of(struct fs_bytes info)
{
	struct fs_bytes	value;
	char		digits[17];

	if (!fs_info_text(info, "run_id", &value))
		return 0;
	copy(digits, sizeof(digits), value);
	return strtoull(digits, NULL, 16);
}

static void
tell_info(struct fs_caps *caps, struct fs_bytes info)
{
	struct fs_bytes	value;
	int64_t		n;

	/* Valkey keeps redis_version for the sake of old clients. */
	strlcpy(caps->name, fs_info_text(info, "valkey_version", &value) ?
	    "Valkey" : "Redis", sizeof(caps->name));
	copy_field(caps->version, sizeof(caps->version), info,
	    "valkey_version", "redis_version");
	copy_field(caps->mode, sizeof(caps->mode), info, "redis_mode",
	    "server_mode");
	caps->clustered = fs_info_i64(info, "cluster_enabled", &n) && n == 1;
	caps->process = process_of(info);
	fs_caps_memory(caps, info);
}

void
fs_caps_tell(struct fs_caps *caps, size_t i, const struct fs_reply *reply)
{
	bool		text = reply->type == FS_REPLY_STRING;
	struct fs_bytes	bytes = { NULL, 0 };

	if (text)
		bytes = fs_bytes(reply->text, reply->len);
	if (i == 0)
		tell_commands(caps, reply);
	else if (i == 1 && text)
		copy(caps->user, sizeof(caps->user), bytes);
	else if (i == 2 && text)
		tell_info(caps, bytes);
}

void
fs_caps_memory(struct fs_caps *caps, struct fs_bytes info)
{
	int64_t limit;

	/* With any policy a write can be refused: nothing may be evictable. */
	caps->may_be_full = !fs_info_i64(info, "maxmemory", &limit) ||
	    limit != 0;
}

void
fs_caps_learn(struct fs_caps *caps, const struct fs_reply *error)
{
	static const char	 unknown[] = "ERR unknown command";
	const char		*open, *close;
	enum fs_verb		 verb;

	if (fs_reply_is_error(error, "OOM")) {
		caps->may_be_full = true;
		return;
	}
	if (fs_reply_is_error(error, "NOPERM")) {
		if (strcasestr(error->text, "'hsetex'") != NULL)
			caps->hsetex_denied = true;
		conclude(caps);
		return;
	}
	if (strncasecmp(error->text, unknown, sizeof(unknown) - 1) != 0)
		return;
	/* Quoted by ' and before Redis 7 by `. */
	open = strpbrk(error->text, "'`");
	close = open != NULL ? strpbrk(open + 1, "'`") : NULL;
	if (close != NULL && fs_verb_find(fs_bytes(open + 1,
	    (size_t)(close - open - 1)), &verb))
		caps->verb[verb] = false;
	conclude(caps);
}

void
fs_caps_merge(struct fs_caps *into, const struct fs_caps *from)
{
	for (int v = 0; v < FS_VERB_COUNT; v++)
		into->verb[v] = into->verb[v] && from->verb[v];
	into->hsetex_denied = into->hsetex_denied || from->hsetex_denied;
	into->may_be_full = into->may_be_full || from->may_be_full;
	conclude(into);
}
