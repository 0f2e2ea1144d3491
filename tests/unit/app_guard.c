#include "app/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum fs_guard_answer
ask(const struct fs_guard *guard, enum fs_cmd_id id)
{
	return fs_guard_ask(guard, fs_command_get(id));
}

static bool
permit(const struct fs_guard *guard, enum fs_op op, bool dry_run,
    bool *may_write, struct fs_err *err)
{
	struct fs_request *rq = fs_request_new(op);
	bool ok;

	rq->dry_run = dry_run;
	rq->may_write = true;		/* nobody else sets it */
	ok = fs_guard_permit(guard, rq, err);
	*may_write = rq->may_write;
	fs_request_free(rq);
	return ok;
}

static void
test_locked(void **state)
{
	struct fs_guard	guard;
	struct fs_err	err = { 0 };
	bool		may;

	(void)state;
	fs_guard_init(&guard, "fs:user:", false, false);
	assert_int_equal(ask(&guard, FS_CMD_READ), FS_GUARD_GO);
	assert_int_equal(ask(&guard, FS_CMD_STOP), FS_GUARD_GO);
	assert_int_equal(ask(&guard, FS_CMD_BULK_LOAD), FS_GUARD_UNLOCK_FIRST);
	assert_int_equal(ask(&guard, FS_CMD_RESET), FS_GUARD_UNLOCK_FIRST);
	assert_int_equal(ask(&guard, FS_CMD_PAUSE), FS_GUARD_UNLOCK_FIRST);
	assert_int_equal(ask(&guard, FS_CMD_UNLOCK), FS_GUARD_UNLOCK_FIRST);
	assert_true(permit(&guard, FS_OP_READ, false, &may, &err));
	assert_false(may);
	assert_false(permit(&guard, FS_OP_LOAD, false, &may, &err));
	assert_false(may);
	assert_int_equal(err.code, FS_EGUARD);
}

static void
test_unlock(void **state)
{
	struct fs_guard	guard;
	struct fs_err	err = { 0 };
	bool		may;

	(void)state;
	fs_guard_init(&guard, "fs:user:", false, false);
	assert_false(fs_guard_unlock(&guard, "fs:user", &err));
	assert_false(fs_guard_unlock(&guard, "fs:user: ", &err));
	assert_false(fs_guard_unlock(&guard, "", &err));
	assert_false(guard.unlocked);
	assert_true(fs_guard_unlock(&guard, "fs:user:", &err));
	assert_int_equal(ask(&guard, FS_CMD_BULK_LOAD), FS_GUARD_GO);
	assert_int_equal(ask(&guard, FS_CMD_RESET), FS_GUARD_TYPE_PREFIX);
	assert_true(permit(&guard, FS_OP_LOAD, false, &may, &err));
	assert_true(may);
	fs_guard_lock(&guard);
	assert_false(permit(&guard, FS_OP_LOAD, false, &may, &err));
}

static void
test_read_only(void **state)
{
	struct fs_guard	guard;
	struct fs_err	err = { 0 };
	bool		may;

	(void)state;
	fs_guard_init(&guard, "fs:user:", true, true);
	assert_false(guard.unlocked);
	assert_int_equal(ask(&guard, FS_CMD_UNLOCK), FS_GUARD_NEVER);
	assert_int_equal(ask(&guard, FS_CMD_SET), FS_GUARD_NEVER);
	assert_int_equal(ask(&guard, FS_CMD_AUDIT), FS_GUARD_GO);
	assert_false(fs_guard_unlock(&guard, "fs:user:", &err));
	assert_false(guard.unlocked);
	assert_false(permit(&guard, FS_OP_RESET, false, &may, &err));
	assert_int_equal(err.code, FS_EGUARD);
	/* Counting is not writing. */
	assert_true(permit(&guard, FS_OP_RESET, true, &may, &err));
	assert_false(may);
}

/* Each operation that writes can be reached by writing commands alone. */
static void
test_every_writing_command_asks(void **state)
{
	struct fs_guard guard;

	(void)state;
	fs_guard_init(&guard, "p", false, false);
	for (int i = 0; i < FS_CMD_COUNT; i++) {
		const struct fs_command *cmd =
		    fs_command_get((enum fs_cmd_id)i);

		if (cmd->group == FS_GROUP_WRITE)
			assert_int_equal(fs_guard_ask(&guard, cmd),
			    FS_GUARD_UNLOCK_FIRST);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_unlock),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_every_writing_command_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
