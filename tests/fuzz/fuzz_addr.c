/* URIs, natmaps, and the addresses that servers announce. */
#include "fuzz.h"

#include "base/addr.h"

static int
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void
check_same(const struct fs_target *a, const struct fs_target *b)
{
	FUZZ_CHECK(same(a->host, b->host) && a->port == b->port);
	FUZZ_CHECK(same(a->socket, b->socket) && a->db == b->db);
	FUZZ_CHECK(same(a->user, b->user) && same(a->pass, b->pass));
	FUZZ_CHECK(a->tls == b->tls);
}

static void
check_target(const struct fs_target *t)
{
	FUZZ_CHECK((t->host == NULL) != (t->socket == NULL));
	FUZZ_CHECK(t->host == NULL || t->host[0] != '\0');
	FUZZ_CHECK(t->socket == NULL || t->socket[0] == '/');
	FUZZ_CHECK(t->port >= 1 && t->port <= 65535);
	FUZZ_CHECK(t->db >= 0);
}

/* What is shown of a plain target is a URI that says the same. */
static void
show_again(const struct fs_target *t)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789.:-/";
	struct fs_str	  text = { 0 };
	struct fs_target *again = fs_target_new();
	const char	 *where = t->host != NULL ? t->host : t->socket;
	struct fs_err	  err;

	fs_target_show(t, &text);
	if (where[strspn(where, plain)] == '\0' &&
	    (t->host == NULL || strchr(where, '/') == NULL)) {
		FUZZ_CHECK(fs_target_uri(again, text.data, &err));
		FUZZ_CHECK(same(again->host, t->host));
		FUZZ_CHECK(same(again->socket, t->socket));
		FUZZ_CHECK(again->db == t->db);
	}
	fs_str_free(&text);
	fs_target_free(again);
}

/* A failure leaves all as it was, and says nothing of a password. */
static void
uri(const char *text)
{
	struct fs_target *t = fs_target_new(), *before, *copy;
	struct fs_err	  err = { 0 };
	bool		  ok;

	FUZZ_CHECK(fs_target_uri(t, "rediss://u:p@h:7/3", &err));
	before = fs_target_copy(t);
	ok = fs_target_uri(t, text, &err);
	if (ok) {
		check_target(t);
		show_again(t);
	} else {
		FUZZ_CHECK(err.code == FS_EUSAGE);
		FUZZ_CHECK(strncmp(err.msg, "URI: ", 5) == 0);
		check_same(t, before);
	}
	copy = fs_target_copy(t);
	check_same(t, copy);
	fs_target_free(t);
	fs_target_free(before);
	fs_target_free(copy);
}

/* All lines are one list of natmaps. */
static struct fs_target *nat;

static void
natmap(const char *text)
{
	struct fs_err err = { 0 };

	if (!fs_target_natmap(nat, text, &err))
		FUZZ_CHECK(err.code == FS_EUSAGE);
}

static void
translate(void)
{
	for (size_t i = 0; i < nat->nnatmap; i++) {
		const struct fs_natmap	*map = &nat->natmap[i];
		char			*host = strdup(map->from_host);
		int			 port = map->from_port;

		FUZZ_CHECK(host != NULL && host[0] != '\0');
		if (port == 0)
			port = 6379;
		fs_target_translate(nat, &host, &port);
		FUZZ_CHECK(host[0] != '\0' && port >= 1 && port <= 65535);
		free(host);
	}
	fs_target_free(fs_target_copy(nat));
}

static void
announced(struct fs_bytes text)
{
	struct fs_bytes	 host, again;
	struct fs_str	 shown = { 0 };
	char		*name;
	int		 port, other;

	if (!fs_addr_split(text, &host, &port))
		return;
	FUZZ_CHECK(port >= 1 && port <= 65535);
	FUZZ_CHECK(host.len <= text.len);
	name = fuzz_text(host);
	if (strlen(name) == host.len && name[0] != '[') {
		fs_addr_show(&shown, name, port);
		FUZZ_CHECK(fs_addr_split(fs_str_bytes(&shown), &again,
		    &other));
		FUZZ_CHECK(other == port && fs_bytes_eq(again, host));
	}
	fs_str_free(&shown);
	free(name);
}

static void
address(struct fs_bytes line)
{
	char *text = fuzz_text(line);

	uri(text);
	announced(line);
	natmap(text);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nat = fs_target_new();
	fuzz_lines(fuzz_bytes(data, size), address);
	translate();
	fs_target_free(nat);
	return 0;
}
