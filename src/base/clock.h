/*
 * Time. Monotonic for deadlines and ages, wall for what is shown; a jump of
 * the wall clock changes nothing but what is shown. Tests set both.
 */
#ifndef FS_BASE_CLOCK_H
#define FS_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FS_MS	INT64_C(1000)			/* in microseconds */
#define FS_SEC	INT64_C(1000000)
#define FS_NEVER INT64_MAX		/* a deadline that never comes */

/* Microseconds of CLOCK_MONOTONIC; of CLOCK_REALTIME since 1970. */
int64_t fs_clock_mono(void);
int64_t fs_clock_wall(void);

/* Stop both clocks at these values until set again; for tests, any thread. */
void fs_clock_set(int64_t mono_us, int64_t wall_us);
void fs_clock_unset(void);

/*
 * The deadline that many milliseconds (0 and more) behind a moment: FS_NEVER
 * when that is beyond all time, as a server's times to live may be.
 */
int64_t fs_clock_after(int64_t from_us, int64_t ms);

/*
 * Milliseconds from now to a monotonic deadline for poll(): rounded up, 0 when
 * past, -1 for FS_NEVER, at most one minute.
 */
int fs_clock_poll_ms(int64_t deadline_us);

/* "12:01:07" in UTC, and "2026-11-23T12:01:07Z"; buf gets a NUL always. */
void fs_clock_hms(int64_t wall_us, char *buf, size_t size);
void fs_clock_iso(int64_t wall_us, char *buf, size_t size);

#endif
