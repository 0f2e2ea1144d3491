#include "redis/caps.h"

#include "redis_said.h"

static const struct fs_reply *
info(const char *text)
{
	char resp[512];

	snprintf(resp, sizeof(resp), "$%zu\r\n%s\r\n", strlen(text), text);
	return said(resp);
}

/* Nothing is permitted: everything is assumed. */
static void
test_denied(void **state)
{
	struct fs_caps caps;

	(void)state;
	fs_caps_init(&caps);
	for (size_t i = 0; i < FS_CAPS_ASKED; i++)
		fs_caps_tell(&caps, i, said("-NOPERM no\r\n"));
	assert_true(caps.field_ttl);
	assert_true(caps.hsetex);
	assert_true(caps.may_be_full);
	assert_false(caps.clustered);
	assert_string_equal(caps.mode, "");
}

/* Answers come in the order of the questions; nil is a command it lacks. */
static void
test_commands(void **state)
{
	struct fs_caps	caps;
	struct fs_str	asked = { 0 }, answer = { 0 };
	const char	*at;
	size_t		n = 0;

	(void)state;
	fs_caps_init(&caps);
	fs_caps_ask(&asked);
	for (at = strstr(asked.data, "INFO\r\n") + 6;
	    strncmp(at, "*2", 2) != 0; n++) {
		at = strchr(at, '\n') + 1;
		if (strncmp(at, "HPEXPIRETIME\r", 13) == 0 ||
		    strncmp(at, "HSETEX\r", 7) == 0)
			fs_str_add_text(&answer, "*-1\r\n");
		else
			fs_str_add_text(&answer, "*0\r\n");
		at = strchr(at, '\n') + 1;
	}
	fs_str_clear(&asked);
	fs_str_addf(&asked, "*%zu\r\n%s", n, answer.data);
	fs_caps_tell(&caps, 0, said(asked.data));
	assert_false(caps.verb[FS_VERB_HPEXPIRETIME]);
	assert_true(caps.verb[FS_VERB_HPEXPIRE]);
	assert_true(caps.verb[FS_VERB_HSET]);
	assert_false(caps.field_ttl);
	assert_false(caps.hsetex);
	fs_str_free(&asked);
	fs_str_free(&answer);
}

static void
test_info(void **state)
{
	struct fs_caps caps;

	(void)state;
	fs_caps_init(&caps);
	fs_caps_tell(&caps, 2, info("redis_version:8.0.2\r\n"
	    "redis_mode:cluster\r\ncluster_enabled:1\r\nmaxmemory:0\r\n"));
	assert_string_equal(caps.name, "Redis");
	assert_string_equal(caps.version, "8.0.2");
	assert_string_equal(caps.mode, "cluster");
	assert_true(caps.clustered);
	assert_false(caps.may_be_full);
	fs_caps_init(&caps);
	fs_caps_tell(&caps, 2, info("redis_version:7.2.4\r\n"
	    "valkey_version:9.1.2\r\nserver_mode:standalone\r\n"
	    "maxmemory:1000\r\n"));
	assert_string_equal(caps.name, "Valkey");
	assert_string_equal(caps.version, "9.1.2");
	assert_string_equal(caps.mode, "standalone");
	assert_true(caps.may_be_full);
	fs_caps_tell(&caps, 2, info("redis_version:"
	    "123456789012345678901234567890123456789\r\n"));
	assert_int_equal(strlen(caps.version), sizeof(caps.version) - 1);
	fs_caps_tell(&caps, 1, info("somebody"));
	assert_string_equal(caps.user, "somebody");
}

static void
test_learn(void **state)
{
	struct fs_caps caps;

	(void)state;
	fs_caps_init(&caps);
	fs_caps_learn(&caps, said("-ERR wrong number of arguments\r\n"));
	fs_caps_learn(&caps, said("-ERR unknown command 'nonsense', with\r\n"));
	fs_caps_learn(&caps, said("-ERR unknown command\r\n"));
	fs_caps_learn(&caps, said("-NOPERM ... 'hset' command\r\n"));
	assert_true(caps.hsetex && caps.field_ttl);
	fs_caps_learn(&caps, said("-NOPERM User a has no permissions to run "
	    "the 'hsetex' command\r\n"));
	assert_false(caps.hsetex);
	fs_caps_learn(&caps, said("-ERR unknown command `HPEXPIRE`, with\r\n"));
	assert_false(caps.field_ttl);
	assert_false(caps.verb[FS_VERB_HPEXPIRE]);
}

static void
test_merge(void **state)
{
	struct fs_caps all, old;

	(void)state;
	fs_caps_init(&all);
	fs_caps_init(&old);
	all.may_be_full = false;
	fs_caps_learn(&old, said("-ERR unknown command 'HSETEX', with\r\n"));
	fs_caps_merge(&all, &old);
	assert_false(all.hsetex);
	assert_true(all.field_ttl);
	assert_true(all.may_be_full);
	fs_caps_init(&all);
	fs_caps_init(&old);
	fs_caps_learn(&old, said("-NOPERM User a has no permissions to run "
	    "the 'hsetex' command\r\n"));
	fs_caps_merge(&all, &old);
	assert_false(all.hsetex);
	assert_true(all.hsetex_denied);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_learn),
		cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
