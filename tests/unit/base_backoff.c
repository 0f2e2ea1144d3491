#include "base/backoff.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_doubles(void **state)
{
	struct fs_rng rng;

	(void)state;
	fs_rng_seed(&rng, 1);
	for (int i = 0; i < 200; i++) {
		for (unsigned n = 0; n < 12; n++) {
			int64_t most = 100 << (n > 0 ? n - 1 : 0);
			int64_t pause = fs_backoff(&rng, 100, 5000, n);

			if (most > 5000)
				most = 5000;
			assert_in_range(pause, most - most / 2, most);
		}
	}
	assert_in_range(fs_backoff(&rng, 100, 5000, UINT_MAX), 2500, 5000);
	assert_in_range(fs_backoff(&rng, FS_RETRY_MIN, FS_RETRY_MAX, 1),
	    FS_RETRY_MIN / 2, FS_RETRY_MIN);
}

/* Both halves of the range are used. */
static void
test_scatters(void **state)
{
	struct fs_rng	rng;
	int		early = 0;

	(void)state;
	fs_rng_seed(&rng, 2);
	for (int i = 0; i < 1000; i++)
		early += fs_backoff(&rng, 1000, 1000, 1) < 750;
	assert_in_range(early, 400, 600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_scatters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
