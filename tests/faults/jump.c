/*
 * A third fsconsole for the tests: the same program with a wall clock that
 * jumps, whoever asks it, libraries included.
 *
 * FS_JUMP=FILE: eight bytes, by how many seconds CLOCK_REALTIME is off at
 * the moment, in the machine's own order. The test writes them when it likes.
 */
#include <sys/mman.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t	*off;

__attribute__((constructor)) static void
begin(void)
{
	const char	*path = getenv("FS_JUMP");
	void		*page;
	int		 fd;

	if (path == NULL)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	page = mmap(NULL, sizeof(*off), PROT_READ, MAP_SHARED, fd, 0);
	if (fd == -1 || page == MAP_FAILED)
		_exit(99);
	close(fd);
	off = page;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	if (syscall(SYS_clock_gettime, id, ts) != 0)
		return -1;
	if (off != NULL && (id == CLOCK_REALTIME ||
	    id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += *off;
	return 0;
}
