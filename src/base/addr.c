#include "base/addr.h"

#include <limits.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "base/num.h"

#define DEFAULT_HOST	"127.0.0.1"
#define DEFAULT_PORT	6379
#define DEFAULT_MS	5000

struct fs_target *
fs_target_new(void)
{
	struct fs_target *t = fs_xcalloc(1, sizeof(*t));

	t->host = fs_xstrdup(DEFAULT_HOST);
	t->port = DEFAULT_PORT;
	t->connect_timeout_ms = DEFAULT_MS;
	t->timeout_ms = DEFAULT_MS;
	return t;
}

static char *
copy_text(const char *text)
{
	return text != NULL ? fs_xstrdup(text) : NULL;
}

struct fs_target *
fs_target_copy(const struct fs_target *target)
{
	struct fs_target *t = fs_xcalloc(1, sizeof(*t));

	*t = *target;
	t->host = copy_text(target->host);
	t->socket = copy_text(target->socket);
	t->user = copy_text(target->user);
	t->pass = copy_text(target->pass);
	t->cacert = copy_text(target->cacert);
	t->cacertdir = copy_text(target->cacertdir);
	t->cert = copy_text(target->cert);
	t->key = copy_text(target->key);
	t->sni = copy_text(target->sni);
	t->natmap = NULL;
	if (target->nnatmap != 0)
		t->natmap = fs_xcalloc(target->nnatmap, sizeof(*t->natmap));
	for (size_t i = 0; i < target->nnatmap; i++) {
		t->natmap[i] = target->natmap[i];
		t->natmap[i].from_host = copy_text(target->natmap[i].from_host);
		t->natmap[i].to_host = copy_text(target->natmap[i].to_host);
	}
	return t;
}

void
fs_target_free(struct fs_target *target)
{
	if (target == NULL)
		return;
	for (size_t i = 0; i < target->nnatmap; i++) {
		free(target->natmap[i].from_host);
		free(target->natmap[i].to_host);
	}
	free(target->natmap);
	free(target->host);
	free(target->socket);
	free(target->user);
	fs_free_secret(target->pass);
	free(target->cacert);
	free(target->cacertdir);
	free(target->cert);
	free(target->key);
	free(target->sni);
	free(target);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A C string of a percent-encoded part; NULL when it is none. */
static char *
decode(struct fs_bytes in)
{
	char	*out = fs_xcalloc(in.len + 1, 1);
	size_t	 n = 0;

	for (size_t i = 0; i < in.len; i++) {
		out[n] = in.data[i];
		if (out[n] == '%') {
			int high = -1, low = -1;

			if (in.len - i > 2) {
				high = hex_digit(in.data[i + 1]);
				low = hex_digit(in.data[i + 2]);
			}
			if (high < 0 || low < 0)
				goto bad;
			out[n] = (char)(high << 4 | low);
			i += 2;
		}
		if (out[n++] == '\0')
			goto bad;
	}
	return out;
bad:
	out[n] = '\0';
	fs_free_secret(out);
	return NULL;
}

/* Cut text in two at the first or last c; false, and all in *head, if none. */
static bool
cut(struct fs_bytes text, char c, bool last, struct fs_bytes *head,
    struct fs_bytes *tail)
{
	const char *at = NULL;

	if (text.len != 0)
		at = last ? memrchr(text.data, c, text.len) :
		    memchr(text.data, c, text.len);
	*head = text;
	*tail = fs_bytes(text.data + text.len, 0);
	if (at == NULL)
		return false;
	head->len = (size_t)(at - text.data);
	*tail = fs_bytes(at + 1, text.len - head->len - 1);
	return true;
}

static bool
port_of(struct fs_bytes text, int *port)
{
	int64_t n;

	if (!fs_num_i64(text, 1, 65535, &n))
		return false;
	*port = (int)n;
	return true;
}

static bool
parse_db(struct fs_target *t, struct fs_bytes text, struct fs_err *err)
{
	int64_t n;

	if (!fs_num_i64(text, 0, INT_MAX, &n))
		return fs_fail(err, FS_EUSAGE,
		    "URI: the database is not a number");
	t->db = (int)n;
	return true;
}

static bool
parse_user(struct fs_target *t, struct fs_bytes text, struct fs_err *err)
{
	struct fs_bytes user, pass;
	bool has_pass = cut(text, ':', false, &user, &pass);

	if (user.len != 0 && (t->user = decode(user)) == NULL)
		return fs_fail(err, FS_EUSAGE,
		    "URI: bad percent-encoding in the user");
	if (has_pass && (t->pass = decode(pass)) == NULL)
		return fs_fail(err, FS_EUSAGE,
		    "URI: bad percent-encoding in the password");
	return true;
}

/* host, host:port, [v6], [v6]:port */
static bool
parse_host(struct fs_target *t, struct fs_bytes text, struct fs_err *err)
{
	struct fs_bytes host, port, rest;
	bool has_port;

	if (text.len != 0 && text.data[0] == '[') {
		text.data++;
		text.len--;
		if (!cut(text, ']', false, &host, &rest) ||
		    (rest.len != 0 && rest.data[0] != ':'))
			return fs_fail(err, FS_EUSAGE,
			    "URI: a [ without its ] before the port");
		has_port = rest.len != 0;
		port = has_port ? fs_bytes(rest.data + 1, rest.len - 1) : rest;
	} else {
		has_port = cut(text, ':', false, &host, &port);
	}
	if (host.len == 0 || (t->host = decode(host)) == NULL ||
	    t->host[0] == '\0')
		return fs_fail(err, FS_EUSAGE, "URI: no host, or a bad one");
	t->port = DEFAULT_PORT;
	if (has_port && !port_of(port, &t->port))
		return fs_fail(err, FS_EUSAGE,
		    "URI: the port is not a number from 1 to 65535");
	return true;
}

/* What follows redis:// or a sister of it. */
static bool
parse_tcp(struct fs_target *t, struct fs_bytes text, struct fs_err *err)
{
	struct fs_bytes where, db, user, host, rest;

	cut(text, '/', false, &where, &db);
	if (cut(db, '@', false, &rest, &rest))
		return fs_fail(err, FS_EUSAGE,
		    "URI: write a / in the password as %%2F");
	if (cut(where, '@', true, &user, &host)) {
		if (!parse_user(t, user, err))
			return false;
	} else {
		host = where;
	}
	return parse_host(t, host, err) &&
	    (db.len == 0 || parse_db(t, db, err));
}

/* What follows unix://: [user:password@]/path[?db=N] */
static bool
parse_unix(struct fs_target *t, struct fs_bytes text, struct fs_err *err)
{
	static const struct fs_bytes db_is = { "db=", 3 };
	struct fs_bytes	user, path, query;
	bool		has_query;

	cut(text, '/', false, &user, &path);
	if (path.data == text.data + text.len)
		return fs_fail(err, FS_EUSAGE, "URI: no path of a socket");
	path = fs_bytes(path.data - 1, path.len + 1);
	if (user.len != 0) {
		if (user.data[user.len - 1] != '@')
			return fs_fail(err, FS_EUSAGE,
			    "URI: the path of a socket starts with /");
		user.len--;
		if (!parse_user(t, user, err))
			return false;
	}
	has_query = cut(path, '?', false, &path, &query);
	if (has_query && !fs_bytes_starts(query, db_is))
		return fs_fail(err, FS_EUSAGE,
		    "URI: only ?db=N may follow the path");
	if ((t->socket = decode(path)) == NULL)
		return fs_fail(err, FS_EUSAGE,
		    "URI: bad percent-encoding in the path");
	return !has_query ||
	    parse_db(t, fs_bytes(query.data + db_is.len,
	    query.len - db_is.len), err);
}

/* Put the new value in the place of the old one. */
static void
replace(char **old, char *new)
{
	free(*old);
	*old = new;
}

static void
take_over(struct fs_target *target, struct fs_target *from)
{
	replace(&target->host, from->host);
	replace(&target->socket, from->socket);
	if (from->socket == NULL)
		target->port = from->port;
	target->db = from->db;
	target->tls = from->tls;
	if (from->user != NULL)
		replace(&target->user, from->user);
	if (from->pass != NULL) {
		fs_free_secret(target->pass);
		target->pass = from->pass;
	}
}

static const struct scheme {
	const char	*name;
	bool		 tls, socket;
} schemes[] = {
	{ "redis://",	false, false },
	{ "rediss://",	true, false },
	{ "valkey://",	false, false },
	{ "valkeys://",	true, false },
	{ "unix://",	false, true },
};

static const struct scheme *
scheme_of(const char *uri)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const struct scheme *s = &schemes[i];

		if (strncasecmp(uri, s->name, strlen(s->name)) == 0)
			return s;
	}
	return NULL;
}

bool
fs_target_uri(struct fs_target *target, const char *uri, struct fs_err *err)
{
	const struct scheme	*scheme = scheme_of(uri);
	struct fs_target	 new = { .port = DEFAULT_PORT };
	struct fs_bytes		 rest;

	if (scheme == NULL)
		return fs_fail(err, FS_EUSAGE, "URI: it starts with none of "
		    "redis:// rediss:// valkey:// valkeys:// unix://");
	new.tls = scheme->tls;
	rest = fs_bytes_of(uri + strlen(scheme->name));
	if (!(scheme->socket ? parse_unix(&new, rest, err) :
	    parse_tcp(&new, rest, err))) {
		free(new.host);
		free(new.socket);
		free(new.user);
		fs_free_secret(new.pass);
		return false;
	}
	take_over(target, &new);
	return true;
}

/* host or host:port of --natmap; a v6 host with its brackets. */
static bool
parse_side(struct fs_bytes text, char **host, int *port)
{
	struct fs_bytes name, rest;

	*port = 0;
	if (text.len != 0 && text.data[0] == '[') {
		text = fs_bytes(text.data + 1, text.len - 1);
		if (!cut(text, ']', false, &name, &rest))
			return false;
		if (rest.len != 0 && rest.data[0] != ':')
			return false;
		if (rest.len != 0 && !port_of(fs_bytes(rest.data + 1,
		    rest.len - 1), port))
			return false;
	} else if (cut(text, ':', false, &name, &rest) &&
	    !port_of(rest, port)) {
		return false;
	}
	if (name.len == 0)
		return false;
	*host = fs_xmemdup0(name.data, name.len);
	return true;
}

bool
fs_target_natmap(struct fs_target *target, const char *text,
    struct fs_err *err)
{
	struct fs_natmap map = { 0 };
	struct fs_bytes from, to;

	if (!cut(fs_bytes_of(text), '=', false, &from, &to) ||
	    !parse_side(from, &map.from_host, &map.from_port) ||
	    !parse_side(to, &map.to_host, &map.to_port) ||
	    (map.from_port == 0 && map.to_port != 0)) {
		free(map.from_host);
		free(map.to_host);
		return fs_fail(err, FS_EUSAGE, "natmap '%s': not "
		    "HOST[:PORT]=HOST[:PORT]", text);
	}
	target->natmap = fs_xreallocarray(target->natmap,
	    target->nnatmap + 1, sizeof(map));
	target->natmap[target->nnatmap++] = map;
	return true;
}

void
fs_target_translate(const struct fs_target *target, char **host, int *port)
{
	for (size_t i = 0; i < target->nnatmap; i++) {
		const struct fs_natmap *map = &target->natmap[i];

		if (strcasecmp(*host, map->from_host) != 0 ||
		    (map->from_port != 0 && map->from_port != *port))
			continue;
		replace(host, fs_xstrdup(map->to_host));
		if (map->to_port != 0)
			*port = map->to_port;
		return;
	}
}

void
fs_addr_show(struct fs_str *out, const char *host, int port)
{
	bool v6 = strchr(host, ':') != NULL;

	fs_str_addf(out, "%s%s%s:%d", v6 ? "[" : "", host, v6 ? "]" : "",
	    port);
}

void
fs_target_show(const struct fs_target *target, struct fs_str *out)
{
	if (target->socket != NULL) {
		fs_str_addf(out, "unix://%s", target->socket);
		if (target->db != 0)
			fs_str_addf(out, "?db=%d", target->db);
		return;
	}
	fs_str_add_text(out, target->tls ? "rediss://" : "redis://");
	fs_addr_show(out, target->host, target->port);
	fs_str_addf(out, "/%d", target->db);
}

bool
fs_addr_split(struct fs_bytes text, struct fs_bytes *host, int *port)
{
	struct fs_bytes number;

	if (!cut(text, ':', true, host, &number) || !port_of(number, port))
		return false;
	if (host->len >= 2 && host->data[0] == '[' &&
	    host->data[host->len - 1] == ']')
		*host = fs_bytes(host->data + 1, host->len - 2);
	return true;
}
