#include "work/mail.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"

#define MANY	20000

static atomic_int alive;

static int *
new_value(int n)
{
	int *value = fs_xmalloc(sizeof(*value));

	*value = n;
	atomic_fetch_add(&alive, 1);
	return value;
}

static void
free_value(void *value)
{
	atomic_fetch_sub(&alive, 1);
	free(value);
}

static bool
is_ringing(const struct fs_mail *mail)
{
	struct pollfd pfd = { .fd = fs_mail_fd(mail), .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

static void
test_newest_wins(void **state)
{
	struct fs_mail *mail = fs_mail_new(free_value);
	int *value;

	(void)state;
	assert_null(fs_mail_take(mail));
	assert_false(is_ringing(mail));
	fs_mail_put(mail, new_value(1));
	assert_true(is_ringing(mail));
	assert_true(fs_mail_waiting(mail));
	fs_mail_put(mail, new_value(2));
	assert_int_equal(atomic_load(&alive), 1);
	value = fs_mail_take(mail);
	assert_int_equal(*value, 2);
	free_value(value);
	assert_false(is_ringing(mail));
	assert_false(fs_mail_waiting(mail));
	assert_null(fs_mail_take(mail));
	fs_mail_put(mail, new_value(3));
	fs_mail_free(mail);
	assert_int_equal(atomic_load(&alive), 0);
	fs_mail_free(NULL);
}

static void *
put_many(void *arg)
{
	for (int i = 1; i <= MANY; i++)
		fs_mail_put(arg, new_value(i));
	return NULL;
}

/* The last one always arrives, none goes back in time, none is lost. */
static void
test_two_threads(void **state)
{
	struct fs_mail *mail = fs_mail_new(free_value);
	struct pollfd pfd = { .fd = fs_mail_fd(mail), .events = POLLIN };
	pthread_t thread;
	int last = 0;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, put_many, mail), 0);
	while (last != MANY) {
		int *value;

		assert_int_equal(poll(&pfd, 1, 10000), 1);
		value = fs_mail_take(mail);
		if (value == NULL)
			continue;
		assert_true(*value > last);
		last = *value;
		free_value(value);
	}
	pthread_join(thread, NULL);
	fs_mail_free(mail);
	assert_int_equal(atomic_load(&alive), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newest_wins),
		cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
