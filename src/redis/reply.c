#include "redis/reply.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/num.h"
#include "redis/verb.h"

/* In seconds: half of what microseconds have room for. */
#define TIME_MAX	(INT64_MAX / 2 / FS_SEC)

static const char *const type_names[] = {
	[FS_REPLY_NIL]		= "nil",
	[FS_REPLY_STATUS]	= "a status",
	[FS_REPLY_ERROR]	= "an error",
	[FS_REPLY_STRING]	= "a string",
	[FS_REPLY_INTEGER]	= "an integer",
	[FS_REPLY_ARRAY]	= "an array",
};

/* It is not of the type that was wanted. */
static bool
other_type(const struct fs_reply *reply, const char *what, const char *wanted,
    struct fs_err *err)
{
	if (reply->type == FS_REPLY_ERROR)
		return fs_reply_error(reply, what, err);
	return fs_fail(err, FS_EPROTO, "%s: expected %s, got %s", what, wanted,
	    type_names[reply->type]);
}

bool
fs_reply_want_integer(const struct fs_reply *reply, const char *what,
    int64_t *out, struct fs_err *err)
{
	if (reply->type != FS_REPLY_INTEGER)
		return other_type(reply, what, "an integer", err);
	*out = reply->integer;
	return true;
}

bool
fs_reply_want_string(const struct fs_reply *reply, const char *what,
    struct fs_bytes *out, struct fs_err *err)
{
	if (reply->type != FS_REPLY_STRING && reply->type != FS_REPLY_STATUS)
		return other_type(reply, what, "a string", err);
	*out = fs_bytes(reply->text, reply->len);
	return true;
}

bool
fs_reply_want_maybe(const struct fs_reply *reply, const char *what,
    struct fs_bytes *out, struct fs_err *err)
{
	if (reply->type == FS_REPLY_NIL) {
		*out = fs_bytes(NULL, 0);
		return true;
	}
	return fs_reply_want_string(reply, what, out, err);
}

bool
fs_reply_want_array(const struct fs_reply *reply, const char *what,
    size_t count, struct fs_err *err)
{
	char wanted[48] = "an array";

	if (reply->type == FS_REPLY_ARRAY &&
	    (count == SIZE_MAX || reply->len == count))
		return true;
	if (count != SIZE_MAX)
		snprintf(wanted, sizeof(wanted), "an array of %zu", count);
	if (reply->type != FS_REPLY_ARRAY)
		return other_type(reply, what, wanted, err);
	return fs_fail(err, FS_EPROTO, "%s: expected %s, got one of %u",
	    what, wanted, reply->len);
}

bool
fs_reply_want_ok(const struct fs_reply *reply, const char *what,
    struct fs_err *err)
{
	if (reply->type != FS_REPLY_STATUS)
		return other_type(reply, what, "OK", err);
	if (reply->len != 2 || memcmp(reply->text, "OK", 2) != 0)
		return fs_fail(err, FS_EPROTO, "%s: expected OK, got %.100s",
		    what, reply->text);
	return true;
}

bool
fs_reply_want_time(const struct fs_reply *reply, int64_t *us,
    struct fs_err *err)
{
	struct fs_bytes	sec, usec;
	int64_t		s, rest;

	if (!fs_reply_want_array(reply, "TIME", 2, err) ||
	    !fs_reply_want_string(&reply->item[0], "TIME", &sec, err) ||
	    !fs_reply_want_string(&reply->item[1], "TIME", &usec, err))
		return false;
	if (!fs_num_i64(sec, 0, TIME_MAX, &s) ||
	    !fs_num_i64(usec, 0, FS_SEC - 1, &rest))
		return fs_fail(err, FS_EPROTO, "TIME: not a time");
	*us = s * FS_SEC + rest;
	return true;
}

bool
fs_reply_is_error(const struct fs_reply *reply, const char *word)
{
	size_t len = strlen(word);

	return reply->type == FS_REPLY_ERROR && reply->len >= len &&
	    memcmp(reply->text, word, len) == 0 &&
	    (reply->len == len || reply->text[len] == ' ');
}

static const struct {
	const char	*word;
	enum fs_code	 code;
} codes[] = {
	{ "NOAUTH",	 FS_EAUTH },
	{ "WRONGPASS",	 FS_EAUTH },
	{ "LOADING",	 FS_EBUSY },
	{ "BUSY",	 FS_EBUSY },
	{ "MASTERDOWN",	 FS_EBUSY },
	{ "TRYAGAIN",	 FS_EBUSY },
	{ "CLUSTERDOWN", FS_EBUSY },
	{ "WRONGTYPE",	 FS_ETYPE },
	{ "NOPROTO",	 FS_ETOOOLD },
	{ "NOPERM",	 FS_EPERM },
};

static enum fs_code
code_of(const struct fs_reply *reply)
{
	static const char unknown[] = "ERR unknown ";

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (fs_reply_is_error(reply, codes[i].word))
			return codes[i].code;
	}
	/* "unknown command", "Unknown subcommand or wrong number ..." */
	if (reply->len >= sizeof(unknown) - 1 &&
	    strncasecmp(reply->text, unknown, sizeof(unknown) - 1) == 0 &&
	    (strcasestr(reply->text, "command") != NULL))
		return FS_ETOOOLD;
	return FS_ESERVER;
}

/* The first 'quoted' part of a text. */
static bool
quoted(const char *text, struct fs_bytes *out)
{
	const char *open = strchr(text, '\''), *close;

	if (open == NULL || (close = strchr(open + 1, '\'')) == NULL)
		return false;
	*out = fs_bytes(open + 1, (size_t)(close - open - 1));
	return true;
}

/* For keys: their pattern, where it is known; %R~ is enough to read. */
static void
key_rule(struct fs_str *out, const char *text, const char *what)
{
	const char	*keys = strstr(text, FS_REPLY_KEYS);
	enum fs_verb	 verb;

	fs_str_add_text(out, fs_verb_find(fs_bytes_of(what), &verb) &&
	    fs_verb_access(verb) == FS_ACCESS_READ ? "%R~" : "~");
	fs_str_add_text(out, keys != NULL ? keys + sizeof(FS_REPLY_KEYS) - 1 :
	    "PREFIX*");
}

/*
 * Servers from 6 to 8 say "this user has no permissions to run the 'x'
 * command", "User u has no permissions to run ...", "... to access one of the
 * keys used as arguments", "No permissions to access a key". False: no rule is
 * known.
 */
static bool
add_rule(struct fs_str *out, const struct fs_reply *reply, const char *what)
{
	struct fs_bytes	name = { NULL, 0 };
	enum fs_verb	verb;
	bool		command = strstr(reply->text, " command") != NULL;

	if (!command && strstr(reply->text, " key") != NULL) {
		key_rule(out, reply->text, what);
		return true;
	}
	if (!command || ((!quoted(reply->text, &name) ||
	    !fs_verb_find(name, &verb)) &&
	    !fs_verb_find(fs_bytes_of(what), &verb)))
		return false;
	fs_verb_rule(out, verb);
	return true;
}

void
fs_reply_missed(const struct fs_reply *reply, const char *what,
    struct fs_str *out)
{
	struct fs_str rule = { 0 };

	if (reply->type == FS_REPLY_ERROR && code_of(reply) == FS_EPERM &&
	    add_rule(&rule, reply, what))
		fs_str_addf(out, " %s", rule.data);
	fs_str_free(&rule);
}

/* The rule first: that is what is to be seen where there is little room. */
static bool
no_permission(const struct fs_reply *reply, const char *what,
    struct fs_err *err)
{
	struct fs_str rule = { 0 };

	if (add_rule(&rule, reply, what))
		fs_fail(err, FS_EPERM, "no right: %s (%s)", rule.data, what);
	else
		fs_fail(err, FS_EPERM, "%s: %.300s", what, reply->text);
	fs_str_free(&rule);
	return false;
}

bool
fs_reply_error(const struct fs_reply *reply, const char *what,
    struct fs_err *err)
{
	enum fs_code code = code_of(reply);

	if (code == FS_EPERM)
		return no_permission(reply, what, err);
	if (reply->len == 0)
		return fs_fail(err, code, "%s: an error without a word", what);
	return fs_fail(err, code, "%s: %.300s", what, reply->text);
}
