#include "base/mem.h"

#include <sys/uio.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

static void (*on_death)(void);
static atomic_long fail_after;

/* Whether the test hook wants this allocation to fail. */
static bool
must_fail(void)
{
	if (atomic_load_explicit(&fail_after, memory_order_relaxed) <= 0)
		return false;
	return atomic_fetch_sub(&fail_after, 1) == 1;
}

void
fs_mem_die(void)
{
	fs_mem_die_of("out of memory");
}

void
fs_mem_die_of(const char *why)
{
	const struct iovec line[] = {
		{ (char *)(uintptr_t)"fsconsole: ", 11 },
		{ (char *)(uintptr_t)why, strlen(why) },
		{ (char *)(uintptr_t)"\n", 1 },
	};
	static atomic_flag dying = ATOMIC_FLAG_INIT;
	static _Thread_local bool here;
	ssize_t written;

	/* A second thread waits for the first one to end the program. */
	while (!here && atomic_flag_test_and_set(&dying))
		pause();
	if (!here && on_death != NULL) {
		here = true;
		on_death();
	}
	written = writev(STDERR_FILENO, line, 3);
	(void)written;
	_exit(3);
}

void *
fs_xmalloc(size_t size)
{
	void *data = must_fail() ? NULL : malloc(size != 0 ? size : 1);

	if (data == NULL)
		fs_mem_die();
	return data;
}

void *
fs_xcalloc(size_t count, size_t size)
{
	void *data;

	if (count == 0 || size == 0)
		count = size = 1;
	if (must_fail() || (data = calloc(count, size)) == NULL)
		fs_mem_die();
	return data;
}

void *
fs_xrealloc(void *old, size_t size)
{
	void *data;

	data = must_fail() ? NULL : realloc(old, size != 0 ? size : 1);
	if (data == NULL)
		fs_mem_die();
	return data;
}

void *
fs_xreallocarray(void *old, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		fs_mem_die();
	return fs_xrealloc(old, count * size);
}

char *
fs_xstrdup(const char *text)
{
	return fs_xmemdup0(text, strlen(text));
}

char *
fs_xmemdup0(const void *data, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		fs_mem_die();
	copy = fs_xmalloc(len + 1);
	if (len != 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	return copy;
}

char *
fs_xasprintf(const char *fmt, ...)
{
	char	*text;
	va_list	 ap;
	int	 len;

	va_start(ap, fmt);
	len = must_fail() ? -1 : vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len == -1)
		fs_mem_die();
	return text;
}

void
fs_mem_on_death(void (*hook)(void))
{
	on_death = hook;
}

void
fs_mem_fail_after(long n)
{
	atomic_store(&fail_after, n);
}

void
fs_free_secret(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}
