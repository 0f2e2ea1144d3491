#include "work/bell.h"

#include <sys/eventfd.h>

#include <stdint.h>
#include <unistd.h>

#include "base/mem.h"

/* Without bells nobody would ever wake up: as bad as no memory. */
int
fs_bell_open(void)
{
	int bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (bell == -1)
		fs_mem_die_of("too many open files; raise the limit of "
		    "descriptors (ulimit -n)");
	return bell;
}

void
fs_bell_close(int bell)
{
	close(bell);
}

/* A write can fail only where the bell rings loudly enough already. */
void
fs_bell_ring(int bell)
{
	const uint64_t one = 1;
	ssize_t n = write(bell, &one, sizeof(one));

	(void)n;
}

void
fs_bell_silence(int bell)
{
	uint64_t rung;
	ssize_t n = read(bell, &rung, sizeof(rung));

	(void)n;
}
