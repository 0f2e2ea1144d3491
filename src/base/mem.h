/*
 * Allocation that cannot fail. When memory ends, the hook set by main (it
 * restores the terminal) is called once, a line goes to stderr, and the
 * program ends with status 3. Callers never check for NULL.
 */
#ifndef FS_BASE_MEM_H
#define FS_BASE_MEM_H

#include <stddef.h>

void *fs_xmalloc(size_t size);
void *fs_xcalloc(size_t count, size_t size);
void *fs_xrealloc(void *old, size_t size);
/* count * size, checked for overflow. */
void *fs_xreallocarray(void *old, size_t count, size_t size);
char *fs_xstrdup(const char *text);
/* A copy of len bytes with a NUL behind it. */
char *fs_xmemdup0(const void *data, size_t len);
char *fs_xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Called from the thread that ran out, before the program ends: only
 * async-signal-safe work. NULL for none. Set once, before threads start.
 */
void fs_mem_on_death(void (*hook)(void));

/* End the program as above: for a library that returned NULL. */
_Noreturn void fs_mem_die(void);
/* The same where something else has run out, which why says. */
_Noreturn void fs_mem_die_of(const char *why);

/* Tests: the n-th allocation from now on fails (1 the next); 0 for none. */
void fs_mem_fail_after(long n);

/* Overwrite, so that a password does not stay in memory, then free. */
void fs_free_secret(char *secret);

#endif
