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

/* The verb at the start of "HMGET fs:user:u0001", and what is behind it. */
static bool
verb_of(const char *what, enum fs_verb *verb, const char **key)
{
	const char	*end = what + strcspn(what, " ");

	*key = end;
	if (fs_verb_find(fs_bytes(what, (size_t)(end - what)), verb))
		return true;
	if (*end == ' ')
		end += 1 + strcspn(end + 1, " ");
	*key = end;
	return fs_verb_find(fs_bytes(what, (size_t)(end - what)), verb);
}

/*
 * The rule for a key: its prefix up to the last colon, as far as what names
 * it; %R~ is enough to read.
 */
static void
key_rule(struct fs_str *out, const char *what)
{
	enum fs_verb	 verb;
	const char	*key, *colon;
	bool		 known = verb_of(what, &verb, &key);

	fs_str_add_text(out,
	    known && fs_verb_access(verb) == FS_ACCESS_READ ? "%R~" : "~");
	if (!known || *key == '\0')
		key = " PREFIX";
	colon = strrchr(++key, ':');
	fs_str_add(out, key, colon != NULL ? (size_t)(colon + 1 - key) :
	    strlen(key));
	fs_str_add_char(out, '*');
}

/*
 * Servers from 6 to 8 say "this user has no permissions to run the 'x'
 * command", "User u has no permissions to run ...", "... to access one of the
 * keys used as arguments", "No permissions to access a key".
 */
static bool
no_permission(const struct fs_reply *reply, const char *what,
    struct fs_err *err)
{
	struct fs_str	rule = { 0 };
	struct fs_bytes	name = { NULL, 0 };
	enum fs_verb	verb;
	const char	*rest;
	bool		command = strstr(reply->text, " command") != NULL;

	if (!command && strstr(reply->text, " key") != NULL) {
		key_rule(&rule, what);
		fs_fail(err, FS_EPERM,
		    "%s: no right to this key; the ACL rule for it is %s",
		    what, rule.data);
	} else if (command && ((quoted(reply->text, &name) &&
	    fs_verb_find(name, &verb)) || verb_of(what, &verb, &rest))) {
		fs_verb_rule(&rule, verb);
		fs_fail(err, FS_EPERM,
		    "%s: no right to this command; the ACL rule for it is %s",
		    what, rule.data);
	} else {
		fs_fail(err, FS_EPERM, "%s: %.300s", what, reply->text);
	}
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
