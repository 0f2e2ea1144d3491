#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define POLL_MAX	(60 * FS_SEC)

static atomic_bool	is_set;
static _Atomic int64_t	set_mono;
static _Atomic int64_t	set_wall;

static int64_t
now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * FS_SEC + ts.tv_nsec / 1000;
}

int64_t
fs_clock_mono(void)
{
	return is_set ? set_mono : now(CLOCK_MONOTONIC);
}

int64_t
fs_clock_wall(void)
{
	return is_set ? set_wall : now(CLOCK_REALTIME);
}

void
fs_clock_set(int64_t mono_us, int64_t wall_us)
{
	set_mono = mono_us;
	set_wall = wall_us;
	is_set = true;
}

void
fs_clock_unset(void)
{
	is_set = false;
}

int64_t
fs_clock_after(int64_t from_us, int64_t ms)
{
	int64_t us, at;

	if (__builtin_mul_overflow(ms, FS_MS, &us) ||
	    __builtin_add_overflow(from_us, us, &at))
		return FS_NEVER;
	return at;
}

int
fs_clock_poll_ms(int64_t deadline_us)
{
	int64_t		at = fs_clock_mono();
	uint64_t	left;

	if (deadline_us == FS_NEVER)
		return -1;
	if (deadline_us <= at)
		return 0;
	left = (uint64_t)deadline_us - (uint64_t)at;
	if (left > POLL_MAX)
		left = POLL_MAX;
	return (int)((left + FS_MS - 1) / FS_MS);
}

/* Broken down in UTC, also before 1970. */
static struct tm
broken_down(int64_t wall_us)
{
	struct tm	tm = { 0 };
	time_t		at = (time_t)(wall_us / FS_SEC);

	if (wall_us % FS_SEC < 0)
		at--;
	gmtime_r(&at, &tm);
	return tm;
}

void
fs_clock_hms(int64_t wall_us, char *buf, size_t size)
{
	struct tm tm = broken_down(wall_us);

	snprintf(buf, size, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
}

void
fs_clock_iso(int64_t wall_us, char *buf, size_t size)
{
	struct tm tm = broken_down(wall_us);

	snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
}
