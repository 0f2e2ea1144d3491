#include "base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define FIRST_SIZE	64

bool
fs_bytes_eq(struct fs_bytes a, struct fs_bytes b)
{
	return a.len == b.len && fs_bytes_starts(a, b);
}

int
fs_bytes_cmp(struct fs_bytes a, struct fs_bytes b)
{
	size_t	len = a.len < b.len ? a.len : b.len;
	int	order = len == 0 ? 0 : memcmp(a.data, b.data, len);

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool
fs_bytes_starts(struct fs_bytes bytes, struct fs_bytes prefix)
{
	if (prefix.len == 0)
		return true;
	return bytes.len >= prefix.len &&
	    memcmp(bytes.data, prefix.data, prefix.len) == 0;
}

void
fs_str_free(struct fs_str *str)
{
	free(str->data);
	*str = (struct fs_str){ 0 };
}

void
fs_str_clear(struct fs_str *str)
{
	str->len = 0;
	if (str->data != NULL)
		str->data[0] = '\0';
}

void
fs_str_room(struct fs_str *str, size_t more)
{
	size_t size = str->size < FIRST_SIZE ? FIRST_SIZE : str->size;

	if (more < str->size - str->len)
		return;
	if (more >= SIZE_MAX / 2 - str->len)
		fs_mem_die();
	while (size - str->len <= more)
		size *= 2;
	str->data = fs_xrealloc(str->data, size);
	str->size = size;
	str->data[str->len] = '\0';
}

void
fs_str_add_u64(struct fs_str *str, unsigned long long n)
{
	static const char pairs[] =
	    "00010203040506070809101112131415161718192021222324252627282930"
	    "31323334353637383940414243444546474849505152535455565758596061"
	    "62636465666768697071727374757677787980818283848586878889909192"
	    "93949596979899";
	char	 buf[20];
	char	*at = buf + sizeof(buf);

	for (; n >= 100; n /= 100)
		memcpy(at -= 2, pairs + 2 * (n % 100), 2);
	if (n >= 10)
		memcpy(at -= 2, pairs + 2 * n, 2);
	else
		*--at = (char)('0' + n);
	fs_str_add(str, at, (size_t)(buf + sizeof(buf) - at));
}

void
fs_str_add_i64(struct fs_str *str, long long n)
{
	unsigned long long size = (unsigned long long)n;

	if (n < 0) {
		fs_str_add_char(str, '-');
		size = 0 - size;
	}
	fs_str_add_u64(str, size);
}

void
fs_str_addf(struct fs_str *str, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fs_str_vaddf(str, fmt, ap);
	va_end(ap);
}

void
fs_str_vaddf(struct fs_str *str, const char *fmt, va_list ap)
{
	va_list	again;
	size_t	room;
	int	len;

	fs_str_room(str, 0);
	room = str->size - str->len;
	va_copy(again, ap);
	len = vsnprintf(str->data + str->len, room, fmt, ap);
	if (len > 0 && (size_t)len >= room) {
		fs_str_room(str, (size_t)len);
		len = vsnprintf(str->data + str->len, (size_t)len + 1, fmt,
		    again);
	}
	va_end(again);
	if (len > 0)
		str->len += (size_t)len;
	str->data[str->len] = '\0';
}

void
fs_str_cut(struct fs_str *str, size_t n)
{
	if (n >= str->len)
		return;
	str->len = n;
	str->data[n] = '\0';
}

void
fs_str_drop(struct fs_str *str, size_t n)
{
	if (n >= str->len) {
		fs_str_clear(str);
		return;
	}
	str->len -= n;
	memmove(str->data, str->data + n, str->len + 1);
}

struct fs_bytes
fs_str_bytes(const struct fs_str *str)
{
	return fs_bytes(str->data != NULL ? str->data : "", str->len);
}

char *
fs_str_take(struct fs_str *str)
{
	char *data;

	fs_str_room(str, 0);
	data = str->data;
	*str = (struct fs_str){ 0 };
	return data;
}
