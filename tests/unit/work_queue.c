#include "work/queue.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY	20000

static int freed;

static void
count_freed(void *value)
{
	(void)value;
	freed++;
}

static void *
value_of(uintptr_t n)
{
	return (void *)n;
}

static bool
is_ringing(const struct fs_queue *queue)
{
	struct pollfd pfd = { .fd = fs_queue_fd(queue), .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

static void
test_order_and_bounds(void **state)
{
	struct fs_queue *queue = fs_queue_new(3, count_freed);

	(void)state;
	freed = 0;
	assert_null(fs_queue_take(queue));
	assert_false(is_ringing(queue));
	for (uintptr_t i = 1; i <= 3; i++)
		assert_true(fs_queue_try_put(queue, value_of(i)));
	assert_false(fs_queue_try_put(queue, value_of(4)));
	assert_ptr_equal(fs_queue_take(queue), value_of(1));
	assert_true(is_ringing(queue));
	assert_true(fs_queue_try_put(queue, value_of(4)));
	for (uintptr_t i = 2; i <= 4; i++)
		assert_ptr_equal(fs_queue_take(queue), value_of(i));
	assert_false(is_ringing(queue));
	assert_null(fs_queue_take(queue));
	assert_true(fs_queue_try_put(queue, value_of(5)));
	assert_true(fs_queue_try_put(queue, value_of(6)));
	fs_queue_free(queue);
	assert_int_equal(freed, 2);
	fs_queue_free(NULL);
}

static atomic_bool cancel;

static void *
put_many(void *arg)
{
	for (uintptr_t i = 1; i <= MANY; i++)
		fs_queue_put(arg, value_of(i), &cancel);
	return NULL;
}

/* A full queue makes the sender wait; all arrive, in order. */
static void
test_waiting(void **state)
{
	struct fs_queue *queue = fs_queue_new(4, count_freed);
	struct pollfd pfd = { .fd = fs_queue_fd(queue), .events = POLLIN };
	pthread_t thread;
	uintptr_t next = 1;

	(void)state;
	atomic_store(&cancel, false);
	assert_int_equal(pthread_create(&thread, NULL, put_many, queue), 0);
	while (next <= MANY) {
		void *value;

		assert_int_equal(poll(&pfd, 1, 10000), 1);
		while ((value = fs_queue_take(queue)) != NULL)
			assert_ptr_equal(value, value_of(next++));
	}
	pthread_join(thread, NULL);
	fs_queue_free(queue);
}

static bool put_result;

static void *
put_one(void *arg)
{
	put_result = fs_queue_put(arg, value_of(2), &cancel);
	return NULL;
}

/* Nobody takes: the sender gives up when it is cancelled. */
static void
test_cancel(void **state)
{
	struct fs_queue *queue = fs_queue_new(1, count_freed);
	pthread_t thread;

	(void)state;
	atomic_store(&cancel, false);
	assert_true(fs_queue_try_put(queue, value_of(1)));
	assert_int_equal(pthread_create(&thread, NULL, put_one, queue), 0);
	usleep(20000);
	atomic_store(&cancel, true);
	pthread_join(thread, NULL);
	assert_false(put_result);
	assert_ptr_equal(fs_queue_take(queue), value_of(1));
	assert_null(fs_queue_take(queue));
	fs_queue_free(queue);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_bounds),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
