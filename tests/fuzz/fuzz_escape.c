/* The escaper: safe, as wide as it says, and nothing is lost. */
#include "fuzz.h"

#include "base/escape.h"

/* Nothing that a terminal would obey, and marks only on something. */
static size_t
check_safe(struct fs_bytes out, bool utf8)
{
	size_t		width = 0, n;
	uint32_t	cp;
	int		columns, marks = 2;

	for (size_t pos = 0; pos < out.len; pos += n) {
		n = fs_utf8_decode(out, pos, &cp);
		FUZZ_CHECK(n != 0);
		FUZZ_CHECK(utf8 || cp < 0x7f);
		FUZZ_CHECK(cp >= 0x20 && !(cp >= 0x7f && cp < 0xa0));
		FUZZ_CHECK(!(cp >= 0x202a && cp <= 0x202e));
		FUZZ_CHECK(!(cp >= 0x2066 && cp <= 0x2069));
		FUZZ_CHECK(cp != 0x200b && cp != 0x200d && cp != 0xfeff &&
		    cp != 0x2028 && cp != 0x2029);
		columns = fs_utf8_width(cp);
		FUZZ_CHECK(columns >= 0 && columns <= 2);
		marks = columns == 0 ? marks + 1 : 0;
		FUZZ_CHECK(marks <= 2);
		width += (size_t)columns;
	}
	return width;
}

static void
add_utf8(struct fs_str *out, unsigned long cp)
{
	if (cp < 0x80) {
		fs_str_add_char(out, (char)cp);
	} else if (cp < 0x800) {
		fs_str_add_char(out, (char)(0xc0 | cp >> 6));
	} else {
		if (cp < 0x10000) {
			fs_str_add_char(out, (char)(0xe0 | cp >> 12));
		} else {
			fs_str_add_char(out, (char)(0xf0 | cp >> 18));
			fs_str_add_char(out, (char)(0x80 | (cp >> 12 & 0x3f)));
		}
		fs_str_add_char(out, (char)(0x80 | (cp >> 6 & 0x3f)));
	}
	if (cp >= 0x80)
		fs_str_add_char(out, (char)(0x80 | (cp & 0x3f)));
}

/* What stands behind a backslash; returns its length. */
static size_t
unescape_one(const char *at, struct fs_str *out)
{
	static const char from[] = "nrte\\", to[] = "\n\r\t\033\\";
	const char *which = strchr(from, *at);
	char *end;

	if (which != NULL && *at != '\0') {
		fs_str_add_char(out, to[which - from]);
		return 1;
	}
	if (*at == 'x') {
		char hex[3] = { at[1], at[2], '\0' };

		fs_str_add_char(out, (char)strtoul(hex, &end, 16));
		FUZZ_CHECK(*end == '\0');
		return 3;
	}
	FUZZ_CHECK(at[0] == 'u' && at[1] == '{');
	add_utf8(out, strtoul(at + 2, &end, 16));
	FUZZ_CHECK(*end == '}');
	return (size_t)(end + 1 - at);
}

/* Two values that differ never look alike. */
static void
check_reversible(struct fs_bytes in, struct fs_bytes shown)
{
	struct fs_str back = { 0 };

	for (size_t pos = 0; pos < shown.len; ) {
		char c = shown.data[pos++];

		if (c == '\\')
			pos += unescape_one(shown.data + pos, &back);
		else
			fs_str_add_char(&back, c);
	}
	FUZZ_CHECK(fs_bytes_eq(fs_str_bytes(&back), in));
	fs_str_free(&back);
}

static void
check_units(struct fs_bytes in, struct fs_bytes shown, bool utf8)
{
	struct fs_str	all = { 0 };
	char		buf[64];
	size_t		pos = 0, before, n, width;

	for (;;) {
		before = pos;
		n = fs_escape_next(in, &pos, utf8, buf, &width);
		if (n == 0)
			break;
		FUZZ_CHECK(pos > before && pos <= in.len);
		FUZZ_CHECK(n <= sizeof(buf) && width >= 1 && width <= 10);
		FUZZ_CHECK(check_safe(fs_bytes(buf, n), utf8) == width);
		fs_str_add(&all, buf, n);
	}
	FUZZ_CHECK(pos == in.len);
	FUZZ_CHECK(fs_bytes_eq(fs_str_bytes(&all), shown));
	fs_str_free(&all);
}

static void
check_fit(struct fs_bytes in, struct fs_bytes shown, size_t all, size_t width,
    bool utf8)
{
	struct fs_str	fit = { 0 };
	size_t		used = fs_escape_fit(&fit, in, width, utf8);

	FUZZ_CHECK(used <= width);
	FUZZ_CHECK(check_safe(fs_str_bytes(&fit), utf8) == used);
	if (all <= width)
		FUZZ_CHECK(fs_bytes_eq(fs_str_bytes(&fit), shown));
	fs_str_free(&fit);
}

static void
check(struct fs_bytes in, bool utf8)
{
	struct fs_str	out = { 0 };
	struct fs_bytes	shown;
	size_t		width;

	fs_escape(&out, in, utf8);
	shown = fs_str_bytes(&out);
	width = check_safe(shown, utf8);
	FUZZ_CHECK(width == fs_escape_width(in, utf8));
	check_reversible(in, shown);
	check_units(in, shown, utf8);
	for (size_t i = 0; i < 12; i++)
		check_fit(in, shown, width, i, utf8);
	check_fit(in, shown, width, width, utf8);
	check_fit(in, shown, width, fuzz_pick(in, width + 2), utf8);
	fs_str_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = fuzz_copy(fuzz_bytes(data, size));

	check(fs_bytes(copy, size), true);
	check(fs_bytes(copy, size), false);
	free(copy);
	return 0;
}
