#include "base/addr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const struct {
	const char	*uri, *host;
	int		 port, db;
	const char	*user, *pass;
	bool		 tls;
} good[] = {
	{ "redis://h", "h", 6379, 0, NULL, NULL, false },
	{ "REDIS://h/", "h", 6379, 0, NULL, NULL, false },
	{ "redis://h:7000/3", "h", 7000, 3, NULL, NULL, false },
	{ "valkey://10.0.0.1:1/0", "10.0.0.1", 1, 0, NULL, NULL, false },
	{ "rediss://h:65535", "h", 65535, 0, NULL, NULL, true },
	{ "valkeys://h", "h", 6379, 0, NULL, NULL, true },
	{ "redis://u@h", "h", 6379, 0, "u", NULL, false },
	{ "redis://u:p@h", "h", 6379, 0, "u", "p", false },
	{ "redis://:p@h", "h", 6379, 0, NULL, "p", false },
	{ "redis://u:@h", "h", 6379, 0, "u", "", false },
	{ "redis://u:p:q@h", "h", 6379, 0, "u", "p:q", false },
	{ "redis://u:p@q@h", "h", 6379, 0, "u", "p@q", false },
	{ "redis://a%40b:%2f%3A%25@h", "h", 6379, 0, "a@b", "/:%", false },
	{ "redis://[::1]", "::1", 6379, 0, NULL, NULL, false },
	{ "redis://u:p@[fe80::1%25eth0]:7000/1", "fe80::1%eth0", 7000, 1,
	    "u", "p", false },
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(good); i++) {
		struct fs_target	*t = fs_target_new();
		struct fs_err		 err = { 0 };

		if (!fs_target_uri(t, good[i].uri, &err))
			fail_msg("%s: %s", good[i].uri, err.msg);
		if (!same(t->host, good[i].host) || t->port != good[i].port ||
		    t->db != good[i].db || !same(t->user, good[i].user) ||
		    !same(t->pass, good[i].pass) || t->tls != good[i].tls ||
		    t->socket != NULL)
			fail_msg("%s: %s %d %d", good[i].uri, t->host,
			    t->port, t->db);
		fs_target_free(t);
	}
}

static void
test_unix(void **state)
{
	struct fs_target *t = fs_target_new();

	(void)state;
	assert_true(fs_target_uri(t, "unix:///run/r.sock", NULL));
	assert_string_equal(t->socket, "/run/r.sock");
	assert_null(t->host);
	assert_true(fs_target_uri(t, "unix://u:p%3fq@/a%20b?db=5", NULL));
	assert_string_equal(t->socket, "/a b");
	assert_int_equal(t->db, 5);
	assert_string_equal(t->user, "u");
	assert_string_equal(t->pass, "p?q");
	/* The next one says it all again, but for who. */
	assert_true(fs_target_uri(t, "rediss://h:1", NULL));
	assert_null(t->socket);
	assert_int_equal(t->db, 0);
	assert_string_equal(t->pass, "p?q");
	fs_target_free(t);
}

static const char *const bad[] = {
	"", "h", "http://h", "redis:/h", "redis:h",
	"redis://", "redis:///1", "redis://:secret@", "redis://@:1",
	"redis://u:secret@h:0", "redis://u:secret@h:65536",
	"redis://u:secret@h:", "redis://u:secret@h:+1", "redis://u:secret@h:1x",
	"redis://u:secret@h/x", "redis://u:secret@h/-1",
	"redis://u:secret@h/99999999999", "redis://u:secret@h/1/2",
	"redis://u:secret@h/0?db=1",
	"redis://u:se/cret@h", "redis://u:%secret@h", "redis://u:secret%2@h",
	"redis://%zz:secret@h", "redis://u:secret%00@h", "redis://u:secret@h%",
	"redis://u:secret@[::1", "redis://u:secret@[::1]x",
	"redis://u:secret@[]:1", "redis://u:secret@::1",
	"unix://", "unix://u:secret@", "unix://secret/run/s",
	"unix://u:secret@/s?db=", "unix://u:secret@/s?db=x",
	"unix://u:secret@/s?secret", "unix://u:secret@/%",
};

/* What is wrong leaves everything as it was, and no password in a message. */
static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		struct fs_target	*t = fs_target_new();
		struct fs_err		 err = { 0 };

		if (fs_target_uri(t, bad[i], &err))
			fail_msg("%s was accepted", bad[i]);
		assert_int_equal(err.code, FS_EUSAGE);
		assert_string_equal(t->host, "127.0.0.1");
		assert_null(t->pass);
		assert_null(strstr(err.msg, "cret"));
		fs_target_free(t);
	}
}

static char *
shown(const struct fs_target *t)
{
	struct fs_str out = { 0 };

	fs_target_show(t, &out);
	return fs_str_take(&out);
}

static void
test_show(void **state)
{
	static const char *const pairs[][2] = {
		{ "redis://u:secret@h", "redis://h:6379/0" },
		{ "valkeys://h:1/2", "rediss://h:1/2" },
		{ "redis://[::1]:7", "redis://[::1]:7/0" },
		{ "unix://u:secret@/s", "unix:///s" },
		{ "unix:///s?db=3", "unix:///s?db=3" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(pairs); i++) {
		struct fs_target	*t = fs_target_new();
		char			*text;

		assert_true(fs_target_uri(t, pairs[i][0], NULL));
		text = shown(t);
		assert_string_equal(text, pairs[i][1]);
		free(text);
		fs_target_free(t);
	}
}

static void
translates(const struct fs_target *t, const char *host, int port,
    const char *to_host, int to_port)
{
	char *name = strdup(host);

	fs_target_translate(t, &name, &port);
	assert_string_equal(name, to_host);
	assert_int_equal(port, to_port);
	free(name);
}

static void
test_natmap(void **state)
{
	static const char *const wrong[] = { "", "a", "=b", "a=", "a=b:0",
	    "a:x=b", "a=b:1", "[::1=b", "a:70000=b" };
	struct fs_target	*t = fs_target_new(), *copy;
	struct fs_err		 err;

	(void)state;
	assert_true(fs_target_natmap(t, "10.0.0.1:7000=localhost:17000", NULL));
	assert_true(fs_target_natmap(t, "10.0.0.1=out.example", NULL));
	assert_true(fs_target_natmap(t, "[fd00::1]:7000=[::1]:1", NULL));
	for (size_t i = 0; i < LEN(wrong); i++) {
		if (fs_target_natmap(t, wrong[i], &err))
			fail_msg("'%s' was accepted", wrong[i]);
		assert_int_equal(err.code, FS_EUSAGE);
	}
	copy = fs_target_copy(t);
	fs_target_free(t);
	translates(copy, "10.0.0.1", 7000, "localhost", 17000);
	translates(copy, "10.0.0.1", 7001, "out.example", 7001);
	translates(copy, "fd00::1", 7000, "::1", 1);
	translates(copy, "fd00::1", 7001, "fd00::1", 7001);
	fs_target_free(copy);
}

static void
splits(const char *text, const char *host, int port)
{
	struct fs_bytes	got;
	int		n = -1;

	if (!fs_addr_split(fs_bytes_of(text), &got, &n)) {
		if (host != NULL)
			fail_msg("'%s' is no address", text);
		return;
	}
	if (host == NULL)
		fail_msg("'%s' was accepted", text);
	assert_true(fs_bytes_eq(got, fs_bytes_of(host)));
	assert_int_equal(n, port);
}

static void
test_split(void **state)
{
	(void)state;
	splits("127.0.0.1:7000", "127.0.0.1", 7000);
	splits("::1:7000", "::1", 7000);
	splits("[::1]:7000", "::1", 7000);
	splits(":7000", "", 7000);
	splits("h:65535", "h", 65535);
	splits("h", NULL, 0);
	splits("h:", NULL, 0);
	splits("h:0", NULL, 0);
	splits("h:65536", NULL, 0);
	splits("h: 1", NULL, 0);
	splits("", NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_natmap),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
