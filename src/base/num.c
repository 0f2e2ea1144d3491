#include "base/num.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "base/mem.h"

#define MS_SEC		INT64_C(1000)
#define MS_MIN		(60 * MS_SEC)
#define MS_HOUR		(60 * MS_MIN)
#define MS_DAY		(24 * MS_HOUR)
#define MS_MAX		((INT64_C(1) << 46) * MS_SEC)

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))

struct unit {
	const char	*name;
	int64_t		 ms;
};

/* From large to small. */
static const struct unit units[] = {
	{ "d",	MS_DAY },
	{ "h",	MS_HOUR },
	{ "m",	MS_MIN },
	{ "s",	MS_SEC },
	{ "ms",	1 },
};

/* How many decimal digits there are from pos on. */
static size_t
count_digits(struct fs_bytes text, size_t pos)
{
	size_t end = pos;

	while (end < text.len && text.data[end] >= '0' && text.data[end] <= '9')
		end++;
	return end - pos;
}

static bool
is_char(struct fs_bytes text, size_t pos, char a, char b)
{
	return pos < text.len && (text.data[pos] == a || text.data[pos] == b);
}

/* [+-] digits [. digits] [e [+-] digits], with a digit around the point. */
static bool
is_f64(struct fs_bytes text)
{
	size_t pos = is_char(text, 0, '+', '-');
	size_t n = count_digits(text, pos);

	pos += n;
	if (is_char(text, pos, '.', '.')) {
		size_t behind = count_digits(text, pos + 1);

		n += behind;
		pos += behind + 1;
	}
	if (n == 0)
		return false;
	if (is_char(text, pos, 'e', 'E')) {
		pos++;
		pos += is_char(text, pos, '+', '-');
		n = count_digits(text, pos);
		if (n == 0)
			return false;
		pos += n;
	}
	return pos == text.len;
}

/* strtod() with a '.' in every locale. */
static double
read_f64(const char *text)
{
	locale_t	c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double		d;

	if (c == (locale_t)0)
		fs_mem_die();
	d = strtod_l(text, NULL, c);
	freelocale(c);
	return d;
}

/* "1.24 s": v in three digits, which may not be more than 10^15. */
static void
show_three(char *buf, size_t size, double v, const char *unit)
{
	long long n;

	if (v < 9.995) {
		n = (long long)(v * 100 + 0.5);
		snprintf(buf, size, "%lld.%02lld%s", n / 100, n % 100, unit);
	} else if (v < 99.95) {
		n = (long long)(v * 10 + 0.5);
		snprintf(buf, size, "%lld.%lld%s", n / 10, n % 10, unit);
	} else {
		snprintf(buf, size, "%lld%s", (long long)(v + 0.5), unit);
	}
}

/* "12.4k", "124k": one decimal below 100, divided until it is below 1000. */
static void
show_scaled(char *buf, size_t size, double v, int step, const char *gap,
    const char *suffixes, const char *tail)
{
	const char	*sign = v < 0 ? "-" : "";
	long long	 n;

	v = fabs(v) / step;
	for (; v >= 999.5 && suffixes[1] != '\0'; suffixes++)
		v /= step;
	if (v < 99.95) {
		n = (long long)(v * 10 + 0.5);
		snprintf(buf, size, "%s%lld.%lld%s%c%s", sign, n / 10, n % 10,
		    gap, *suffixes, tail);
	} else {
		n = v < 1e15 ? (long long)(v + 0.5) : 999999999999999;
		snprintf(buf, size, "%s%lld%s%c%s", sign, n, gap, *suffixes,
		    tail);
	}
}

/*
 * Up to six decimals and 15 digits, which nearly all values have, without
 * printf: a quotient of two exact numbers is rounded as a reader would.
 */
static bool
show_few(char *buf, size_t size, double d)
{
	double	power = 1;
	double	value = fabs(d);

	if (value != 0 && value < 1e-5)
		return false;
	for (int n = 1; n <= 6; n++) {
		double	whole;
		int64_t	i;

		power *= 10;
		whole = value * power + 0.5;
		if (!(whole < 1e15))
			return false;
		i = (int64_t)whole;
		if ((double)i / power != value)
			continue;
		snprintf(buf, size, "%s%lld.%0*lld", signbit(d) ? "-" : "",
		    (long long)(i / (int64_t)power), n,
		    (long long)(i % (int64_t)power));
		return true;
	}
	return false;
}

/* The shortest "-d.ddde-xx" that reads back as d, by the locale "C". */
static void
show_e(char *buf, size_t size, double d)
{
	locale_t	c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t	old;

	if (c == (locale_t)0)
		fs_mem_die();
	old = uselocale(c);
	for (int n = fabs(d) < DBL_MIN ? 1 : 15; n <= 17; n++) {
		snprintf(buf, size, "%.*e", n - 1, d);
		if (strtod(buf, NULL) == d)
			break;
	}
	uselocale(old);
	freelocale(c);
}

/* Digits and a decimal exponent as "0.00123", "12300.0" or "123.45". */
static void
show_plain(char *buf, size_t size, const char *sign, const char *digits,
    int exp)
{
	static const char zeros[] = "000000000000000";
	int n = (int)strlen(digits);

	if (exp < 0)
		snprintf(buf, size, "%s0.%.*s%s", sign, -exp - 1, zeros,
		    digits);
	else if (n <= exp + 1)
		snprintf(buf, size, "%s%s%.*s.0", sign, digits, exp + 1 - n,
		    zeros);
	else
		snprintf(buf, size, "%s%.*s.%s", sign, exp + 1, digits,
		    digits + exp + 1);
}

/* What show_few() leaves over. */
static void
show_many(char *buf, size_t size, double d)
{
	const char	*sign = signbit(d) ? "-" : "";
	double		 value = fabs(d);
	char		 text[32];
	char		*digits = text + 1;
	int		 n, exp;

	show_e(text, sizeof(text), value);
	n = (int)strcspn(text, "e");
	exp = (int)strtol(text + n + 1, NULL, 10);
	while (n > 1 && (text[n - 1] == '0' || text[n - 1] == '.'))
		n--;
	text[n] = '\0';
	if (n > 1)
		text[1] = text[0];	/* over the point */
	else
		digits = text;
	if (value >= 1e-5 && value <= 1e15)
		show_plain(buf, size, sign, digits, exp);
	else
		snprintf(buf, size, "%s%c%s%se%d", sign, digits[0],
		    n > 1 ? "." : "", digits + 1, exp);
}

bool
fs_num_i64(struct fs_bytes text, int64_t min, int64_t max, int64_t *out)
{
	bool	minus = is_char(text, 0, '-', '-');
	int64_t	n = 0;

	if (text.len == minus || count_digits(text, minus) != text.len - minus)
		return false;
	for (size_t i = minus; i < text.len; i++) {
		int digit = text.data[i] - '0';

		/* Counted downwards, as there is one more number there. */
		if (n < (INT64_MIN + digit) / 10)
			return false;
		n = n * 10 - digit;
	}
	if (!minus && n == INT64_MIN)
		return false;
	if (!minus)
		n = -n;
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

bool
fs_num_f64(struct fs_bytes text, double *out)
{
	char	 small[64];
	char	*copy = small;
	double	 d;

	if (!is_f64(text))
		return false;
	if (text.len < sizeof(small)) {
		memcpy(small, text.data, text.len);
		small[text.len] = '\0';
	} else {
		copy = fs_xmemdup0(text.data, text.len);
	}
	d = read_f64(copy);
	if (copy != small)
		free(copy);
	if (!isfinite(d))
		return false;
	*out = d;
	return true;
}

bool
fs_num_duration(struct fs_bytes text, int64_t *ms)
{
	size_t		n = count_digits(text, 0);
	struct fs_bytes	number = fs_bytes(text.data, n);
	struct fs_bytes	name;
	int64_t		value;

	if (n == 0)
		return false;
	name = fs_bytes(text.data + n, text.len - n);
	if (name.len == 0)
		name = fs_bytes_of("s");
	for (size_t i = 0; i < LEN(units); i++) {
		if (!fs_bytes_eq(name, fs_bytes_of(units[i].name)))
			continue;
		if (!fs_num_i64(number, 0, MS_MAX / units[i].ms, &value))
			return false;
		*ms = value * units[i].ms;
		return true;
	}
	return false;
}

char *
fs_num_show_duration(char *buf, size_t size, int64_t ms, bool exact)
{
	const struct unit *unit = units;
	int64_t whole, rest;

	if (ms < MS_SEC) {
		if (ms <= 0 || !exact)
			strlcpy(buf, "0s", size);
		else
			snprintf(buf, size, "%dms", (int)ms);
		return buf;
	}
	while (ms < unit->ms)
		unit++;
	whole = ms / unit->ms;
	rest = unit->ms == MS_SEC ? 0 : ms % unit->ms / unit[1].ms;
	if (rest == 0)
		snprintf(buf, size, "%lld%s", (long long)whole, unit->name);
	else
		snprintf(buf, size, "%lld%s%lld%s", (long long)whole,
		    unit->name, (long long)rest, unit[1].name);
	return buf;
}

char *
fs_num_show_exact(char *buf, size_t size, int64_t ms)
{
	const struct unit *unit = units;

	if (ms <= 0) {
		strlcpy(buf, "0s", size);
		return buf;
	}
	while (ms % unit->ms != 0)
		unit++;
	if (ms == MS_DAY)	/* a day is better known as 24h */
		unit++;
	snprintf(buf, size, "%lld%s", (long long)(ms / unit->ms), unit->name);
	return buf;
}

char *
fs_num_show_ms(char *buf, size_t size, int64_t us)
{
	double ms = us > 0 ? (double)us / 1e3 : 0;

	if (ms < 999.5)
		show_three(buf, size, ms, " ms");
	else
		show_three(buf, size, ms / 1e3, " s");
	return buf;
}

char *
fs_num_show_count(char *buf, size_t size, int64_t n)
{
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	char	 text[32];
	char	*at = text + sizeof(text) - 1;

	*at = '\0';
	for (int i = 0; i == 0 || left != 0; i++, left /= 10) {
		if (i != 0 && i % 3 == 0)
			*--at = ',';
		*--at = (char)('0' + left % 10);
	}
	if (n < 0)
		*--at = '-';
	strlcpy(buf, at, size);
	return buf;
}

char *
fs_num_show_short(char *buf, size_t size, double n)
{
	double tenths = fabs(n) * 10;

	if (isnan(n))
		strlcpy(buf, "nan", size);
	else if (tenths >= 9995)
		show_scaled(buf, size, n, 1000, "", "kMGTPE", "");
	else if (tenths < 99.5 && tenths != (int)(tenths / 10) * 10)
		snprintf(buf, size, "%s%d.%d", n < 0 ? "-" : "",
		    (int)(tenths + 0.5) / 10, (int)(tenths + 0.5) % 10);
	else
		snprintf(buf, size, "%d", (int)(n < 0 ? n - 0.5 : n + 0.5));
	return buf;
}

char *
fs_num_show_size(char *buf, size_t size, int64_t bytes)
{
	if (bytes > -1024 && bytes < 1024)
		snprintf(buf, size, "%d B", (int)bytes);
	else
		show_scaled(buf, size, (double)bytes, 1024, " ", "KMGTPE",
		    "B");
	return buf;
}

/* With a decimal if it is not 0. */
static void
add_tenths(char *buf, size_t size, int64_t tenths)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, tenths % 10 != 0 ? "%lld.%d" : "%lld",
	    (long long)(tenths / 10), (int)(tenths % 10));
}

char *
fs_num_show_range(char *buf, size_t size, double low, double high)
{
	/* What is a tenth but for the last bits is that one. */
	buf[0] = '\0';
	add_tenths(buf, size, (int64_t)floor(10 * low + 1e-6));
	strlcat(buf, "-", size);
	add_tenths(buf, size, (int64_t)ceil(10 * high - 1e-6));
	return buf;
}

char *
fs_num_show_f64(char *buf, size_t size, double d)
{
	if (isnan(d))
		strlcpy(buf, "nan", size);
	else if (isinf(d))
		strlcpy(buf, d < 0 ? "-inf" : "inf", size);
	else if (!show_few(buf, size, d))
		show_many(buf, size, d);
	return buf;
}
