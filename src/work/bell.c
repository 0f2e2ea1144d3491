#include "work/bell.h"

#include <sys/eventfd.h>

#include <stdint.h>
#include <unistd.h>

int
fs_bell_open(void)
{
	return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void
fs_bell_close(int bell)
{
	if (bell != -1)
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
