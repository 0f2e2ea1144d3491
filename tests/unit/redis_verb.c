#include "redis/verb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "redis/slot.h"

static void
test_table(void **state)
{
	(void)state;
	assert_string_equal(fs_verb_words(FS_VERB_CLIENT_SETNAME),
	    "CLIENT SETNAME");
	assert_int_equal(fs_verb_nwords(FS_VERB_CLIENT_SETNAME), 2);
	assert_int_equal(fs_verb_nwords(FS_VERB_HSET), 1);
	assert_int_equal(fs_verb_access(FS_VERB_HSET), FS_ACCESS_WRITE);
	assert_int_equal(fs_verb_access(FS_VERB_HMGET), FS_ACCESS_READ);
	assert_true(fs_verb_has_key(FS_VERB_MEMORY_USAGE));
	assert_false(fs_verb_has_key(FS_VERB_SCAN));
}

/* A verb that changes keys and is not marked so would pass a shut gate. */
static void
test_writers(void **state)
{
	static const char *const writers[] = { "MULTI", "EXEC", "HSET",
	    "HSETEX", "HPEXPIRE", "HDEL", "PEXPIRE", "UNLINK" };
	size_t n = 0;

	(void)state;
	for (int v = 0; v < FS_VERB_COUNT; v++)
		n += fs_verb_access((enum fs_verb)v) == FS_ACCESS_WRITE;
	assert_int_equal(n, sizeof(writers) / sizeof(writers[0]));
	for (size_t i = 0; i < n; i++) {
		enum fs_verb verb;

		assert_true(fs_verb_find(fs_bytes_of(writers[i]), &verb));
		assert_int_equal(fs_verb_access(verb), FS_ACCESS_WRITE);
	}
}

static void
test_find(void **state)
{
	enum fs_verb verb;

	(void)state;
	assert_true(fs_verb_find(fs_bytes_of("client|setname"), &verb));
	assert_int_equal(verb, FS_VERB_CLIENT_SETNAME);
	assert_true(fs_verb_find(fs_bytes_of("CLIENT SETNAME"), &verb));
	assert_true(fs_verb_find(fs_bytes_of("hset"), &verb));
	assert_int_equal(verb, FS_VERB_HSET);
	assert_true(fs_verb_find(fs_bytes("hsetex", 6), &verb));
	assert_int_equal(verb, FS_VERB_HSETEX);
	assert_false(fs_verb_find(fs_bytes_of("hse"), &verb));
	assert_false(fs_verb_find(fs_bytes_of("client"), &verb));
	assert_false(fs_verb_find(fs_bytes_of("flushall"), &verb));
	assert_false(fs_verb_find(fs_bytes_of(""), &verb));
}

static void
test_acl(void **state)
{
	struct fs_str out = { 0 };

	(void)state;
	fs_verb_acl(&out, "fs:user:", false);
	assert_non_null(strstr(out.data, "+hmget "));
	assert_non_null(strstr(out.data, "+client|no-touch "));
	assert_null(strstr(out.data, "+hset "));
	assert_null(strstr(out.data, "+unlink"));
	assert_null(strstr(out.data, "+multi"));
	assert_null(strstr(out.data, "+auth"));
	assert_non_null(strstr(out.data, " %R~fs:user:*"));
	fs_str_clear(&out);
	fs_verb_acl(&out, "a*b[\\", true);
	assert_non_null(strstr(out.data, "+hset "));
	assert_non_null(strstr(out.data, "+multi "));
	assert_non_null(strstr(out.data, " ~a\\*b\\[\\\\*"));
	fs_str_free(&out);
}

/* From the Redis Cluster specification, and CLUSTER KEYSLOT. */
static void
test_slot(void **state)
{
	static const struct {
		const char	*key;
		unsigned	 slot;
	} known[] = {
		{ "123456789", 12739 }, { "", 0 }, { "a", 15495 },
		{ "foo", 12182 }, { "{foo}bar", 12182 }, { "x{foo}", 12182 },
		{ "foo{", 7673 }, { "{}", 15257 }, { "foo{}{bar}", 8363 },
		{ "foo{{bar}}zap", 4015 }, { "foo{bar}{zap}", 5061 },
		{ "{bar", 4015 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		unsigned slot = fs_slot_of(fs_bytes_of(known[i].key));

		if (slot != known[i].slot)
			fail_msg("'%s': %u, not %u", known[i].key, slot,
			    known[i].slot);
	}
	assert_int_equal(fs_slot_of(fs_bytes(NULL, 0)), 0);
	/* What is behind a NUL counts too, and so do high bytes. */
	assert_int_not_equal(fs_slot_of(fs_bytes("a\0b", 3)), 15495);
	assert_int_equal(fs_slot_of(fs_bytes("\xff\x80", 2)),
	    fs_slot_of(fs_bytes("{\xff\x80}x", 5)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_writers),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_acl),
		cmocka_unit_test(test_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
