#include "redis/reply.h"

#include "redis_said.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static void
test_wanted(void **state)
{
	struct fs_bytes	text;
	struct fs_err	err;
	int64_t		n;

	(void)state;
	assert_true(fs_reply_want_integer(said(":-5\r\n"), "X", &n, &err));
	assert_int_equal(n, -5);
	assert_true(fs_reply_want_string(said("$3\r\nabc\r\n"), "X", &text,
	    &err));
	assert_true(fs_bytes_eq(text, fs_bytes_of("abc")));
	assert_true(fs_reply_want_string(said("+abc\r\n"), "X", &text, &err));
	assert_true(fs_reply_want_maybe(said("$-1\r\n"), "X", &text, &err));
	assert_null(text.data);
	assert_true(fs_reply_want_maybe(said("$0\r\n\r\n"), "X", &text, &err));
	assert_non_null(text.data);
	assert_true(fs_reply_want_array(said("*0\r\n"), "X", 0, &err));
	assert_true(fs_reply_want_array(said("*2\r\n:1\r\n:2\r\n"), "X",
	    SIZE_MAX, &err));
	assert_true(fs_reply_want_ok(said("+OK\r\n"), "X", &err));
}

/* Kinds 37 to 41: of another type or length than asked. */
static void
test_unwanted(void **state)
{
	struct fs_bytes	text;
	struct fs_err	err;
	int64_t		n;

	(void)state;
	assert_false(fs_reply_want_array(said("*-1\r\n"), "HTTL", 5, &err));
	assert_int_equal(err.code, FS_EPROTO);
	assert_string_equal(err.msg,
	    "HTTL: expected an array of 5, got nil");
	assert_false(fs_reply_want_array(said(":1\r\n"), "HTTL", 5, &err));
	assert_string_equal(err.msg,
	    "HTTL: expected an array of 5, got an integer");
	assert_false(fs_reply_want_array(said("*1\r\n:1\r\n"), "HTTL", 5,
	    &err));
	assert_string_equal(err.msg,
	    "HTTL: expected an array of 5, got one of 1");
	assert_false(fs_reply_want_integer(said("$1\r\n5\r\n"), "X", &n, &err));
	assert_false(fs_reply_want_string(said(":5\r\n"), "X", &text, &err));
	assert_false(fs_reply_want_string(said("$-1\r\n"), "X", &text, &err));
	assert_false(fs_reply_want_maybe(said("*0\r\n"), "X", &text, &err));
	assert_false(fs_reply_want_ok(said("+QUEUED\r\n"), "X", &err));
	assert_int_equal(err.code, FS_EPROTO);
	assert_false(fs_reply_want_ok(said("$2\r\nOK\r\n"), "X", &err));
	/* Without a place for the error it is as well. */
	assert_false(fs_reply_want_ok(said("-ERR x\r\n"), "X", NULL));
}

static void
test_codes(void **state)
{
	static const struct {
		const char	*text;
		enum fs_code	 code;
	} cases[] = {
		{ "-NOAUTH Authentication required.\r\n", FS_EAUTH },
		{ "-WRONGPASS invalid\r\n", FS_EAUTH },
		{ "-NOPERM whatever\r\n", FS_EPERM },
		{ "-LOADING Redis is loading\r\n", FS_EBUSY },
		{ "-BUSY script\r\n", FS_EBUSY },
		{ "-MASTERDOWN x\r\n", FS_EBUSY },
		{ "-TRYAGAIN x\r\n", FS_EBUSY },
		{ "-CLUSTERDOWN x\r\n", FS_EBUSY },
		{ "-WRONGTYPE x\r\n", FS_ETYPE },
		{ "-NOPROTO x\r\n", FS_ETOOOLD },
		{ "-ERR unknown command 'HPEXPIRE', with\r\n", FS_ETOOOLD },
		{ "-ERR unknown command `HPEXPIRE`, with\r\n", FS_ETOOOLD },
		{ "-ERR Unknown subcommand or wrong number of arguments for "
		    "'SHARDS'\r\n", FS_ETOOOLD },
		{ "-ERR unknown subcommand 'x'\r\n", FS_ETOOOLD },
		{ "-ERR syntax error\r\n", FS_ESERVER },
		{ "-OOM command not allowed\r\n", FS_ESERVER },
		{ "-MISCONF x\r\n", FS_ESERVER },
		{ "-READONLY x\r\n", FS_ESERVER },
		{ "-NOREPLICAS x\r\n", FS_ESERVER },
		{ "-BUSYKEY x\r\n", FS_ESERVER },
		{ "-FUTURE x\r\n", FS_ESERVER },
		{ "-err lower\r\n", FS_ESERVER },
		{ "-\r\n", FS_ESERVER },
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct fs_err err = { 0 };

		assert_false(fs_reply_error(said(cases[i].text), "HSET", &err));
		if (err.code != cases[i].code)
			fail_msg("%s: code %d", cases[i].text, err.code);
		assert_int_equal(strncmp(err.msg, "HSET: ", 6), 0);
	}
}

/* Which right is missing, in the words of servers from 6 to 8. */
static void
test_rights(void **state)
{
	static const struct {
		const char *text, *what, *rule;
	} cases[] = {
		{ "-NOPERM this user has no permissions to run the 'hpexpiretime'"
		    " command or its subcommand\r\n", "X",
		    "no right: +hpexpiretime (X)" },
		{ "-NOPERM User al has no permissions to run the 'client|setname'"
		    " command\r\n", "X",
		    "no right: +client|setname (X)" },
		{ "-NOPERM this user has no permissions to run the command\r\n",
		    "MEMORY USAGE", "no right: +memory|usage (MEMORY USAGE)" },
		{ "-NOPERM this user has no permissions to access one of the keys"
		    " used as arguments; ours: fs:user:*\r\n", "HMGET",
		    "no right: %R~fs:user:* (HMGET)" },
		{ "-NOPERM No permissions to access a key; ours: a b'\\*:*\r\n",
		    "HSET", "no right: ~a b'\\*:* (HSET)" },
		{ "-NOPERM No permissions to access a key\r\n", "MEMORY USAGE",
		    "no right: %R~PREFIX* (MEMORY USAGE)" },
		{ "-NOPERM something else\r\n", "HMGET",
		    "HMGET: NOPERM something else" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct fs_err	 err;

		fs_reply_error(said(cases[i].text), cases[i].what, &err);
		assert_int_equal(err.code, FS_EPERM);
		assert_string_equal(err.msg, cases[i].rule);
	}
}

static void
test_is_error(void **state)
{
	(void)state;
	assert_true(fs_reply_is_error(said("-OOM x\r\n"), "OOM"));
	assert_true(fs_reply_is_error(said("-OOM\r\n"), "OOM"));
	assert_false(fs_reply_is_error(said("-OOMX x\r\n"), "OOM"));
	assert_false(fs_reply_is_error(said("+OOM\r\n"), "OOM"));
	assert_false(fs_reply_is_error(said("-\r\n"), "OOM"));
}

/* As long as an error may be: it is cut off. */
static void
test_long_error(void **state)
{
	static char	text[60000];
	struct fs_err	err;

	(void)state;
	memset(text, '\033', sizeof(text) - 3);
	text[0] = '-';
	memcpy(text + sizeof(text) - 3, "\r\n", 3);
	assert_false(fs_reply_error(said(text), "HSET", &err));
	assert_true(strlen(err.msg) < sizeof(err.msg));
}

static void
test_time(void **state)
{
	static const char *const bad[] = { ":1\r\n", "*1\r\n+1\r\n",
	    "*2\r\n+1\r\n:2\r\n", "*2\r\n+1\r\n+1000000\r\n",
	    "*2\r\n+1\r\n+-1\r\n", "*2\r\n+-1\r\n+0\r\n",
	    "*2\r\n+9223372036854\r\n+0\r\n", "*2\r\n+\r\n+0\r\n" };
	struct fs_err	err;
	int64_t		us;

	(void)state;
	assert_true(fs_reply_want_time(said("*2\r\n$2\r\n17\r\n$1\r\n5\r\n"),
	    &us, &err));
	assert_int_equal(us, 17000005);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.code = FS_OK;
		if (fs_reply_want_time(said(bad[i]), &us, &err))
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.code, FS_EPROTO);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_unwanted),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_is_error),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_long_error),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
