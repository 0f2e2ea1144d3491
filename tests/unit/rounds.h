/* Fewer rounds of the same where each takes long, under valgrind for one. */
#ifndef FS_TESTS_ROUNDS_H
#define FS_TESTS_ROUNDS_H

#include <stdlib.h>

/* FS_TEST_ROUNDS percent of n, at least one; all of them if it is not set. */
static inline int
rounds(int n)
{
	const char	*text = getenv("FS_TEST_ROUNDS");
	int		 percent = text != NULL ? atoi(text) : 0;
	int		 fewer = (int)((long long)n * percent / 100);

	if (percent <= 0)
		return n;
	return fewer > 0 ? fewer : 1;
}

#endif
