#include "app/kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"

static struct fs_kept kept;

static struct fs_answer *
answer(enum fs_op op, enum fs_answer_kind kind, uint64_t id, uint64_t done)
{
	struct fs_request *rq = fs_request_new(op);
	struct fs_answer *a;

	rq->id = id;
	a = fs_answer_new(rq, kind);
	a->done = done;
	fs_request_free(rq);
	return a;
}

static struct fs_answer *
report(uint64_t id, uint64_t done)
{
	struct fs_answer *a = answer(FS_OP_DRILL, FS_ANSWER_PART, id, done);

	a->drill = fs_xcalloc(1, sizeof(*a->drill));
	return a;
}

static struct fs_answer *
bad_row(uint64_t id)
{
	struct fs_answer *a = answer(FS_OP_LOAD, FS_ANSWER_PART, id, 0);

	a->bad = fs_xcalloc(1, sizeof(*a->bad));
	a->nbad = 1;
	return a;
}

/* The next is this one; done tells which. */
static void
next_is(enum fs_answer_kind kind, uint64_t id, uint64_t done)
{
	struct fs_answer *a = fs_kept_take(&kept);

	assert_non_null(a);
	assert_int_equal(a->kind, kind);
	assert_int_equal(a->id, id);
	assert_int_equal(a->done, done);
	fs_answer_free(a);
}

static int
begin(void **state)
{
	(void)state;
	fs_kept_init(&kept);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	assert_null(fs_kept_take(&kept));
	assert_int_equal(kept.nbad, 0);
	return 0;
}

/* A shell prints all of it. */
static void
test_added(void **state)
{
	(void)state;
	fs_kept_add(&kept, answer(FS_OP_LOAD, FS_ANSWER_PROGRESS, 1, 1));
	fs_kept_add(&kept, answer(FS_OP_LOAD, FS_ANSWER_PROGRESS, 1, 2));
	fs_kept_add(&kept, answer(FS_OP_LOAD, FS_ANSWER_DONE, 1, 3));
	next_is(FS_ANSWER_PROGRESS, 1, 1);
	next_is(FS_ANSWER_PROGRESS, 1, 2);
	next_is(FS_ANSWER_DONE, 1, 3);
	assert_null(fs_kept_take(&kept));
	fs_kept_add(&kept, bad_row(1));
	fs_kept_drop(&kept);
}

/* Rows that nobody will see. */
static void
test_rows(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		fs_kept_merge(&kept, answer(FS_OP_BATCH_READ, FS_ANSWER_PART,
		    1, i));
		fs_kept_merge(&kept, answer(FS_OP_BATCH_READ,
		    FS_ANSWER_PROGRESS, 1, i));
	}
	fs_kept_merge(&kept, answer(FS_OP_BATCH_READ, FS_ANSWER_DONE, 1, 7));
	next_is(FS_ANSWER_PROGRESS, 1, 999);
	next_is(FS_ANSWER_DONE, 1, 7);
}

/* Each report is all of it so far; of another job it is another one. */
static void
test_drill(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		fs_kept_merge(&kept, report(1, i));
		fs_kept_merge(&kept, answer(FS_OP_DRILL, FS_ANSWER_PROGRESS,
		    1, i));
	}
	fs_kept_merge(&kept, answer(FS_OP_DRILL, FS_ANSWER_DONE, 1, 5));
	fs_kept_merge(&kept, report(2, 6));
	next_is(FS_ANSWER_PART, 1, 999);
	next_is(FS_ANSWER_PROGRESS, 1, 999);
	next_is(FS_ANSWER_DONE, 1, 5);
	next_is(FS_ANSWER_PART, 2, 6);
}

static void
test_bad_rows(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		fs_kept_merge(&kept, bad_row(i));
	for (uint64_t i = 0; i < FS_KEPT_BAD; i++)
		next_is(FS_ANSWER_PART, i, 0);
	assert_null(fs_kept_take(&kept));
	/* There is room again for those of the next. */
	fs_kept_merge(&kept, bad_row(5000));
	next_is(FS_ANSWER_PART, 5000, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_added, begin, end),
		cmocka_unit_test_setup_teardown(test_rows, begin, end),
		cmocka_unit_test_setup_teardown(test_drill, begin, end),
		cmocka_unit_test_setup_teardown(test_bad_rows, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
