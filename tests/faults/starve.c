/*
 * A second fsconsole for the tests: the same program with an allocator that
 * fails on purpose, whoever asks it, libraries included.
 *
 * FS_STARVE=N: the N-th allocation since main() fails; FS_STARVE=N+: that one
 * and all after it. FS_STARVE=0: none does. When the program ends by itself
 * the number of its allocations is written to the file FS_STARVE_COUNT.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A sanitizer's allocator where there is one, else that of libc. */
#define REAL(name) \
	((void *)__interceptor_##name != NULL ? __interceptor_##name : \
	__libc_##name)

extern void *__interceptor_malloc(size_t) __attribute__((weak));
extern void *__interceptor_calloc(size_t, size_t) __attribute__((weak));
extern void *__interceptor_realloc(void *, size_t) __attribute__((weak));
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static long		first, last;
static bool		began;
static atomic_long	count;

/* After the libraries' own constructors. */
__attribute__((constructor)) static void
begin(void)
{
	const char	*text = getenv("FS_STARVE");
	char		*end;

	if (text == NULL)
		return;
	first = last = strtol(text, &end, 10);
	if (*end == '+')
		last = -1;
	began = true;
}

__attribute__((destructor)) static void
tell(void)
{
	const char	*path = getenv("FS_STARVE_COUNT");
	char		 text[32];
	int		 fd, len;

	if (!began || path == NULL)
		return;
	began = false;
	len = snprintf(text, sizeof(text), "%ld\n", atomic_load(&count));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, text, (size_t)len) != len)
		_exit(99);
	close(fd);
}

static bool
fails(void)
{
	long n;

	if (!began)
		return false;
	n = atomic_fetch_add(&count, 1) + 1;
	if (first == 0 || n < first || (last != -1 && n > last))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : REAL(malloc)(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : REAL(calloc)(n, size);
}

void *
realloc(void *old, size_t size)
{
	return fails() ? NULL : REAL(realloc)(old, size);
}
