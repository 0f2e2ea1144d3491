/* Numbers and durations, strictly read and shortly shown. (pure) */
#ifndef FS_BASE_NUM_H
#define FS_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Whole numbers in decimal: no blanks, no '+', no leading zeros needed or
 * refused, nothing behind; false when it is not one, or not in [min, max].
 */
bool fs_num_i64(struct fs_bytes text, int64_t min, int64_t max, int64_t *out);

/*
 * A finite double in the C locale's syntax whatever the locale in force; no
 * NaN, inf or hex; an overflow (1e400) is refused, an underflow is not.
 */
bool fs_num_f64(struct fs_bytes text, double *out);

/*
 * A duration in milliseconds: "90" (seconds), "500ms", "90s", "5m", "24h",
 * "2d". One number, one unit. False on anything else, a negative or above
 * 2^46 s; what a duration is for may have a lower limit.
 */
bool fs_num_duration(struct fs_bytes text, int64_t *ms);

/*
 * All of these write at most size bytes with a NUL and return buf.
 * duration: of milliseconds, two units at most: "0s" "850ms" (below 1 s only
 *   when exact is set), "4m59s", "23h41m", "2d3h". Negative as "0s".
 * ms:       of microseconds: "0.31 ms", "12.4 ms", "1.24 s".
 * count:    with separators: "12,400,311".
 * short:    "0.4", "950", "12.4k", "124M", "3.1G" (powers of 1000).
 * size:     bytes in powers of 1024: "312 B", "3.1 GB" (as top and htop say).
 * range:    "98.7-100": from one to the other, none negative.
 * A duration is rounded down, the ends of a range outwards, the others to the
 * nearest.
 */
char *fs_num_show_duration(char *buf, size_t size, int64_t ms, bool exact);
char *fs_num_show_ms(char *buf, size_t size, int64_t us);
char *fs_num_show_count(char *buf, size_t size, int64_t n);
char *fs_num_show_short(char *buf, size_t size, double n);
char *fs_num_show_size(char *buf, size_t size, int64_t bytes);
char *fs_num_show_range(char *buf, size_t size, double low, double high);

/* The option spelling of a duration, exact: "5m", "24h", "90s", "500ms". */
char *fs_num_show_exact(char *buf, size_t size, int64_t ms);

/*
 * The shortest text that reads back the same double, always with '.', whole
 * values with one decimal ("92.0"), an exponent only beyond 1e15 and 1e-5.
 */
char *fs_num_show_f64(char *buf, size_t size, double d);

#endif
