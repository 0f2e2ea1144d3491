#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"

#define DEATH	"fsconsole: out of memory\n"

static void
hook(void)
{
	if (write(STDERR_FILENO, "hook\n", 5) != 5)
		_exit(99);
}

/* A hook that runs out of memory itself does not run again. */
static void
hungry_hook(void)
{
	hook();
	fs_mem_fail_after(1);
	free(fs_xmalloc(1));
}

/* Run in a child; returns its exit status, and its stderr in text. */
static int
status_of(void (*run)(void), char *text, size_t size)
{
	size_t	len = 0;
	ssize_t	n;
	int	fds[2], status;
	pid_t	pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		run();
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
assert_dies(void (*run)(void), const char *expected)
{
	char text[256];

	assert_int_equal(status_of(run, text, sizeof(text)), 3);
	assert_string_equal(text, expected);
}

static void
third_fails(void)
{
	fs_mem_fail_after(3);
	free(fs_xmalloc(1));
	free(fs_xcalloc(1, 1));
	hook();			/* seen: the first two did not fail */
	free(fs_xstrdup("x"));
}

static void
malloc_fails(void)
{
	fs_mem_fail_after(1);
	free(fs_xmalloc(1));
}

static void
calloc_fails(void)
{
	fs_mem_fail_after(1);
	free(fs_xcalloc(1, 1));
}

static void
realloc_fails(void)
{
	fs_mem_fail_after(1);
	free(fs_xrealloc(NULL, 1));
}

static void
asprintf_fails(void)
{
	fs_mem_fail_after(1);
	free(fs_xasprintf("%d", 1));
}

static void
something_else(void)
{
	fs_mem_on_death(hook);
	fs_mem_die_of("out of luck");
}

static void
array_overflows(void)
{
	free(fs_xreallocarray(NULL, SIZE_MAX / 2, 3));
}

static void
copy_overflows(void)
{
	free(fs_xmemdup0("", SIZE_MAX));
}

static void
str_overflows(void)
{
	struct fs_str str = { 0 };

	fs_str_room(&str, SIZE_MAX);
}

static void
dies_with_hook(void)
{
	fs_mem_on_death(hook);
	malloc_fails();
}

static void
dies_in_hook(void)
{
	fs_mem_on_death(hungry_hook);
	malloc_fails();
}

static void
never_fails(void)
{
	fs_mem_fail_after(1);
	fs_mem_fail_after(0);
	free(fs_xmalloc(1));
}

static void
test_death(void **state)
{
	char text[256];

	(void)state;
	assert_dies(malloc_fails, DEATH);
	assert_dies(calloc_fails, DEATH);
	assert_dies(realloc_fails, DEATH);
	assert_dies(asprintf_fails, DEATH);
	assert_dies(something_else, "hook\nfsconsole: out of luck\n");
	assert_dies(third_fails, "hook\n" DEATH);
	assert_int_equal(status_of(never_fails, text, sizeof(text)), 0);
}

static void
test_overflow(void **state)
{
	(void)state;
	assert_dies(array_overflows, DEATH);
	assert_dies(copy_overflows, DEATH);
	assert_dies(str_overflows, DEATH);
}

static void
test_hook(void **state)
{
	(void)state;
	assert_dies(dies_with_hook, "hook\n" DEATH);
	assert_dies(dies_in_hook, "hook\n" DEATH);
}

/* Nothing is an allocation too: NULL would look like a failure. */
static void
test_empty(void **state)
{
	void *data = fs_xmalloc(0);

	(void)state;
	assert_non_null(data);
	data = fs_xrealloc(data, 0);
	assert_non_null(data);
	data = fs_xreallocarray(data, 0, 8);
	assert_non_null(data);
	free(data);
	data = fs_xcalloc(0, 8);
	assert_non_null(data);
	free(data);
	data = fs_xmemdup0(NULL, 0);
	assert_string_equal(data, "");
	free(data);
}

static void
test_contents(void **state)
{
	int	*numbers = fs_xcalloc(3, sizeof(*numbers));
	char	*text;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(numbers[i], 0);
	numbers[2] = 7;
	numbers = fs_xreallocarray(numbers, 1000, sizeof(*numbers));
	assert_int_equal(numbers[2], 7);
	free(numbers);
	text = fs_xmemdup0("a\0bcd", 4);
	assert_memory_equal(text, "a\0bc", 5);
	free(text);
	text = fs_xasprintf("%s-%d", "x", 5);
	assert_string_equal(text, "x-5");
	fs_free_secret(text);
	fs_free_secret(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_hook),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
