/* Numbers and durations: what is read is shown and read again as the same. */
#include "fuzz.h"

#include <inttypes.h>
#include <math.h>

#include "base/num.h"

static void
show_i64(int64_t n)
{
	char buf[64], tiny[4];

	fs_num_show_count(buf, sizeof(buf), n);
	FUZZ_CHECK(strlen(buf) >= 1 && strlen(buf) <= 26);
	fs_num_show_size(buf, sizeof(buf), n);
	FUZZ_CHECK(strlen(buf) <= 16);
	fs_num_show_ms(buf, sizeof(buf), n);
	fs_num_show_duration(buf, sizeof(buf), n, true);
	fs_num_show_duration(buf, sizeof(buf), n, false);
	fs_num_show_exact(buf, sizeof(buf), n);
	fs_num_show_count(tiny, sizeof(tiny), n);
	fs_num_show_duration(tiny, sizeof(tiny), n, true);
	fs_num_show_size(tiny, sizeof(tiny), n);
	FUZZ_CHECK(memchr(tiny, '\0', sizeof(tiny)) != NULL);
}

static void
whole(struct fs_bytes text)
{
	char	buf[32];
	int64_t	n, again;

	if (!fs_num_i64(text, INT64_MIN, INT64_MAX, &n))
		return;
	snprintf(buf, sizeof(buf), "%" PRId64, n);
	FUZZ_CHECK(fs_num_i64(fs_bytes_of(buf), n, n, &again) && again == n);
	FUZZ_CHECK(n == INT64_MAX || !fs_num_i64(text, n + 1, INT64_MAX,
	    &again));
	FUZZ_CHECK(n == INT64_MIN || !fs_num_i64(text, INT64_MIN, n - 1,
	    &again));
	show_i64(n);
}

static void
show_f64(double d)
{
	char	buf[64], tiny[4];
	double	again;

	FUZZ_CHECK(isfinite(d));
	fs_num_show_f64(buf, sizeof(buf), d);
	FUZZ_CHECK(strlen(buf) <= 32);
	FUZZ_CHECK(fs_num_f64(fs_bytes_of(buf), &again));
	FUZZ_CHECK(memcmp(&again, &d, sizeof(d)) == 0);
	fs_num_show_short(buf, sizeof(buf), d);
	FUZZ_CHECK(strlen(buf) <= 24);
	fs_num_show_f64(tiny, sizeof(tiny), d);
	FUZZ_CHECK(memchr(tiny, '\0', sizeof(tiny)) != NULL);
}

static void
real(struct fs_bytes text)
{
	double d;

	if (fs_num_f64(text, &d))
		show_f64(d);
}

static void
duration(struct fs_bytes text)
{
	char	buf[64];
	int64_t	ms, again;

	if (!fs_num_duration(text, &ms))
		return;
	FUZZ_CHECK(ms >= 0 && ms <= (INT64_C(1) << 46) * 1000);
	fs_num_show_exact(buf, sizeof(buf), ms);
	FUZZ_CHECK(fs_num_duration(fs_bytes_of(buf), &again) && again == ms);
	show_i64(ms);
}

static void
number(struct fs_bytes line)
{
	whole(line);
	real(line);
	duration(line);
}

/* Numbers as they lie in memory. */
static void
raw(const uint8_t *data, size_t size)
{
	int64_t	n;
	double	d;

	for (; size >= sizeof(n); data += sizeof(n), size -= sizeof(n)) {
		memcpy(&n, data, sizeof(n));
		memcpy(&d, data, sizeof(d));
		show_i64(n);
		if (isfinite(d))
			show_f64(d);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_lines(fuzz_bytes(data, size), number);
	raw(data, size);
	return 0;
}
